"""A copy beside the datadir, and its way into the datadir's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrypoint.adapters.stage import CopyStage


@pytest.fixture
def stage(tmp_path: Path) -> CopyStage:
    made = CopyStage(tmp_path, tmp_path / "data", None)
    made.make()
    (made.path / "ibdata1").write_text("new")
    return made


def names(volume: Path) -> set[str]:
    return {path.name for path in volume.iterdir()}


def test_it_becomes_the_datadir_of_an_empty_volume(stage: CopyStage, tmp_path: Path) -> None:
    stage.adopt()
    assert names(tmp_path) == {"data"}
    assert (tmp_path / "data" / "ibdata1").read_text() == "new"


def test_it_replaces_a_datadir_and_nothing_of_that_stays(stage: CopyStage, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ib_logfile0").write_text("old")
    stage.adopt()
    assert names(tmp_path) == {"data"}
    assert names(tmp_path / "data") == {"ibdata1"}


def test_what_a_crash_left_goes_with_the_next_copy(stage: CopyStage, tmp_path: Path) -> None:
    (tmp_path / "old-data").mkdir()
    stage.make()
    assert names(tmp_path) == {"copy"}
    assert not names(stage.path)
    stage.remove()
    assert not names(tmp_path)


def test_the_first_file_that_is_there_tells(stage: CopyStage) -> None:
    (stage.path / "xtrabackup_galera_info").write_text("of 10.11")
    assert stage.text(("mariadb_backup_galera_info", "xtrabackup_galera_info")) == "of 10.11"
    (stage.path / "mariadb_backup_galera_info").write_text("of 11.8")
    assert stage.text(("mariadb_backup_galera_info", "xtrabackup_galera_info")) == "of 11.8"
    assert stage.text(("no_such_file",)) == ""
