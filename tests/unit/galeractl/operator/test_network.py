"""A cluster that only the environment names."""

from __future__ import annotations

from pathlib import Path

import pytest

from galeractl.adapters.agent import NoAnswer
from galeractl.core.trouble import Trouble
from galeractl.operator import network
from galeractl.operator.network import NetworkCluster, named


def test_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GALERACTL_AGENTS", raising=False)
    assert named() is None


@pytest.mark.parametrize(
    ("value", "host", "port"), [("db-headless.shop", "db-headless.shop", 8008), ("db-headless:9", "db-headless", 9)]
)
def test_a_name_with_and_without_its_port(monkeypatch: pytest.MonkeyPatch, value: str, host: str, port: int) -> None:
    monkeypatch.setenv("GALERACTL_AGENTS", value)
    monkeypatch.setenv("GALERACTL_TOKEN_FILE", "/run/token")
    assert named() == NetworkCluster(host, port, "/run/token")


def test_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALERACTL_AGENTS", "db:x")
    with pytest.raises(Trouble, match="GALERACTL_AGENTS is 'db:x'"):
        named()


def test_what_leads_nowhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    with pytest.raises(Trouble, match="the agents' token cannot be read"):
        NetworkCluster("127.0.0.1", 1, str(tmp_path / "none")).look()  # at once
    with pytest.raises(Trouble, match="leads to no address"):
        NetworkCluster("no-such-name.invalid", 1, str(tmp_path / "token"), 0).look()
    with pytest.raises(Trouble, match=r"no agent behind 127\.0\.0\.1 answers: its agent does not run"):
        NetworkCluster("127.0.0.1", 1, str(tmp_path / "token"), 0).look()


def test_a_pod_that_was_just_started_looks_again_until_somebody_answers(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("secret")
    asked = []
    monkeypatch.setattr(network, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(network.agent, "ask", lambda *_: asked.append(1) or NoAnswer("not yet", answered=False))
    with pytest.raises(Trouble, match="not yet"):
        NetworkCluster("127.0.0.1", 1, str(tmp_path / "token"), 0.2).look()
    assert len(asked) > 2
