"""The own sidecar over its socket: what it says, and each way of saying nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from galeractl.adapters import sidecar
from galeractl.adapters.sidecar import NoSidecar
from peerfinder.core.codec import to_json
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.snapshot import ClusterSnapshot

SNAPSHOT = ClusterSnapshot("db-0", 1.0, "boot", ("db-0",))


@contextmanager
def answering(directory: Path, answer: str) -> Iterator[list[dict[str, object]]]:
    """A socket that says the same to everybody; gives what it was asked."""
    asked: list[dict[str, object]] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / sidecar.SOCKET))
        listener.listen()

        def serve() -> None:
            line, _ = listener.accept()
            with line, line.makefile() as file:
                asked.append(json.loads(file.readline()))
                line.sendall(answer.encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        thread.join(5)


def test_a_look(tmp_path):
    with answering(tmp_path, json.dumps({"snapshot": to_json(SNAPSHOT)}) + "\n") as asked:
        assert sidecar.look(tmp_path) == SNAPSHOT
    assert asked == [{"verb": "look"}]


@pytest.mark.parametrize(("outcome", "done"), [("swapped", True), ("conflict", False)])
def test_a_swap(tmp_path, outcome, done):
    with answering(tmp_path, json.dumps({"outcome": outcome}) + "\n") as asked:
        assert sidecar.swap(tmp_path, 4, ClusterMemory("u")) is done
    assert (asked[0]["verb"], asked[0]["expected_version"]) == ("swap", 4)


def test_a_swap_that_was_not_possible_says_why(tmp_path):
    with (
        answering(tmp_path, json.dumps({"outcome": "unreachable", "reason": "the API is down"}) + "\n"),
        pytest.raises(OSError, match="the API is down"),
    ):
        sidecar.swap(tmp_path, 4, ClusterMemory())


def test_a_sidecar_that_is_not_there(tmp_path):
    with pytest.raises(NoSidecar, match=r"agent.sock does not exist: it has not started yet, or has ended"):
        sidecar.look(tmp_path)


def test_a_sidecar_that_died(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / sidecar.SOCKET))
    with pytest.raises(NoSidecar, match=r"it does not answer on .*agent.sock \(Connection refused\)"):
        sidecar.look(tmp_path)


@pytest.mark.parametrize("answer", ["", "nonsense\n", "[]\n", "{}\n"])
def test_a_sidecar_that_says_nothing_of_use(tmp_path, answer):
    with answering(tmp_path, answer), pytest.raises(NoSidecar):
        sidecar.look(tmp_path)
