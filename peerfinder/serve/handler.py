"""What all HTTP answers of an agent have in common: the node's name, the token, the form of a sentence."""
# ruff: noqa: D102 - initialize, prepare and the rest are tornado's methods

from __future__ import annotations

import json
from typing import Any

from tornado.web import RequestHandler

from peerfinder.adapters.peer_http import NAME_HEADER
from peerfinder.core.health import Answer
from peerfinder.serve.look import Watch
from peerfinder.serve.token import Token

NOT_YET = Answer(ok=False, reason="the sidecar has not looked yet")


class Handler(RequestHandler):
    """What all answers have in common."""

    def initialize(self, watch: Watch, token: Token) -> None:
        self.watch, self.token = watch, token

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        watch = self.application.settings["watch"]
        self.set_header(NAME_HEADER, watch.settings.name)

    def compute_etag(self) -> str | None:
        return None  # each answer is new, so hashing it is wasted

    def answer(self, status: int, body: str, kind: str = "application/json") -> None:
        """Finish with a body."""
        self.set_status(status)
        self.set_header("Content-Type", kind)
        self.finish(body)

    def tell(self, status: int, reason: str, *, ok: bool = False) -> None:
        """Finish with a sentence."""
        self.answer(status, json.dumps({"ok": ok, "reason": reason}))

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        sentences = {404: "no such path", 405: "this path does not take this method"}
        self.tell(status_code, sentences.get(status_code, self._reason))


class Private(Handler):
    """An answer for agents and operators: needs the token."""

    def prepare(self) -> None:
        if not self.token.accepts(self.request.headers.get("Authorization", "")):
            self.set_header("WWW-Authenticate", "Bearer")
            self.tell(401, "a valid bearer token is needed: Authorization: Bearer TOKEN")
