"""The status page: one document at `/`, the data that it shows at `/page`, and its small door, `/login`.

The document is whole in itself: style, script and the first state are in it, and the browser is told to load nothing
from anywhere else. All its addresses are relative, so it works under any path: a port-forward, the proxy of the API
server.
"""
# ruff: noqa: D102 - prepare, get and post are tornado's methods

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from peerfinder.adapters import clock
from peerfinder.core.markup import data_of, document
from peerfinder.core.page import PageData, page_of, turns_of
from peerfinder.serve.handler import NOT_YET, Handler
from peerfinder.serve.published import STALE_SECONDS
from peerfinder.serve.viewer import COOKIE_SECONDS, Access, Door

ASSETS = Path(__file__).parent / "assets"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Assets:
    """The document and the form of the door, with style and script in them, and what a browser may do with them."""

    page: str  # a template of core.markup
    login: str
    policy: str


@cache
def assets() -> Assets:
    """Read the files once and put them together."""
    style, script, page, login = (_read(name) for name in ("style.css", "page.js", "index.html", "login.html"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    whole = page.replace("<!--style-->", _literal(style)).replace("<!--script-->", _literal(script))
    return Assets(whole, login.replace("<!--style-->", style), policy)


class Guarded(Handler):
    """An answer for who may see the page."""

    @property
    def door(self) -> Door:
        """Who decides that."""
        door: Door = self.application.settings["door"]
        return door

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Security-Policy", assets().policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")

    def prepare(self) -> None:
        cookie, now = self._cookie(), time.time()
        if self.door.access is Access.OFF:
            self.tell(404, "the status page is switched off (--page off)")
        elif not self.door.admits(self.request.headers.get("Authorization", ""), cookie, now):
            self.set_header("WWW-Authenticate", "Bearer")
            self.refuse()
        elif fresh := self.door.renewed(cookie, now):
            self.give_cookie(fresh)

    def refuse(self) -> None:
        """Answer somebody who has shown no token."""
        self.tell(
            401, "a viewer's or the agents' token is needed: sign in at the status page, or Authorization: Bearer"
        )

    def give_cookie(self, value: str) -> None:
        """Let the browser keep a cookie, for the path that it sees this page at: no Path says just that."""
        form = f"{self.door.cookie_name}={value}; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict"
        self.add_header("Set-Cookie", form)

    def form(self, problem: str = "") -> None:
        """Answer with the form of the door."""
        self.answer(401, assets().login.replace("<!--problem-->", problem), HTML)

    def page(self) -> PageData | None:
        """Give what is to be shown now, None before the first look."""
        published, chronicle = self.watch.published, self.watch.effects.chronicle
        if published is None:
            return None
        now, writer = clock.now(), published.snapshot.writer
        changes = self.watch.turns.known(writer.epoch, now)
        return page_of(
            published.snapshot,
            now,
            stale_after=STALE_SECONDS,
            past=chronicle.past,
            turns=turns_of(changes, chronicle.turns, time.time() - now),
            namespace=self.watch.settings.namespace,
        )

    def _cookie(self) -> str:
        found = self.request.cookies.get(self.door.cookie_name) if self.request.cookies else None
        return found.value if found else ""


class Page(Guarded):
    """GET /."""

    def get(self) -> None:
        page = self.page()
        if page is None:
            self.set_header("Refresh", "1")
            self.answer(503, NOT_YET.reason, "text/plain; charset=utf-8")
        else:
            self.answer(200, document(assets().page, page, data_of(page)), HTML)

    head = get

    def refuse(self) -> None:
        self.form()


class PageJson(Guarded):
    """GET /page."""

    def get(self) -> None:
        page = self.page()
        if page is None:
            self.tell(503, NOT_YET.reason)
        else:
            self.answer(200, data_of(page))


class Login(Guarded):
    """POST /login: a token as a form field; back to the page with a cookie, or to the form."""

    def prepare(self) -> None:
        if self.door.access is Access.OFF:
            super().prepare()

    def post(self) -> None:
        token = self.door.token_of(self.get_body_argument("token", ""))
        if self.door.access is Access.TOKEN and not token:
            self.form("This is neither the viewers' nor the agents' token.")
            return
        if token:
            self.give_cookie(self.door.cookie(token, time.time()))
        self.set_status(303)
        self.set_header("Location", "./")
        self.finish()


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8").strip()


def _literal(text: str) -> str:
    return text.replace("$", "$$")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
