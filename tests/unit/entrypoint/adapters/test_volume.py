"""A volume says what the examples of rule 1 show; what a killed state transfer leaves does not meet the next one."""

from __future__ import annotations

from pathlib import Path

from entrypoint.adapters.volume import Volume
from peerfinder.core.report import Datadir
from tests.support.examples.primary import NOT_WHOLE, OWNED, VOLUME


def test_another_process_owns_it(tmp_path: Path) -> None:
    first, second = Volume(tmp_path), Volume(tmp_path)
    assert first.lock() == ""
    assert second.lock().replace(str(tmp_path), VOLUME) == OWNED
    assert first.lock() == ""


def test_it_has_files_that_are_no_whole_datadir(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ibdata1").write_bytes(b"")
    content = Volume(tmp_path).inspect(None)
    assert content.state is Datadir.UNREADABLE
    assert content.reason.replace(str(tmp_path), VOLUME) == NOT_WHOLE


def test_the_marks_of_a_dead_transfer_are_removed_and_the_data_stay(tmp_path: Path):
    volume = Volume(tmp_path)
    volume.remove_transfer_marks()  # no datadir yet
    volume.make_datadir()
    for name in ("wsrep_sst.pid", "sst_in_progress", "ibdata1", "grastate.dat"):
        (volume.datadir / name).write_text("1\n")
    volume.remove_transfer_marks()
    assert sorted(path.name for path in volume.datadir.iterdir()) == ["grastate.dat", "ibdata1"]
