"""Who may look at the status page? Everybody, nobody, or who has shown a token once.

Two tokens open the page: the one that agents share, and one for viewers that opens nothing else. A program shows its
token with each request (Authorization: Bearer). A person types it once, and the browser gets a cookie: when it ends,
and a keyed hash of that, with the token as the key. So the cookie is no token, needs no memory here, counts at every
node that has the same token, and ends with it.

While a page is looked at, its cookie is renewed: a screen on a wall stays signed in.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
from pathlib import Path

from peerfinder.serve.token import NoToken, Token

COOKIE_SECONDS = 12 * 3600  # a working day, after the last look


class Access(enum.StrEnum):
    """Values of --page."""

    OPEN = "open"
    TOKEN = "token"  # noqa: S105 - the word for it
    OFF = "off"


class Door:
    """The page's door; `name` is the node, whose cluster gives the cookie its name: two may be open at one address."""

    def __init__(self, access: Access, agents: Token, viewer_file: Path | None, name: str) -> None:
        self.access = access
        self._agents, self._viewer_file = agents, viewer_file
        self._viewer: Token | None = None
        self.cookie_name = "galerakit-" + re.sub(r"[^A-Za-z0-9-]", "-", name.rpartition("-")[0])

    def admits(self, authorization: str, cookie: str, now: float) -> bool:
        """Tell whether a request may see the page; `now` is the time of day."""
        if self.access is not Access.TOKEN:
            return self.access is Access.OPEN
        kind, _, shown = authorization.partition(" ")
        if kind.lower() == "bearer" and self.token_of(shown.strip()):
            return True
        return bool(self._token_behind(cookie, now))

    def token_of(self, word: str) -> str:
        """Give the valid token that `word` is, '' when it is none; takes the same time for every wrong one."""
        given = word.encode("utf-8", "replace")
        matches = [one for one in self._tokens() if hmac.compare_digest(given, one.encode())]
        return matches[0] if matches else ""

    def cookie(self, token: str, now: float) -> str:
        """Make the value of a new cookie for somebody who has shown this token."""
        ends = int(now) + COOKIE_SECONDS
        return f"{ends}.{self._seal(token, ends)}"

    def renewed(self, cookie: str, now: float) -> str:
        """Give a new cookie in place of one whose time is half over; '' while it is not, or is none."""
        token = self._token_behind(cookie, now)
        return self.cookie(token, now) if token and int(cookie.partition(".")[0]) - now < COOKIE_SECONDS / 2 else ""

    def _token_behind(self, cookie: str, now: float) -> str:
        found = re.fullmatch(r"(\d{1,12})\.([0-9a-f]{64})", cookie)
        if not found or not now < int(found[1]) <= now + COOKIE_SECONDS + 1:
            return ""
        matches = [one for one in self._tokens() if hmac.compare_digest(found[2], self._seal(one, int(found[1])))]
        return matches[0] if matches else ""

    def _seal(self, token: str, ends: int) -> str:
        return hmac.new(token.encode(), f"{self.cookie_name} until {ends}".encode(), hashlib.sha256).hexdigest()

    def _tokens(self) -> tuple[str, ...]:
        return (*self._agents.accepted, *self._viewers())

    def _viewers(self) -> tuple[str, ...]:
        if self._viewer_file is None:
            return ()
        try:
            if self._viewer is None:
                self._viewer = Token(self._viewer_file)
            else:
                self._viewer.refresh()
        except NoToken:
            pass  # a Secret that has no such key (yet); one that was there stays valid, as the agents' does
        return self._viewer.accepted if self._viewer else ()
