"""Kubeconfig files: several of them, contexts, namespaces, and programs that give credentials."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from galeractl.adapters.kubeconfig import NoConfig, NoContext, Unusable, files, open_access


def a_config(name: str = "lab", user: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One context, its cluster and its user."""
    return {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"{name}-db"}}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}:6443"}}],
        "users": [{"name": name, "user": user or {"token": "secret-word"}}],
    } | more


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write kubeconfig files, and name them."""

    def files_of(*configs: dict[str, Any]) -> None:
        paths = [tmp_path / f"config{number}" for number, _ in enumerate(configs)]
        for path, config in zip(paths, configs, strict=True):
            path.write_text(json.dumps(config))
        monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, [*paths, tmp_path / "none"])))

    return files_of


def test_the_current_context_counts_where_none_is_named(write: Any) -> None:
    write(a_config())
    found = open_access(None)
    assert (found.context, found.namespace, found.server) == ("lab", "lab-db", "https://lab:6443")
    assert "secret-word" not in repr(found.complaints)


def test_files_are_merged(write: Any) -> None:
    write(a_config("one"), a_config("two"))
    assert len(files()) == 2
    assert open_access("one").server == "https://one:6443"
    assert open_access("two").server == "https://two:6443"


def test_a_context_without_a_namespace_names_none(write: Any) -> None:
    write(a_config(contexts=[{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}]))
    assert open_access(None).namespace == ""


def test_an_unknown_context_comes_with_those_that_are_there(write: Any) -> None:
    write(a_config("one"), a_config("two"))
    with pytest.raises(NoContext) as told:
        open_access("three")
    assert (told.value.name, told.value.known) == ("three", ("one", "two"))


def test_no_current_context_is_not_the_first_one(write: Any) -> None:
    write(a_config(**{"current-context": ""}))
    with pytest.raises(NoContext) as told:
        open_access(None)
    assert told.value.name is None


def test_no_file_is_told_with_where_one_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NoConfig, match=r"\.kube/config"):
        open_access(None)


def test_a_file_that_makes_no_sense_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("{[")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    with pytest.raises(Unusable, match="config"):
        open_access(None)


def test_a_program_that_gives_no_credentials_is_heard(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    fails = {"apiVersion": "client.authentication.k8s.io/v1", "command": "false", "interactiveMode": "Never"}
    write(a_config(user={"exec": fails}))
    found = open_access(None)
    assert found.complaints
    assert capfd.readouterr().err == ""
