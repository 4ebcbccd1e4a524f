"use strict";
// Shows the data that came with the document, then fetches them anew every second. Whatever a node says is put in as text.
const EVERY = 1000, HIDDEN = 5000, PATIENCE = 4000, GONE = 3000; // ms; GONE: silence after which the page says so
const SAMPLES = 60; // of the rate of write sets: a minute
const SVG = "http://www.w3.org/2000/svg";
const TONES = { ONLINE: "good", ONLINE_PARTIAL: "warn", INITIALIZING: "note", UNKNOWN: "note" }; // every other state: bad
const ROLES = {
  primary: ["good", "W"], secondary: ["good", "✓"], member: ["good", "✓"], donor: ["warn", "↑"], joining: ["warn", "↓"],
  starting: ["warn", "…"], observing: ["note", "…"], waiting: ["warn", "…"], stopping: ["note", "…"], stopped: ["note", "–"],
  refusing: ["bad", "!"], "non-primary": ["bad", "!"], unreachable: ["bad", "?"],
};
const KINDS = { cluster: "Cluster", view: "View", writer: "Writer", node: "Node", transfer: "Transfer", trouble: "Trouble" };
const WORDS = { bad: "Problem", warn: "Look", note: "Note" };

const byId = (id) => document.getElementById(id);
const number = (n) => (n === null ? "–" : String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f"));

function make(tag, attributes, ...inside) {
  const one = document.createElement(tag);
  return fill(one, attributes, inside);
}
function draw(tag, attributes, ...inside) {
  return fill(document.createElementNS(SVG, tag), attributes, inside);
}
function fill(one, attributes, inside) {
  for (const [name, value] of Object.entries(attributes || {})) if (value !== "" && value !== null) one.setAttribute(name, value);
  one.append(...inside.filter((part) => part !== null && part !== ""));
  return one;
}
const shown = {};
function put(id, key, build) { // builds only what has changed, so that nothing flickers and no focus is lost
  const text = JSON.stringify(key);
  if (shown[id] === text) return;
  shown[id] = text;
  const within = byId(id), focused = within.contains(document.activeElement) && document.activeElement.id;
  within.replaceChildren(...build());
  if (focused && byId(focused)) byId(focused).focus();
}

// Times come as seconds since the boot of the agent's machine; what that is here is kept as long as it is nearly right.
let origin = null;
function setClock(now) {
  const found = Date.now() / 1000 - now;
  if (origin === null || Math.abs(found - origin) > 2) origin = found;
}
function time(at) {
  const moment = new Date((origin + at) * 1000), today = new Date().toDateString() === moment.toDateString();
  const clock = moment.toLocaleTimeString("en-GB");
  const day = moment.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return make("time", { datetime: moment.toISOString() }, today ? clock : `${day} ${clock.slice(0, 5)}`);
}
function long(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

const rates = [];
let last = null; // { seqno, at } of the sample before
function measure(page) {
  const at = page.now - page.age;
  if (last && page.seqno !== null && at - last.at > 0.5 && page.seqno >= last.seqno) {
    rates.push((page.seqno - last.seqno) / (at - last.at));
    if (rates.length > SAMPLES) rates.shift();
  }
  if (!last || page.seqno === null || at - last.at > 0.5) last = page.seqno === null ? null : { seqno: page.seqno, at };
}
function rate() {
  const recent = rates.slice(-5);
  return recent.length ? recent.reduce((sum, one) => sum + one, 0) / recent.length : null;
}
function sparkline() {
  const top = Math.max(...rates, 1), step = 120 / (SAMPLES - 1), start = 120 - step * (rates.length - 1);
  const points = rates.map((one, index) => `${(start + index * step).toFixed(1)},${(22 - (20 * one) / top).toFixed(1)}`);
  const line = { points: points.join(" "), fill: "none", stroke: "var(--note)", "stroke-width": 1.5, "stroke-linejoin": "round" };
  return draw("svg", { viewBox: "0 0 120 24", width: 120, height: 24, "aria-hidden": "true" }, draw("polyline", line));
}

function facts(page) {
  const fact = (name, value, ...more) => make("div", {}, make("dt", {}, name), make("dd", {}, value, ...more));
  const small = (text) => (text ? make("small", {}, text) : "");
  const online = page.state === "ONLINE" || page.state === "ONLINE_PARTIAL";
  const now = rate();
  return [
    fact("May fail at once", online ? String(page.tolerates) : "–", small(page.expected === null ? "" : `of ${page.expected} nodes`)),
    fact(
      "Takes writes", page.mode === "multi" ? "all" : page.writer || "–",
      small(page.mode === "multi" ? "that are ready" : page.epoch ? `epoch ${page.epoch} of the role` : ""),
    ),
    fact("Ready for clients", page.expected === null ? String(page.ready) : `${page.ready} of ${page.expected}`),
    fact("Write sets", number(page.seqno), small(page.uuid ? `history ${page.uuid.slice(0, 8)}` : "")),
    fact("Write sets / s", now === null ? "…" : now < 10 ? now.toFixed(1) : number(Math.round(now)), rates.length > 1 ? sparkline() : ""),
  ];
}

function alertItem(one) {
  const remedy = one.remedy ? make("span", { class: "remedy" }, "To do: ", make("code", {}, one.remedy)) : "";
  return make("li", { class: `alert ${one.level}` }, make("b", {}, WORDS[one.level]), make("span", { class: "text" }, one.text), remedy);
}

function service(node) {
  if (!node.ready) return node.takes_part ? "not ready for clients" : "serves nobody";
  return node.role === "primary" ? "takes writes" : "takes reads";
}
function row(node) {
  const cell = (label, text, extra, ...more) =>
    make("td", { role: "cell", "data-label": label, class: [extra, text === "" || text === "–" ? "none" : ""].join(" ").trim() }, text, ...more);
  const [tone] = ROLES[node.role] || ["note"];
  const says = make("td", { role: "cell", class: "says" });
  if (node.flags.length) says.append(make("div", {}, ...node.flags.map((flag) => make("span", { class: "flag" }, flag))));
  if (node.transfer) says.append(transfer(node));
  if (node.reason) says.append(make("div", {}, node.reason));
  if (node.waiting_for.length) says.append(make("div", { class: "small" }, `waits for ${node.waiting_for.join(", ")}`));
  if (node.remedy) says.append(make("div", { class: "small" }, "To do: ", make("code", {}, node.remedy)));
  const version = node.version.split("-")[0];
  return make(
    "tr", { role: "row", id: `node-${node.name}` },
    make("th", { scope: "row", role: "rowheader" }, node.name, make("small", {}, node.address)),
    make("td", { role: "cell" }, make("span", { class: `badge ${tone}` }, node.role), make("span", { class: "small" }, service(node))),
    cell("State", node.state || node.phase, "", node.state && node.phase !== "running" ? make("span", { class: "small" }, node.phase) : ""),
    cell("Seqno", number(node.seqno), "number"),
    cell("Queue", number(node.queue), "number"),
    cell("Version", version, "", node.mode === "ro" ? make("span", { class: "small" }, "read only") : ""),
    says,
  );
}
function transfer(node) {
  const move = node.transfer, share = move.percent === null ? "" : ` (${move.percent} %)`;
  const text = `${move.what}${move.much ? `: ${move.much}` : ""}${share}`;
  const stands = move.is_stalled ? make("div", {}, make("b", {}, `stands still for ${long(move.quiet)}`)) : "";
  const bar = { "aria-label": `${node.name} ${text}`, max: 100, value: move.percent };
  return make("div", { class: "transfer" }, text, make("progress", bar), stands);
}

function places(page) { // where each node stands: the writer on top and the others below it, or all in a ring
  const nodes = page.nodes, writer = page.mode === "single" ? nodes.find((one) => one.is_writer) : undefined;
  if (!writer) {
    const turn = (2 * Math.PI) / nodes.length, radius = nodes.length > 1 ? 95 : 0;
    const spots = nodes.map((node, index) => ({ node, x: 240 + 1.5 * radius * Math.sin(index * turn), y: 130 - radius * Math.cos(index * turn) }));
    return { height: Math.max(...spots.map((spot) => spot.y)) + 72, spots };
  }
  const others = nodes.filter((one) => one !== writer), step = Math.min(165, 400 / Math.max(1, others.length)), two = others.length > 4;
  const spots = others.map((node, index) => ({ node, x: 240 + step * (index - (others.length - 1) / 2), y: 205 + (two && index % 2 ? 84 : 0) }));
  return { height: others.length ? (two ? 350 : 270) : 130, spots: [{ node: writer, x: 240, y: 50 }, ...spots] };
}
function picture(page) {
  const { height, spots } = places(page), lines = [], hub = page.mode === "single" && spots.length > 0 && spots[0].node.is_writer;
  for (let one = 0; one < spots.length; one += 1)
    for (let other = one + 1; other < spots.length && (one === 0 || !hub); other += 1) lines.push([spots[one], spots[other]]);
  const paths = lines.flatMap(([from, to]) => {
    const d = `M${from.x} ${from.y}L${to.x} ${to.y}`, inside = from.node.takes_part && to.node.takes_part;
    return [draw("path", { class: `link ${inside ? "in" : "out"}`, d }), inside && hub ? draw("path", { class: "flow", d }) : ""];
  });
  const dots = spots.map(({ node, x, y }) => {
    const [tone, glyph] = ROLES[node.role] || ["note", "?"], name = node.name.length > 16 ? `…${node.name.slice(-14)}` : node.name;
    const beside = hub && node.is_writer; // below it the links would run through its name
    const label = `${node.name}: ${node.role}, ${service(node)}`;
    return draw(
      "g", { class: `dot${node.is_writer ? " writer" : ""}`, "data-tone": tone },
      draw(
        "a", { href: `#node-${node.name}`, "aria-label": label, id: `dot-${node.name}` },
        draw("circle", { cx: x, cy: y, r: beside ? 27 : 22 }), draw("text", { class: "glyph", x, y: y + 6 }, glyph),
        draw("text", beside ? { class: "side", x: x + 40, y: y - 1 } : { x, y: y + 41 }, name),
        draw("text", beside ? { class: "role side", x: x + 40, y: y + 17 } : { class: "role", x, y: y + 58 }, node.role),
      ),
    );
  });
  const edges = spots.flatMap(({ node, x }) => (hub && node.is_writer ? [x - 60, x + 150] : [x - 75, x + 75]));
  const left = Math.min(...edges), width = Math.max(...edges) - left; // no wider than it must be: its words stay readable
  return [draw("svg", { viewBox: `${left} 0 ${width} ${height}`, role: "group", "aria-label": "The nodes and the links between them" }, ...paths, ...dots)];
}

function turn(one) {
  const gap = one.gap === null ? "" : `; no writer for ${one.gap < 10 ? one.gap.toFixed(1) : Math.round(one.gap)} s`;
  const text = `${one.node}${one.former && one.former !== one.node ? `, after ${one.former}` : ""}${gap}`;
  return make("li", { class: "good" }, time(one.at), make("div", { class: "text" }, make("strong", {}, text), make("small", {}, one.reason)));
}
function line(one) {
  const text = make("div", { class: "text" }, make("span", { class: "kind" }, KINDS[one.kind] || one.kind), one.text);
  return make("li", { class: one.tone }, time(one.at), text);
}
const none = (text) => [make("li", { class: "empty" }, text)];

function show(page, before) {
  document.body.dataset.tone = TONES[page.state] || "bad";
  document.body.classList.remove("is-gone");
  document.body.classList.toggle("is-flowing", rates.length > 0 && rates[rates.length - 1] > 0);
  document.title = `${page.state} · ${page.cluster}`;
  byId("gone").hidden = true;
  byId("cluster").textContent = page.cluster;
  byId("state").textContent = page.state;
  byId("summary").textContent = page.summary;
  byId("losses").textContent = page.losses;
  byId("backup").textContent = page.backup;
  byId("source").textContent = `Seen by the agent of ${page.me}${page.namespace ? `, namespace ${page.namespace}` : ""}.`;
  setClock(page.now);
  measure(page);
  const key = [origin === null ? 0 : Math.round(origin / 10), new Date().toDateString()]; // the times shown hang on both
  put("facts", [page.state, page.tolerates, page.writer, page.epoch, page.mode, page.ready, page.expected, page.seqno, rates], () => facts(page));
  document.querySelector(".alerts").classList.toggle("calm", page.alerts.length === 0);
  put("alerts", page.alerts, () => (page.alerts.length ? page.alerts.map(alertItem) : none("Nothing is wrong.")));
  put("rows", page.nodes, () => page.nodes.map(row));
  put("picture", page.nodes.map((one) => [one.name, one.role, one.ready]), () => picture(page));
  put("writers", [key, page.writers, page.mode], () =>
    page.mode === "multi" ? none("Every ready node takes writes (writer mode: multi).")
      : page.writers.length ? page.writers.map(turn) : none("No node has been seen to take writes."));
  put("timeline", [key, page.lines], () => (page.lines.length ? page.lines.map(line) : none("Nothing has happened yet.")));
  icon();
  if (before) speak(before, page);
}
function icon() {
  const colour = getComputedStyle(document.body).getPropertyValue("--tone").trim();
  const image = `<svg xmlns="${SVG}" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colour}"/></svg>`;
  const href = `data:image/svg+xml,${encodeURIComponent(image)}`, link = document.querySelector("link[rel=icon]");
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}
function speak(before, page) { // what changed, for who listens
  const were = new Map(before.nodes.map((one) => [one.name, one.role]));
  const said = page.nodes.filter((one) => were.get(one.name) !== one.role).map((one) => `${one.name} is ${one.role}`);
  if (before.state !== page.state) said.unshift(`the cluster is ${page.state}`);
  if (said.length) byId("spoken").textContent = `${said.join("; ")}.`;
}

let page = JSON.parse(byId("data").textContent), heard = Date.now(), signedOut = false, nobody = null;
function tick() {
  const old = (Date.now() - heard) / 1000;
  byId("live").textContent = document.body.classList.contains("is-gone")
    ? `not live: heard of ${page.me} ${long(old)} ago` : `live: ${page.me} looked ${(page.age + old).toFixed(1)} s ago`;
  if (nobody) nobody.textContent = ` What stands below is ${long(page.age + old)} old.`;
}
function lose() {
  if (Date.now() - heard < GONE && !signedOut) return;
  const gone = byId("gone");
  if (!document.body.classList.contains("is-gone")) {
    nobody = make("span", { "aria-hidden": "true" });
    const why = signedOut ? "You are signed out." : `The agent of ${page.me} does not answer. The page goes on trying.`;
    gone.replaceChildren(why, nobody, signedOut ? make("a", { href: "./" }, " Sign in again") : "");
    gone.hidden = false;
    document.body.classList.add("is-gone");
    document.body.classList.remove("is-flowing");
    document.body.dataset.tone = "note";
    document.title = `no answer · ${page.cluster}`;
    byId("state").textContent = "UNKNOWN";
    byId("summary").textContent = `Last known: ${page.state}. ${page.summary}`;
    byId("losses").textContent = "";
    rates.length = 0;
    last = null;
    icon();
  }
}
async function look() {
  const give = new AbortController(), timer = setTimeout(() => give.abort(), PATIENCE);
  try {
    const answer = await fetch("page", { signal: give.signal, cache: "no-store", credentials: "same-origin" });
    signedOut = answer.status === 401;
    if (!answer.ok) throw new Error(String(answer.status));
    const before = page;
    page = await answer.json();
    heard = Date.now();
    nobody = null;
    show(page, before);
  } catch {
    lose();
  } finally {
    clearTimeout(timer);
  }
  tick();
  setTimeout(look, document.hidden ? HIDDEN : EVERY);
}
show(page, null);
tick();
setTimeout(look, EVERY);
setInterval(tick, 500);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
