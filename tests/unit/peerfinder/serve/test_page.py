"""The page over HTTP: its door, its headers, its size; every question through a real socket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import json
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peerfinder.adapters import clock
from peerfinder.adapters.memory_file import MemoryFile
from peerfinder.adapters.peer_http import Agents
from peerfinder.serve import api
from peerfinder.serve.look import Watch
from peerfinder.serve.outside import Outside
from peerfinder.serve.published import Published
from peerfinder.serve.settings import Settings
from peerfinder.serve.token import Token
from peerfinder.serve.viewer import Access
from tests.support.moments import a_moment

TOKEN, VIEWER = "correct-horse", "battery-staple"
MOST_BYTES = 60_000  # of the document and one round of data


class Answered:
    """Status, headers and body."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read().decode()

    @property
    def cookie(self) -> str:
        """The cookie that it sets, as a browser sends it back."""
        return (self.headers["Set-Cookie"] or "").partition(";")[0]


Ask = Callable[..., Answered]


def asked(tmp_path: Path, access: Access, do: Callable[[Ask], Any], *, looked: bool = True) -> Any:
    """Serve, and give what `do` makes of the answers."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "viewer").write_text(VIEWER)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    settings = Settings(
        name="db-0", run_dir=tmp_path, volume=tmp_path, service="", namespace="shop", domain="cluster.local",
        address="127.0.0.1", port=port, token_file=tmp_path / "token", replicas_file=tmp_path / "replicas",
        memory=("file", str(tmp_path / "memory.json")), monitor_user="monitor", peer=(("db-0", "127.0.0.1"),),
        page=access, viewer_token_file=tmp_path / "viewer",
    )  # fmt: skip

    def ask(method: str, path: str, body: str = "", **headers: str) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request(method, path, body or None, headers)
            return Answered(connection.getresponse())
        finally:
            connection.close()

    async def serve() -> Any:
        token = Token(settings.token_file)
        watch = Watch(settings, token, Agents(port), Outside(MemoryFile(tmp_path / "none")), "boot")
        if looked:
            moment = replace(a_moment(), written_at=clock.now())
            watch.effects.published = Published(moment)
            watch.effects.chronicle.look(moment)
        server = api.listen(watch, token)
        try:
            return await asyncio.to_thread(do, ask)
        finally:
            server.stop()
            await server.close_all_connections()
            watch.peers._agents.close()

    return asyncio.run(serve())


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_where_it_is_open_everybody_sees_it(tmp_path):
    page, data = asked(tmp_path, Access.OPEN, lambda ask: (ask("GET", "/"), ask("GET", "/page")))
    assert (page.status, data.status) == (200, 200)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<strong id="state">ONLINE</strong>' in page.body
    assert json.loads(data.body)["namespace"] == "shop"
    assert len(page.body.encode()) + len(data.body.encode()) < MOST_BYTES


def test_the_browser_is_told_to_load_nothing_from_elsewhere(tmp_path):
    page = asked(tmp_path, Access.OPEN, lambda ask: ask("GET", "/"))
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for element in ("style", "script"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page.body, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_it_names_nothing_outside_of_itself(tmp_path):
    page = asked(tmp_path, Access.OPEN, lambda ask: ask("GET", "/"))
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page.body) + re.findall(r"url\(([^)]*)\)", page.body)
    assert [one for one in addresses if not one.startswith(("#", "data:"))] == []
    assert set(re.findall(r"https?://[^\"' ]+", page.body)) == {"http://www.w3.org/2000/svg"}


def test_no_token_is_in_it(tmp_path):
    for one in asked(tmp_path, Access.OPEN, lambda ask: (ask("GET", "/"), ask("GET", "/page"))):
        assert TOKEN not in one.body
        assert VIEWER not in one.body


def test_without_a_token_there_is_a_form_and_no_data(tmp_path):
    page, data = asked(tmp_path, Access.TOKEN, lambda ask: (ask("GET", "/"), ask("GET", "/page")))
    assert (page.status, data.status) == (401, 401)
    assert '<form method="post" action="login">' in page.body
    assert "ONLINE" not in page.body
    assert "Authorization: Bearer" in json.loads(data.body)["reason"]


@pytest.mark.parametrize("token", [TOKEN, VIEWER])
def test_a_program_shows_its_token(tmp_path, token):
    data = asked(tmp_path, Access.TOKEN, lambda ask: ask("GET", "/page", Authorization=f"Bearer {token}"))
    assert data.status == 200


def test_a_person_signs_in_and_the_browser_keeps_no_token(tmp_path):
    def sign_in(ask: Ask) -> tuple[Answered, Answered]:
        door = ask("POST", "/login", f"token={VIEWER}", **FORM)
        return door, ask("GET", "/", Cookie=door.cookie)

    door, page = asked(tmp_path, Access.TOKEN, sign_in)
    assert (door.status, door.headers["Location"], page.status) == (303, "./", 200)
    given = door.headers["Set-Cookie"]
    assert VIEWER not in given
    assert "HttpOnly" in given
    assert "SameSite=Strict" in given
    assert "Path=" not in given


def test_a_wrong_token_is_refused(tmp_path):
    door = asked(tmp_path, Access.TOKEN, lambda ask: ask("POST", "/login", "token=wrong", **FORM))
    assert (door.status, door.headers["Set-Cookie"]) == (401, None)
    assert "This is neither" in door.body


def test_the_viewers_token_is_good_for_the_page_alone(tmp_path):
    paths = ("/v1/node", "/v1/cluster")
    answers = asked(
        tmp_path, Access.TOKEN, lambda ask: [ask("GET", p, Authorization=f"Bearer {VIEWER}") for p in paths]
    )
    assert [one.status for one in answers] == [401, 401]


def test_off_is_off(tmp_path):
    def ask_all(ask: Ask) -> list[Answered]:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        return [
            ask("GET", "/", **bearer),
            ask("GET", "/page", **bearer),
            ask("POST", "/login", f"token={TOKEN}", **FORM),
        ]

    answers = asked(tmp_path, Access.OFF, ask_all)
    assert [one.status for one in answers] == [404, 404, 404]
    assert "switched off" in answers[0].body


def test_before_the_first_look_it_asks_for_patience(tmp_path):
    page, data = asked(tmp_path, Access.OPEN, lambda ask: (ask("GET", "/"), ask("GET", "/page")), looked=False)
    assert (page.status, page.headers["Refresh"], data.status) == (503, "1", 503)
