"""How far something long is, where nobody looks: a line now and then."""

from __future__ import annotations

import pytest

from galeractl.adapters import transfer_bar
from galeractl.adapters.transfer_bar import TransferBar


def test_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with TransferBar() as bar:
        bar.show("copying db-1", 1 << 20, 4 << 20)
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(transfer_bar, "LINE_SECONDS", 0.0)
        bar.show("copying db-1", 1 << 20, 4 << 20)
        bar.show("checking tables", 3, 9, unit="tables")
    assert (
        capsys.readouterr().err == "copying db-1: 1.0 MiB of 4.0 MiB (25 %), 0 s\nchecking tables: 3 of 9 tables, 0 s\n"
    )


def test_quiet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer_bar, "LINE_SECONDS", 0.0)
    with TransferBar(quiet=True) as bar:
        bar.show("copying db-1", 5)
    assert capsys.readouterr().err == ""


def test_what_is_not_known_is_left_out() -> None:
    assert transfer_bar._far(5 << 20, 0, "", 0.5) == "5.0 MiB"
    assert transfer_bar._far(5 << 20, 0, "", 5.0) == "5.0 MiB, 1.0 MiB/s"
    assert transfer_bar._far(5, 0, "tables", 5.0) == "5 tables"
    assert transfer_bar._far(9, 3, "", 0.5) == "9 B of 3 B (100 %)"
