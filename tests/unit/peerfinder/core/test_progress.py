"""How far a transfer is, and that it stands still, in words."""

from __future__ import annotations

import pytest

from peerfinder.core.progress import Progress, Stage, amount, complain, describe

GIB = 1 << 30
WORDS = {
    "bytes": (Progress(Stage.SST, int(1.2 * GIB)), "sst 1.2 GiB"),
    "a share of what the donor has": (Progress(Stage.SST, GIB, 4 * GIB), "sst 1.0 GiB of 4.0 GiB (25 %)"),
    "never more than all": (Progress(Stage.SST, 5 * GIB, 4 * GIB), "sst 5.0 GiB of 4.0 GiB (100 %)"),
    "what a donor sent": (Progress(Stage.DONOR, GIB, 2 * GIB), "donor 1.0 GiB of 2.0 GiB (50 %)"),
    "write sets": (Progress(Stage.IST, 3, 9), "ist 3 of 9 write sets"),
    "nothing to count": (Progress(Stage.STARTUP), ""),
    "nothing yet": (Progress(Stage.SST), ""),
}


@pytest.mark.parametrize("case", WORDS)
def test_how_far(case: str):
    progress, words = WORDS[case]
    assert describe(progress) == words


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_that_stands_still_says_so(stage: Stage):
    assert complain(Progress(stage, quiet=150, limit=300)).endswith(" for 150 s; it is ended after 300 s")
    assert complain(Progress(stage, quiet=149, limit=300)) == ""
    assert complain(Progress(stage, quiet=1e9, limit=0)) == ""


def test_a_donor_names_whom_it_waits_for():
    assert complain(Progress(Stage.DONOR, GIB, 2 * GIB, 200, 300, "10.0.0.7")) == (
        "10.0.0.7 has taken nothing of the state transfer for 200 s, at donor 1.0 GiB of 2.0 GiB (50 %); "
        "it is ended after 300 s"
    )


def test_bytes_as_people_read_them():
    assert [amount(1000 << shift) for shift in (0, 10, 20, 30, 40)] == [
        "1000 B", "1000.0 KiB", "1000.0 MiB", "1000.0 GiB", "1000.0 TiB",
    ]  # fmt: skip
