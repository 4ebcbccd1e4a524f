"""The command that ends a wait or a refusal; word by word it stands beside its sentence, in the examples of the rules.

That the remedy of a wait is accepted in every world and history shows galeractl/core/test_roster.py.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from entrypoint.core.decision import Refuse, decide
from entrypoint.core.facts import Facts
from entrypoint.core.remedy import ending_of_wait
from galeractl.core.recovery import Request, Store, plan_recovery
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Mark
from tests.support.examples.decision import EXAMPLES
from tests.support.examples.example import Example
from tests.support.reports import FIRST, FOREIGN, KNOWN, LINEAGE, OURS, facts, view, waiting, without_data
from tests.support.sights import as_galeractl_sees

ALL = view("db-0", "db-1", "db-2")
ORDERS = [one for one in EXAMPLES if "galeractl recover" in one.remedy]


def test_where_nobody_is_waited_for_there_is_no_remedy_of_a_wait() -> None:
    assert ending_of_wait(facts("db-0", waiting("db-0", 5, view("db-0")), nodes=1, memory=KNOWN)) == ""


def requests(remedy: str) -> list[Request]:
    """The orders in a remedy, one after the other."""
    found = []
    for order in re.findall(r"galeractl recover((?: --[a-z-]+ [^ ;]+)+)", remedy):
        options = re.findall(r"--([a-z-]+) ([^ ;]+)", order)
        given = dict(options)
        without = tuple(value for option, value in options if option == "without")
        seqno = int(given["expect-seqno"]) if "expect-seqno" in given else None
        found.append(Request(without, given.get("bootstrap", ""), seqno, given.get("discard", "")))
    return found


def after_what_comes_first(example: Example) -> Facts:
    """The facts once a node was stopped, or a server restarted, where the remedy wants that first."""
    seen, first = example.facts, example.remedy.partition(", then ")[0]
    if first.startswith("stop "):
        return replace(seen, answering=frozenset(seen.reports))
    if first.startswith("restart "):
        name = first.removeprefix("restart ")
        return replace(seen, reports={**seen.reports, name: waiting(name, 5, ALL)})
    return seen


@pytest.mark.parametrize("example", ORDERS, ids=str)
def test_every_order_in_an_example_is_accepted_one_after_the_other(example: Example) -> None:
    seen = after_what_comes_first(example)
    seen = seen if seen.memory_fresh else replace(seen, memory=seen.memory or KNOWN, memory_fresh=True)
    asked = requests(example.remedy)
    assert asked
    for request in asked:
        plan = plan_recovery(as_galeractl_sees(seen), request)
        assert isinstance(plan, Store), plan
        seen = replace(seen, memory=plan.memory)
    after = decide(seen)
    assert (type(after), after.reason) != (example.kind, example.reason)


def test_no_refusal_in_any_small_world_shows_an_order_that_is_refused() -> None:
    newer, other = Epoch(Ballot(2, "db-0"), OURS, 3), Epoch(Ballot(3, "db-1"), OURS, 4)
    kinds = {
        "empty": without_data,
        "5": lambda name: waiting(name, 5, ALL),
        "9, alone in a view": lambda name: waiting(name, 9, view(name, seq=4)),
        "7, promised": lambda name: waiting(name, 7, ALL, promise=Ballot(2, "db-1")),
        "9, one way": lambda name: waiting(name, 9, lineage=(*LINEAGE, newer), promise=newer.ballot),
        "7, another way": lambda name: waiting(name, 7, lineage=(*LINEAGE, other), promise=other.ballot),
        "foreign": lambda name: waiting(name, 8, uuid=FOREIGN, lineage=(Epoch(FIRST, FOREIGN, 0),)),
        "brought along": lambda name: waiting(name, 6, uuid=FOREIGN, lineage=(), promise=None),
    }
    memories = (
        KNOWN,
        replace(KNOWN, mark=Mark(FIRST, 12)),
        replace(KNOWN, lineage=(*LINEAGE, newer), ballot=newer.ballot, mark=Mark(newer.ballot, 12)),
        replace(KNOWN, lineage=(*LINEAGE, other), ballot=other.ballot),
    )
    followed = 0
    for world, memory in itertools.product(itertools.product(kinds, repeat=3), memories):
        seen = facts("db-0", *(kinds[kind](f"db-{ordinal}") for ordinal, kind in enumerate(world)), memory=memory)
        decision = decide(seen)
        if isinstance(decision, Refuse):
            for request in requests(decision.remedy):
                plan = plan_recovery(as_galeractl_sees(seen), request)
                assert isinstance(plan, Store), (world, memory, decision, plan)
                seen, followed = replace(seen, memory=plan.memory), followed + 1
    assert followed > len(kinds) ** 3
