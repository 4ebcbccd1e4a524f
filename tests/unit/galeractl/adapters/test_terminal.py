"""Colours and drawing in place where somebody looks, plain text where nobody does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from galeractl.adapters.terminal import Picture, print_diagnosis, print_topology
from galeractl.core.diagnose import diagnose
from galeractl.core.programs import Programs
from galeractl.core.topology import render_topology
from tests.support.sights import a_cluster, a_member

SEEN = diagnose(a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.STOPPED))
ROOT = Path(__file__).parents[4]


def test_nothing_but_text_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    print_topology(SEEN)
    assert capsys.readouterr().out == render_topology(SEEN) + "\n"
    print_diagnosis(SEEN, str)
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "db-2: its programs do not run\n  to do: galeractl local start db-2" in told


def test_a_drawing_elsewhere_is_repeated_only_when_it_changed(capsys: pytest.CaptureFixture[str]) -> None:
    whole = diagnose(a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2")))
    with Picture() as picture:
        for seen in (whole, whole, SEEN, SEEN, "the API does not answer", whole):
            picture.show(seen)
    told = capsys.readouterr().out
    assert told == "\n".join(
        [render_topology(whole), render_topology(SEEN), "the API does not answer", render_topology(whole), ""]
    )


def on_a_terminal(code: str, **environment: str) -> str:
    """What a program prints when its standard output is a terminal."""
    mine, its = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    given = clean | {"TERM": "xterm", "COLUMNS": "120", "PYTHONPATH": str(ROOT)} | environment
    with subprocess.Popen([sys.executable, "-c", code], stdout=its, env=given) as program:
        os.close(its)
        told = b""
        try:
            while part := os.read(mine, 65536):
                told += part
        except OSError:  # the other end is closed
            pass
        os.close(mine)
    assert program.returncode == 0
    return told.decode()


PRINT = (
    "from galeractl.adapters.terminal import Picture, print_diagnosis, print_topology\n"
    "from galeractl.core.diagnose import diagnose\n"
    "from galeractl.core.programs import Programs\n"
    "from tests.support.sights import a_cluster, a_member\n"
    "seen = diagnose(a_cluster(a_member('db-0'), a_member('db-1'), db_2=Programs.STOPPED))\n"
)
ALL = PRINT + "print_topology(seen); print_diagnosis(seen, str)"


def test_colours_on_a_terminal() -> None:
    assert "\x1b[1;33mONLINE_PARTIAL" in on_a_terminal(ALL)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colours_where_they_are_not_wanted(environment: dict[str, str]) -> None:
    told = on_a_terminal(ALL, **environment)
    assert "ONLINE_PARTIAL" in told
    assert "\x1b[1;33m" not in told


def test_a_picture_is_drawn_in_place_and_stays() -> None:
    told = on_a_terminal(PRINT + "with Picture() as p:\n    p.show(seen); p.show('gone'); p.show(seen)")
    assert told.count("ONLINE_PARTIAL") >= 2
    assert "\x1b[2K" in told  # the lines of the drawing before are taken back
