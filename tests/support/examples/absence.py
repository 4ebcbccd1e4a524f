"""Rules 4 and 5: somebody who counts is missing, and a person's word about it."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.decision import Bootstrap, Refuse, Wait
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Override
from peerfinder.core.position import Position
from peerfinder.core.view import Member
from tests.support.examples.example import Example
from tests.support.reports import (
    FIRST,
    KNOWN,
    LINEAGE,
    OURS,
    facts,
    process,
    running,
    unreadable,
    view,
    waiting,
    without_data,
)  # fmt: skip

GONE = {"db-2": "no answer from its agent at 10.0.0.12: connection refused"}
HANGS = {"db-2": "its entrypoint has not reported for 8 s"}
ALL = view("db-0", "db-1", "db-2")
TWO = view("db-0", "db-1")
NAMELESS = replace(ALL, members=(Member(process("db-0"), "db-0"), Member(process("db-4"))))
NEWER = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 3))

WITHOUT_2 = Override(("db-2",), "db-0", Position(OURS, 5), tip=FIRST, promise=FIRST, ballot=FIRST)
NAMES_1 = replace(WITHOUT_2, node="db-1", named=True)

EXAMPLES = (
    Example(
        4, "a node that is left out is not waited for",
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), silent=GONE,
              memory=replace(KNOWN, override=WITHOUT_2)),
        Bootstrap, "db-0 holds the most advanced data (seqno 5, as do db-1)",
        decided_by=8,
    ),
    Example(
        4, "a node that is named bootstraps, if no data reach further",
        facts("db-1", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), silent=GONE,
              memory=replace(KNOWN, override=NAMES_1)),
        Bootstrap, "db-1 holds the most advanced data (seqno 5, as do db-0)",
        decided_by=8,
    ),
    Example(
        4, "everybody else is waited for as always, and the next order leaves out both",
        facts("db-0", waiting("db-0", 5, ALL), silent=GONE, memory=replace(KNOWN, override=WITHOUT_2)),
        Wait, "waiting for db-1 (does not report; it was in the newest Primary view)",
        "galeractl recover --without db-1 --without db-2",
        decided_by=5,
    ),
    Example(
        4, "it is void as soon as a node that was left out answers in any form",
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), silent=HANGS, answers=("db-2",),
              memory=replace(KNOWN, override=WITHOUT_2)),
        Wait, "waiting for db-2 (its entrypoint has not reported for 8 s; it was in the newest Primary view)",
        "stop db-2 for good, then galeractl recover --without db-2",
        decided_by=5,
    ),
    Example(
        4, "a node that is named and behind starts nothing",
        facts("db-0", waiting("db-0", 7, ALL), waiting("db-1", 5, ALL), silent=GONE,
              memory=replace(KNOWN, override=NAMES_1)),
        Refuse, "the override names db-1, but db-0 is further on",
        "galeractl recover --without db-2 --bootstrap db-0 --expect-seqno 7",
    ),
    Example(
        4, "nor does one whose data went another way than the newest",
        facts("db-0", waiting("db-0", 7, lineage=NEWER, promise=NEWER[1].ballot), waiting("db-1", 9), silent=GONE,
              memory=replace(KNOWN, lineage=NEWER, ballot=NEWER[1].ballot, override=replace(
                  NAMES_1, position=Position(OURS, 9), tip=NEWER[1].ballot, promise=NEWER[1].ballot))),
        Refuse, "the override names db-1, but db-0 is further on",
        "galeractl recover --without db-2 --bootstrap db-0 --expect-seqno 7",
    ),
    Example(
        5, "a member of the newest view is waited for",
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), silent=GONE, memory=KNOWN),
        Wait,
        "waiting for db-2 (no answer from its agent at 10.0.0.12: connection refused; "
        "it was in the newest Primary view)",
        "galeractl recover --without db-2",
    ),
    Example(
        5, "a node whose agent answers has to be stopped before it can be left out",
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), silent=HANGS, answers=("db-2",), memory=KNOWN),
        Wait, "waiting for db-2 (its entrypoint has not reported for 8 s; it was in the newest Primary view)",
        "stop db-2 for good, then galeractl recover --without db-2",
    ),
    Example(
        5, "a node that had the votes may have started a Primary, whether it was in a view or not",
        facts("db-0", waiting("db-0", 5, TWO, promise=Ballot(2, "db-2")), waiting("db-1", 5, TWO), silent=GONE,
              memory=KNOWN),
        Wait,
        "waiting for db-2 (no answer from its agent at 10.0.0.12: connection refused; "
        "it may have started a Primary that no other node has seen)",
        "galeractl recover --without db-2",
    ),
    Example(
        5, "without the memory nobody who is expected is proven irrelevant",
        facts("db-0", waiting("db-0", 5, TWO), waiting("db-1", 5, TWO), silent=GONE),
        Wait,
        "waiting for db-2 (no answer from its agent at 10.0.0.12: connection refused; "
        "it is expected and not proven irrelevant)",
        "galeractl recover --without db-2",
    ),
    Example(
        5, "a server that runs without a Primary has no final position: it is stopped, and then reports",
        facts("db-0", waiting("db-0", 5, ALL), running("db-1", ALL, primary=False), waiting("db-2", 5, ALL)),
        Wait, "waiting for db-1 (is running, its position is not final; it was in the newest Primary view)",
    ),
    Example(
        5, "beside such a server, it has to be restarted before somebody is left out",
        facts("db-0", waiting("db-0", 5, ALL), running("db-1", ALL, primary=False), silent=GONE, memory=KNOWN),
        Wait,
        "waiting for db-1 (is running, its position is not final; it was in the newest Primary view), "
        "db-2 (no answer from its agent at 10.0.0.12: connection refused; it was in the newest Primary view)",
        "restart db-1, then galeractl recover --without db-2",
    ),
    Example(
        5, "a volume that cannot be used is waited for, with what is wrong with it",
        facts("db-0", waiting("db-0", 5, ALL), unreadable("db-1", "no such file"), waiting("db-2", 5, ALL)),
        Wait, "waiting for db-1 (cannot read its data: no such file; it was in the newest Primary view)",
    ),
    Example(
        5, "nodes that were scaled away count as long as they were in the newest view",
        facts("db-0", waiting("db-0", 5, ALL), memory=KNOWN, nodes=1),
        Wait,
        "waiting for db-1 (does not report; it was in the newest Primary view), "
        "db-2 (does not report; it was in the newest Primary view)",
        "galeractl recover --without db-1 --without db-2",
    ),
    Example(
        5, "a member that nobody can name may be anybody",
        facts("db-0", waiting("db-0", 5, NAMELESS), memory=KNOWN, nodes=2),
        Wait, "waiting for db-1 (does not report; it was in the newest Primary view)",
        "galeractl recover --without db-1 --without unnamed:00000004",
    ),
    Example(
        5, "where no node that reports holds data there is nothing to go on from",
        facts("db-0", without_data("db-0"), memory=KNOWN, nodes=2),
        Wait, "waiting for db-1 (does not report; it is expected and not proven irrelevant)",
    ),
    Example(
        5, "without a number of nodes nobody is elected",
        facts("db-0", waiting("db-0", 5), nodes=None),
        Wait, "how many nodes the cluster has is unknown (no answer from the API, no memory)",
    ),
)  # fmt: skip
