"""What a killed state transfer leaves in a datadir does not meet the next one."""

from __future__ import annotations

from pathlib import Path

from entrypoint.adapters.volume import Volume


def test_the_marks_of_a_dead_transfer_are_removed_and_the_data_stay(tmp_path: Path):
    volume = Volume(tmp_path)
    volume.remove_transfer_marks()  # no datadir yet
    volume.make_datadir()
    for name in ("wsrep_sst.pid", "sst_in_progress", "ibdata1", "grastate.dat"):
        (volume.datadir / name).write_text("1\n")
    volume.remove_transfer_marks()
    assert sorted(path.name for path in volume.datadir.iterdir()) == ["grastate.dat", "ibdata1"]
