"""When an operator's override is void."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.facts import Facts
from entrypoint.core.override import fitting_override, why_void
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Override
from peerfinder.core.position import Position
from tests.support.reports import FIRST, KNOWN, LINEAGE, OURS, facts, waiting

GIVEN = Override(("db-2",), "db-1", Position(OURS, 5), tip=FIRST, promise=FIRST, ballot=FIRST)
MEMORY = replace(KNOWN, override=GIVEN)
SEEN = facts("db-0", waiting("db-0", 4), waiting("db-1", 5), memory=MEMORY)
LATER = Ballot(2, "db-2")

VOID: dict[str, tuple[Facts, str]] = {
    "the excluded node reports": (
        facts("db-0", waiting("db-1", 5), waiting("db-2", 5), memory=MEMORY), "excluded db-2 answers again"),
    "the excluded node's agent answers in any form": (
        replace(SEEN, answering=frozenset({"db-2"})), "excluded db-2 answers again"),
    "the chosen node does not report": (
        facts("db-0", waiting("db-0", 4), memory=MEMORY), "db-1, which was to bootstrap, does not report data"),
    "the chosen node's position differs": (
        facts("db-0", waiting("db-1", 6), memory=MEMORY), f"db-1 is at {OURS}:6, not at {OURS}:5 any more"),
    "a newer epoch has formed": (
        facts("db-0", waiting("db-1", 5, lineage=(*LINEAGE, Epoch(LATER, OURS, 5))), memory=MEMORY),
        "epoch 2/db-2 has formed since"),
    "the memory knows a newer ballot": (
        facts("db-0", waiting("db-1", 5), memory=replace(MEMORY, ballot=LATER)),
        "the memory knows ballot 2/db-2, newer than what was seen"),
    "an excluded node took a newer ballot": (
        facts("db-0", waiting("db-0", 4, promise=LATER), waiting("db-1", 5), memory=MEMORY),
        "excluded db-2 took ballot 2/db-2 since"),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), VOID.values(), ids=VOID)
def test_is_void_when(seen: Facts, reason: str) -> None:
    assert why_void(seen, GIVEN) == reason
    assert fitting_override(seen) is None


def test_fits_while_nothing_contradicts_it() -> None:
    assert fitting_override(SEEN) == GIVEN


def test_is_not_used_from_a_copy_of_the_memory() -> None:
    assert fitting_override(replace(SEEN, memory_fresh=False)) is None


def test_survives_ballots_that_others_burnt() -> None:
    burnt = facts("db-0", waiting("db-0", 4, promise=Ballot(5, "db-0")), waiting("db-1", 5), memory=MEMORY)
    assert fitting_override(burnt) == GIVEN


def test_survives_the_chosen_nodes_own_swap() -> None:
    swapped = facts("db-0", waiting("db-1", 5), memory=replace(MEMORY, ballot=Ballot(2, "db-1")))
    assert fitting_override(swapped) == GIVEN
