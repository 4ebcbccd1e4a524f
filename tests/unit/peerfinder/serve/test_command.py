"""`peerfinder serve`: what is refused before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from peerfinder.serve.command import command

SERVICE, PEERS = ["--service", "db"], ["--peer", "db-0=10.0.0.1", "--peer", "db-1=one.example"]


def said(tmp_path: Path, *options: str, env: dict[str, str] | None = None) -> str:
    """What it says when it ends: always usage, at the latest because the token file is missing."""
    given = [
        "--name", "db-0", "--run-dir", str(tmp_path), "--volume", str(tmp_path), "--address", "127.0.0.1",
        "--token-file", str(tmp_path / "token"), "--replicas-file", str(tmp_path / "replicas"), *options,
    ]  # fmt: skip
    if "--memory" not in options:
        given += ["--memory", f"file:{tmp_path / 'memory.json'}"]
    result = CliRunner().invoke(command, given, env=env)
    assert result.exit_code == 2
    return result.output


API = ["--api", "https://10.0.0.1:443"]
IN_A_POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
GOOD = {
    "a Service": (SERVICE, {}),
    "peers": (PEERS, {}),
    "peers by the variable": ([], {"PEERFINDER_PEER": "db-0=10.0.0.1 db-1=fd00::1"}),
    "a memory in a ConfigMap": ([*SERVICE, *API, "--memory", "configmap:db-memory"], {}),
    "a mode of the writer role": ([*SERVICE, "--writer-mode", "multi"], {}),
    "a mode by the variable": (SERVICE, {"PEERFINDER_WRITER_MODE": "multi"}),
    "preferences": ([*SERVICE, "--writer-preference", "db-0=prefer", "--writer-preference", "db-2=must-not"], {}),
    "preferences by the variable": (SERVICE, {"PEERFINDER_WRITER_PREFERENCE": "db-0=prefer db-1=neutral"}),
    "read_only on all but the writer": ([*SERVICE, "--enforce-read-only"], {}),
    "that by the variable": (SERVICE, {"PEERFINDER_ENFORCE_READ_ONLY": "true"}),
    "patience with stuck appliers": ([*SERVICE, "--stuck-seconds", "0"], {}),
    "that patience by the variable": (SERVICE, {"PEERFINDER_STUCK_SECONDS": "60"}),
    "a time for open transactions": ([*SERVICE, "--drain-seconds", "0.5"], {}),
    "that time by the variable": (SERVICE, {"PEERFINDER_DRAIN_SECONDS": "30"}),
    "who may look at the page": ([*SERVICE, "--page", "off", "--viewer-token-file", "viewer"], {}),
    "the same by variables": (SERVICE, {"PEERFINDER_PAGE": "open", "PEERFINDER_VIEWER_TOKEN_FILE": "viewer"}),
    "the API of this pod": ([*SERVICE, "--statefulset", "db"], IN_A_POD),
}


@pytest.mark.parametrize(("options", "env"), GOOD.values(), ids=GOOD)
def test_taken(tmp_path, options, env):
    assert "agents without a token" in said(tmp_path, *options, env=env)


BAD = {
    "nobody": ([], "exactly one of --service and --peer"),
    "both": ([*SERVICE, *PEERS], "exactly one of --service and --peer"),
    "a peer without a host": (["--peer", "db-1="], "'db-1=' is not NAME=HOST"),
    "a peer without a name": (["--peer", "10.0.0.1"], "'10.0.0.1' is not NAME=HOST"),
    "a peer twice": ([*PEERS, "--peer", "db-1=two.example"], "each NAME once"),
    "a name without an ordinal": (["--peer", "one=10.0.0.1"], "want NAME-ORDINAL"),
    "another kind of memory": ([*SERVICE, "--memory", "etcd:x"], "neither file:PATH nor configmap:NAME"),
    "a memory without a place": ([*SERVICE, "--memory", "file:"], "neither file:PATH nor configmap:NAME"),
    "a memory in a ConfigMap without an API": ([*SERVICE, "--memory", "configmap:x"], "--api is not given"),
    "a StatefulSet without an API": ([*SERVICE, "--statefulset", "db"], "--api is not given"),
    "an API that is no address": ([*SERVICE, "--statefulset", "db", "--api", "10.0.0.1"], "no address of an API"),
    "another word for who may look": ([*SERVICE, "--page", "maybe"], "'maybe' is not one of"),
    "another mode of the writer role": ([*SERVICE, "--writer-mode", "dual"], "'dual' is not one of"),
    "another preference": ([*SERVICE, "--writer-preference", "db-0=yes"], "is not NODE=prefer|neutral|must-not"),
    "a preference of nobody": ([*SERVICE, "--writer-preference", "prefer"], "is not NODE=prefer|neutral|must-not"),
    "a preference twice": (
        [*SERVICE, "--writer-preference", "db-0=prefer", "--writer-preference", "db-0=neutral"],
        "each NODE once",
    ),
    "a preference of another set": (
        [*SERVICE, "--writer-preference", "web-0=prefer"],
        "web-0, which is no node of the set of db-0",
    ),
    "a patience below none": ([*SERVICE, "--stuck-seconds", "-1"], "is not in the range"),
    "a peer of another set": (["--peer", "web-0=10.0.0.1"], "web-0, which is no node of the set of db-0"),
}


@pytest.mark.parametrize(("options", "sentence"), BAD.values(), ids=BAD)
def test_refused(tmp_path, options, sentence):
    assert sentence in " ".join(said(tmp_path, *options).split())
