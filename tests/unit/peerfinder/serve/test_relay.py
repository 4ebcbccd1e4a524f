"""A copy that one agent brings from another: byte for byte, or the sentence why not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from peerfinder.serve.relay import relay

QUESTION = {"verb": "copy", "node": "db-1", "order": {"purpose": "seed", "allow_writer": True}}
PIECE = bytes(range(256)) * 4096


class Agent(RequestHandler):
    """An agent that does as it is told."""

    def initialize(self, does: str, seen: list[Any]) -> None:
        self.does, self.seen = does, seen

    async def post(self) -> None:
        self.seen.append((self.request.headers["Authorization"], json.loads(self.request.body)))
        if self.does.startswith("{"):
            self.set_status(409)
            self.finish(self.does)
        elif self.does == "other":
            self.set_status(404)
            self.finish("no such path")
        else:
            for _ in range(8):
                self.write(PIECE)
                await self.flush()
            if self.does == "breaks off":
                self.detach().close()


def asked(path: Path, does: str, question: dict[str, Any] = QUESTION, known: str = "127.0.0.1") -> tuple[bytes, Any]:
    """What an entrypoint gets; and what the agent was asked."""
    seen: list[Any] = []

    async def live() -> bytes:
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(Application([("/v1/copy", Agent, {"does": does, "seen": seen})]))
        server.add_sockets(sockets)
        port = 1 if does == "is away" else sockets[0].getsockname()[1]

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await relay(question, writer, {"db-1": known} if known else {}, port, "secret")
            writer.close()

        relaying = await asyncio.start_unix_server(serve, path / "s")
        reader, writer = await asyncio.open_unix_connection(path / "s")
        got = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        relaying.close()
        server.stop()
        return got

    return asyncio.run(live()), seen


@pytest.mark.parametrize("does", ["gives", "breaks off"])
def test_what_comes_is_passed_on_as_it_comes(tmp_path: Path, does: str) -> None:
    got, seen = asked(tmp_path, does)
    assert got == b'{"ok":true}\n' + 8 * PIECE
    ((token, order),) = seen
    assert token == "Bearer secret"
    assert (order["purpose"], order["allow_writer"]) == ("seed", True)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ('{"reason":"db-1 is busy","why":"busy"}', {"error": "db-1 is busy", "passing": True, "why": "busy"}),
        ('{"reason":"no","why":"writer"}', {"error": "no", "passing": False, "why": "writer"}),
        ('{"reason":"not now","passing":true}', {"error": "not now", "passing": True, "why": ""}),
    ],
    ids=["busy", "writer", "passing"],
)
def test_a_refusal_is_told_in_the_agents_words(tmp_path: Path, does: str, told: dict[str, Any]) -> None:
    assert json.loads(asked(tmp_path, does)[0]) == told


@pytest.mark.parametrize(
    ("does", "sentence"),
    [("is away", "db-1: its agent cannot be reached"), ("other", "db-1 answers with 404"), ("{}", "answers with 409")],
)
def test_an_agent_that_is_away_or_of_another_version(tmp_path: Path, does: str, sentence: str) -> None:
    assert sentence in json.loads(asked(tmp_path, does)[0])["error"]


def test_a_node_without_an_address_may_have_one_in_a_moment(tmp_path: Path) -> None:
    told = json.loads(asked(tmp_path, "gives", known="")[0])
    assert told["passing"]
    assert "the address of db-1 is not known" in told["error"]
