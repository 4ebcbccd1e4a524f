"""The run directory as the entrypoint uses it."""

from __future__ import annotations

from pathlib import Path

from entrypoint.adapters.run_directory import RunDirectory


def test_a_configuration_is_that_of_its_datadir_and_of_no_other(tmp_path: Path):
    run = RunDirectory(tmp_path)
    assert not run.has_config(Path("/volume/data"))
    run.write_config("[mariadbd]\ndatadir = /volume/data\nport = 3306\n", None)
    assert run.has_config(Path("/volume/data"))
    assert not run.has_config(Path("/volume"))
    assert not run.has_config(Path("/copy/volume/data"))
