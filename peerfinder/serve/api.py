"""The HTTP answers of an agent, all of them from the snapshot of the last look.

Probes and metrics are open to everybody on the pod network; /v1/* asks for the bearer token, the status page as
`--page` says. Every answer names its node in a header: a peer notices an address that has passed to another pod.

The age of the snapshot counts against readiness (a sidecar that sees nothing cannot vouch for the server) and never
against liveness: a dead sidecar must not kill a healthy database.
"""
# ruff: noqa: D102 - get, head and post are tornado's methods

from __future__ import annotations

import ipaddress
import json
from contextlib import suppress
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.web import Application

from peerfinder.adapters import clock, entrypoint_socket, run_directory
from peerfinder.core.codec import from_json, to_json
from peerfinder.core.health import Answer, is_live, is_started
from peerfinder.core.routing import takes_reads, takes_writes
from peerfinder.core.steering import Order
from peerfinder.core.vote import VoteReply, VoteRequest
from peerfinder.serve import proxies
from peerfinder.serve.copy_api import Copy
from peerfinder.serve.handler import NOT_YET, Handler, Private
from peerfinder.serve.look import Watch
from peerfinder.serve.metrics import CONTENT_TYPE, render
from peerfinder.serve.page import Login, Page, PageJson
from peerfinder.serve.published import STALE_SECONDS
from peerfinder.serve.role_api import HistoryOfRole, RoleNews, Takeover
from peerfinder.serve.token import Token
from peerfinder.serve.viewer import Door

MAX_BODY = 256 * 1024  # bytes; a vote request with its memory is some kilobytes


class Probe(Handler):
    """GET /startupz, /livez, /readyz; /primary and /secondary for proxies (see `proxies` for ?node= and ?drain)."""

    def get(self, which: str) -> None:
        mine = proxies.full_name(self.watch.settings)
        asked = self.get_query_argument("node", mine)
        if asked != mine:
            self.tell(404, f"this is {mine}, not {asked}")
            return
        answer = self._judge(which)
        status = 200 if answer.ok else 503
        if which in proxies.PATHS and "drain" in self.request.query_arguments:
            status = self._proxies.status(which, answer, self.watch.published, clock.now())
        self.tell(status, answer.reason, ok=answer.ok)

    head = get

    @property
    def _proxies(self) -> proxies.Proxies:
        told: proxies.Proxies = self.application.settings["proxies"]
        return told

    def _judge(self, which: str) -> Answer:
        published = self.watch.published
        if published is None:
            return Answer(ok=True, reason=NOT_YET.reason) if which == "livez" else NOT_YET
        snapshot, age = published.snapshot, published.age(clock.now())
        if which == "livez":
            return is_live(snapshot.own_report)
        if age > STALE_SECONDS:
            return Answer(ok=False, reason=f"the sidecar's last look was {age:.0f} s ago")
        if which == "startupz":
            return is_started(snapshot.own_report)
        if which == "primary":
            return takes_writes(snapshot)
        if which == "secondary":
            return takes_reads(snapshot)
        return Answer(snapshot.ready, snapshot.ready_reason)


class Metrics(Handler):
    """GET /metrics."""

    def get(self) -> None:
        self.answer(200, render(self.watch.published, self.watch.look_seconds, clock.now()), CONTENT_TYPE)

    head = get


class Node(Private):
    """GET /v1/node: the own report."""

    def get(self) -> None:
        published = self.watch.published
        text = published.node_json(clock.now()) if published else None
        if published is None or text is None:
            self.tell(503, published.snapshot.ready_reason if published else NOT_YET.reason)
        else:
            self.answer(200, text)


class Cluster(Private):
    """GET /v1/cluster: the snapshot."""

    def get(self) -> None:
        if self.watch.published is None:
            self.tell(503, NOT_YET.reason)
        else:
            self.answer(200, self.watch.published.cluster_json)


class Vote(Private):
    """POST /v1/vote: the entrypoint votes, this only carries question and answer."""

    async def post(self) -> None:
        try:
            request = from_json(VoteRequest, json.loads(self.request.body))
        except (ValueError, RecursionError) as error:
            self.tell(400, f"no well-formed vote request: {error}")
            return
        socket: Path = self.watch.settings.run_dir / run_directory.ENTRYPOINT_SOCKET
        try:
            raw = await entrypoint_socket.ask(socket, {"verb": "vote", "request": to_json(request)})
            if isinstance(raw, dict) and "error" in raw:
                self.tell(503, f"the entrypoint gave no vote: {raw['error']}")
                return
            reply = from_json(VoteReply, raw)
        except entrypoint_socket.NoEntrypoint as error:
            self.tell(503, str(error))
        except ValueError as error:
            self.tell(503, f"the entrypoint's answer is no vote ({error}): is it of another version?")
        else:
            self.answer(200, json.dumps(to_json(reply)))


class Steering(Private):
    """GET and POST /v1/settings: what people have set at run time."""

    def get(self) -> None:
        if self.watch.published is None:
            self.tell(503, NOT_YET.reason)
        else:
            self.answer(200, json.dumps(self.watch.steerer.show(self.watch.published.snapshot)))

    async def post(self) -> None:
        try:
            order = from_json(Order, json.loads(self.request.body))
        except (ValueError, RecursionError) as error:
            self.tell(400, f"no well-formed setting: {error}")
            return
        if self.watch.published is None:
            self.tell(503, NOT_YET.reason)
            return
        outcome = await self.watch.steerer.obey(order, self.watch.published.snapshot)
        self.tell(outcome.status, outcome.reason, ok=outcome.status == 200)


class Unknown(Handler):
    """Any other path."""

    def prepare(self) -> None:
        self.send_error(404)


def listen(watch: Watch, token: Token) -> HTTPServer:
    """Serve on the node's address; raises OSError when it is taken."""
    everything = {"watch": watch, "token": token}
    application = Application(
        [
            (r"/(startupz|livez|readyz|primary|secondary)", Probe, everything),
            (r"/metrics", Metrics, everything),
            (r"/v1/node", Node, everything),
            (r"/v1/cluster", Cluster, everything),
            (r"/v1/vote", Vote, everything),
            (r"/v1/settings", Steering, everything),
            (r"/v1/copy", Copy, everything),
            (r"/v1/takeover", Takeover, everything),
            (r"/v1/role", RoleNews, everything),
            (r"/v1/history", HistoryOfRole, everything),
            (r"/", Page, everything),
            (r"/page", PageJson, everything),
            (r"/login", Login, everything),
        ],
        default_handler_class=Unknown,
        default_handler_args=everything,
        log_function=lambda _handler: None,  # a line per probe would bury what matters
        watch=watch,
        proxies=proxies.Proxies(),
        door=Door(watch.settings.page, token, watch.settings.viewer_token_file, watch.settings.name),
    )
    server = HTTPServer(
        application,
        max_body_size=MAX_BODY,
        max_header_size=16384,
        idle_connection_timeout=60,  # seconds; peers come back every second
        body_timeout=5,  # seconds for a whole body, so that nobody keeps a connection busy by dripping
    )
    server.listen(watch.settings.port, watch.settings.address)
    if inside := loopback_beside(watch.settings.address):
        with suppress(OSError):  # taken, or there is none: peers and probes reach the node all the same
            server.listen(watch.settings.port, inside)
    return server


def loopback_beside(address: str) -> str | None:
    """Where a port-forward of Kubernetes arrives: at the pod's loopback, whatever its address is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a name: nobody but a person on one machine gives one
        return None
    if found.is_loopback or found.is_unspecified:
        return None
    return "127.0.0.1" if found.version == 4 else "::1"
