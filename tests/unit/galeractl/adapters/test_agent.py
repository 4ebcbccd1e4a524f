"""One agent by HTTP, against a server of this machine that answers what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from galeractl.adapters import agent
from peerfinder.core.role import WriterRow
from peerfinder.core.snapshot import ClusterSnapshot

SNAPSHOT = {"me": "db-0", "written_at": 1.0, "boot_id": "b"}


class Told:
    """What the server answers, and what it was asked."""

    def __init__(self, status: int, body: str) -> None:
        self.status, self.body = status, body
        self.asked: list[tuple[str, str, str, bytes]] = []


@contextmanager
def serving(status: int, body: object) -> Iterator[tuple[Told, agent.Line]]:
    """An agent that gives the same answer to everything."""
    told = Told(status, body if isinstance(body, str) else json.dumps(body))

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            told.asked.append((self.command, self.path, self.headers.get("Authorization", ""), content))
            self.send_response(told.status)
            self.end_headers()
            self.wfile.write(told.body.encode())

        do_GET = do_POST = _answer  # noqa: N815 - names of the library

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told, agent.at("127.0.0.1", server.server_address[1], 5.0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_snapshot_is_fetched_with_the_token() -> None:
    with serving(200, SNAPSHOT) as (told, line):
        assert agent.ask(line, "secret") == ClusterSnapshot("db-0", 1.0, "b")
    assert told.asked == [("GET", "/v1/cluster", "Bearer secret", b"")]


def test_an_order_carries_a_frozen_value_and_gives_one() -> None:
    with serving(200, {"node": "db-1", "epoch": 4}) as (told, line):
        assert agent.order(line, "secret", "/v1/some", WriterRow("db-0", 3), WriterRow) == WriterRow("db-1", 4)
    ((method, path, _token, body),) = told.asked
    assert (method, path, json.loads(body)) == ("POST", "/v1/some", {"node": "db-0", "epoch": 3})


@pytest.mark.parametrize(
    ("status", "body", "sentence", "said"),
    [
        pytest.param(409, {"ok": False, "reason": "it is a donor"}, "409 Conflict: it is a donor", "it is a donor",
                     id="a refusal comes with the sentence of the agent"),
        pytest.param(502, "<html>bad gateway</html>", "502 Bad Gateway: <html>", "<html>bad gateway</html>",
                     id="what is no answer of an agent is shown as it is"),
        pytest.param(200, "[]", "cannot read: $: expected an object", "",
                     id="an answer of another form is no answer"),
    ],
)  # fmt: skip
def test_what_is_no_answer_says_why(status: int, body: object, sentence: str, said: str) -> None:
    with serving(status, body) as (_told, line):
        answer = agent.ask(line, "secret")
    assert isinstance(answer, agent.NoAnswer)
    assert sentence in answer.reason
    assert (answer.answered, answer.status, answer.said) == (True, status, said)


def test_nobody_who_listens_is_no_agent_that_runs() -> None:
    with serving(200, SNAPSHOT) as (_told, line):
        pass
    assert agent.ask(line, "secret") == agent.NoAnswer("its agent does not run", answered=False)
