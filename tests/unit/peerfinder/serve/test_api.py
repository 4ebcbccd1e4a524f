"""The answers that Kubernetes asks for, while nothing else goes on: a look that hangs takes no probe with it."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time

import pytest

from peerfinder.adapters.memory_file import MemoryFile
from peerfinder.adapters.peer_http import Agents
from peerfinder.serve import api
from peerfinder.serve.look import Watch
from peerfinder.serve.outside import Outside
from peerfinder.serve.settings import Settings
from peerfinder.serve.token import Token

QUICK_SECONDS = 0.5  # of a probe's timeout of 1 s and more


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "token").write_text("correct-horse")
    (tmp_path / "memory.json").write_text("{}")
    return Settings(
        name="db-0", run_dir=tmp_path, volume=tmp_path, service="", namespace="default", domain="cluster.local",
        address="127.0.0.1", port=free_port(), token_file=tmp_path / "token", replicas_file=tmp_path / "replicas",
        memory=("file", str(tmp_path / "memory.json")), monitor_user="monitor", peer=(("db-0", "127.0.0.1"),),
    )  # fmt: skip


def asked(settings: Settings, path: str) -> tuple[int, str, float]:
    """Status, body and seconds of one question."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(settings.address, settings.port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), time.monotonic() - began
    finally:
        connection.close()


async def serving(settings: Settings, path: str) -> tuple[int, str, float]:
    """Ask an agent that has looked once."""
    token = Token(settings.token_file)
    watch = Watch(settings, token, Agents(settings.port), Outside(MemoryFile(settings.run_dir / "none")), "boot")
    await watch.look()
    server = api.listen(watch, token)
    try:
        return await asyncio.to_thread(asked, settings, path)
    finally:
        server.stop()
        await server.close_all_connections()
        watch.peers._agents.close()


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        pytest.param("/primary", 503, "has not reported", id="a test for 200"),
        pytest.param("/primary?drain", 503, "has not reported", id="no server, so nobody can be here"),
        pytest.param("/secondary?drain&node=db-0.default", 503, "has not reported", id="its own name"),
        pytest.param("/primary?drain&node=db-1.default", 404, "this is db-0.default, not db-1.default", id="another"),
        pytest.param("/primary?node=db-0.other", 404, "this is db-0.default", id="its name in another namespace"),
        pytest.param("/livez?drain", 200, "has not reported", id="what is no question of proxies"),
    ],
)
def test_a_proxy_asks_for_one_node(settings, path, status, reason):
    answered, text, _seconds = asyncio.run(serving(settings, path))
    assert answered == status
    assert reason in text


@pytest.mark.parametrize("looks_before", [0, 1], ids=["the first look", "a later look"])
def test_metrics_answer_while_a_look_hangs(settings, looks_before):
    async def serve() -> tuple[int, str, float]:
        token = Token(settings.token_file)
        watch = Watch(settings, token, Agents(settings.port), Outside(MemoryFile(settings.run_dir / "none")), "boot")
        for _ in range(looks_before):
            await watch.look()
        await watch._one_at_a_time.acquire()  # as a look that never ends has it
        looking = asyncio.create_task(watch.run())
        server = api.listen(watch, token)
        try:
            return await asyncio.to_thread(asked, settings, "/metrics")
        finally:
            server.stop()
            await server.close_all_connections()
            looking.cancel()
            watch.peers._agents.close()

    status, text, seconds = asyncio.run(serve())
    assert status == 200
    assert ("galerakit_snapshot_age_seconds" in text) is bool(looks_before)
    assert seconds < QUICK_SECONDS


ADDRESSES = {
    "10.1.2.3": "127.0.0.1",
    "fd00::2": "::1",
    "127.77.1.10": None,  # of a local cluster: a node has its own loopback address
    "0.0.0.0": None,  # that is everywhere already
    "localhost": None,
}


@pytest.mark.parametrize(("address", "inside"), ADDRESSES.items(), ids=ADDRESSES)
def test_a_port_forward_finds_the_agent_at_the_loopback_of_its_pod(address, inside):
    assert api.loopback_beside(address) == inside
