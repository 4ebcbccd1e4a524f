"""How the sidecar starts or refuses to, how it ends, and `peerfinder ready`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.sidecars import Sidecars


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "peerfinder", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env={**os.environ, **environment},
    )


def variables(sidecars: Sidecars, **changes: str) -> dict[str, str]:
    node, root = sidecars.nodes[0], sidecars.root
    return {
        "POD_NAME": node.name, "POD_IP": node.address, "POD_NAMESPACE": "default",
        "PEERFINDER_RUN_DIR": str(node.run), "PEERFINDER_VOLUME": str(node.volume), "PEERFINDER_SERVICE": "db",
        "PEERFINDER_TOKEN_FILE": str(root / "token"), "PEERFINDER_REPLICAS_FILE": str(root / "replicas"),
        "PEERFINDER_MEMORY": f"file:{root / 'memory.json'}", "PEERFINDER_NAMESERVER": sidecars.dns.address, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"PEERFINDER_TOKEN_FILE": "/nowhere/token"}, "cannot be read", id="no token file"),
        pytest.param({"PEERFINDER_TOKEN_FILE": "/dev/null"}, "is empty", id="an empty token file"),
        pytest.param({"PEERFINDER_MEMORY": "etcd:x"}, "is neither", id="another kind of memory"),
        pytest.param({"POD_NAME": "database"}, "not a StatefulSet pod name", id="a name without ordinal"),
        pytest.param({"PEERFINDER_RUN_DIR": "/nowhere"}, "does not exist", id="no run directory"),
    ],
)
def test_it_refuses_to_start(idle: Sidecars, changes: dict[str, str], sentence: str) -> None:
    ended = run("serve", **variables(idle, **changes))
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_in_use_is_a_sentence(trio: Sidecars) -> None:
    ended = run("serve", **variables(trio))
    assert ended.returncode == 1
    assert "is another agent running?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ready_tells_by_its_exit_code(trio: Sidecars) -> None:
    node = trio.nodes[0]
    not_ready = run("ready", "--run-dir", str(node.run))
    assert (not_ready.returncode, not_ready.stdout) == (1, "the server is waiting\n")
    node.stop()
    snapshot = json.loads((node.run / "cluster.json").read_text())
    snapshot |= {"ready": True, "ready_reason": "Primary and Synced"}
    (node.run / "cluster.json").write_text(json.dumps(snapshot))
    ready = run("ready", PEERFINDER_RUN_DIR=str(node.run))
    assert (ready.returncode, ready.stdout) == (0, "Primary and Synced\n")
    (node.run / "cluster.json").write_text(json.dumps(snapshot | {"written_at": snapshot["written_at"] - 6}))
    assert run("ready", PEERFINDER_RUN_DIR=str(node.run)).returncode == 1
    assert run("ready", "--run-dir", "/nowhere").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_two_seconds_and_leaves_no_socket(trio: Sidecars, number: int) -> None:
    started = time.monotonic()
    assert trio.nodes[0].stop(number) == 0
    assert time.monotonic() - started < 2
    assert not (trio.nodes[0].run / "agent.sock").exists()
