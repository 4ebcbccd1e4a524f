"""How the programs of a local node are started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from galeractl.adapters.local_dir import Place
from galeractl.core.programs import Kind
from galeractl.core.settings import ClusterSettings
from galeractl.local.launch import command

SETTINGS = ClusterSettings("local-1", 9, 3)


@pytest.mark.parametrize("is_enforced", [True, False])
def test_the_sidecar_alone_keeps_read_only_where_that_is_set(tmp_path: Path, is_enforced: bool) -> None:
    settings = replace(SETTINGS, enforce_read_only=is_enforced)
    lines = {
        kind: command(Place(tmp_path), settings, settings.addresses[1], kind) for kind in (Kind.AGENT, Kind.ENTRYPOINT)
    }
    assert ("--enforce-read-only" in lines[Kind.AGENT]) is is_enforced
    assert "--enforce-read-only" not in lines[Kind.ENTRYPOINT]


def test_passwords_travel_as_names_of_files(tmp_path: Path) -> None:
    line = command(Place(tmp_path), SETTINGS, SETTINGS.addresses[0], Kind.AGENT)
    assert line[line.index("--monitor-password-file") + 1] == str(tmp_path / "secrets" / "monitor")
