"""What a volume says of itself is what the examples of rule 1 show."""

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
