"""A real browser that looks at the status page: the Chromium of this machine, driven by playwright.

A `Look` counts what the page loads and from where, and what the browser complains of; the scripts measure, inside the
page, what a person would see: contrast of what is written, what a keyboard reaches, when it was first painted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 30_000  # ms that a page may take on a machine with much else to do

CONTRAST = """() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return [...parts.slice(0, 3), parts[3] === undefined ? 1 : parts[3]];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(parse(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, words = walk.currentNode.data.trim();
    if (!words || element.closest("script, style, noscript, .unseen, .skip, [hidden]")) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (box.width < 2 || style.visibility === "hidden") continue;
    const inSvg = element instanceof SVGElement, below = ground(element);
    const circle = element.classList.contains("glyph") && element.parentElement.querySelector("circle");
    const back = circle ? parse(getComputedStyle(circle).fill) : below;
    const ink = over(parse(inSvg ? style.fill : style.color), back);
    const [high, low] = [light(ink), light(back)].sort((a, b) => b - a);
    found.push([Math.round(((high + 0.05) / (low + 0.05)) * 100) / 100, words.slice(0, 40)]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""
"""Every visible text with the contrast of its colour and what is behind it, as WCAG computes it; the worst first."""

NAMELESS = """() => {
  const used = "a, button, input, select, textarea, progress, [tabindex]";
  const given = (one) => (one.getAttribute("aria-labelledby") || "").split(" ");
  const named = (one) => given(one).some((id) => document.getElementById(id)) || one.getAttribute("aria-label")
    || (one.id && document.querySelector(`label[for="${one.id}"]`));
  const nameless = [...document.querySelectorAll(used)].filter((one) => !named(one) && !one.textContent.trim());
  return nameless.map((one) => one.outerHTML);
}"""
"""Elements that a person uses, and that have no name."""

PAINT = """() => new Promise((tell) => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0];
  const wait = () => (seen() ? tell(seen().startTime) : setTimeout(wait, 10));
  wait();
})"""
"""Milliseconds from the navigation to the first paint with content."""


@dataclass
class Look:
    """One open page and what it has done."""

    page: Page
    origins: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)  # bytes, in the order in which they came

    def text(self, selector: str) -> str:
        """What stands in the first element of that kind."""
        return self.page.locator(selector).first.inner_text()

    def wait(self, script: str, *, seconds: float = 60.0) -> Any:
        """Wait until an expression is true in the page."""
        return self.page.wait_for_function(script, timeout=seconds * 1000)

    def wait_for_data(self) -> None:
        """Wait until the page has fetched its data once more."""
        self.page.wait_for_event("response", lambda answer: answer.ok and urlsplit(answer.url).path.endswith("/page"))

    def _answered(self, response: Response) -> None:
        found = urlsplit(response.url)
        if found.scheme == "data":
            return
        self.origins.add(f"{found.scheme}://{found.netloc}")
        self.bodies.append(len(response.body()) if response.ok else 0)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError("no Chromium on PATH: make browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Browser, url: str, *, width: int = 1280, dark: bool = False, height: int = 900) -> Iterator[Look]:
    """Open a page in a browser that has never seen it."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    look = Look(context.new_page())
    look.page.on("response", look._answered)
    look.page.on("pageerror", lambda error: look.complaints.append(str(error)))
    look.page.on(
        "console", lambda line: look.complaints.append(line.text) if "Content Security Policy" in line.text else None
    )
    try:
        look.page.goto(url)
        yield look
    finally:
        context.close()
