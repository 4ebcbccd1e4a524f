"""A node whose server runs: when it is stopped, and when it is not."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.vigil import Stop
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Mark
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.examples.example import Watch
from tests.support.reports import KNOWN, LINEAGE, OURS, facts, running, view, waiting

ALL = view("db-0", "db-1", "db-2")
MINE = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 4))
NEWER = (*LINEAGE, Epoch(Ballot(3, "db-1"), OURS, 4))
OUTSIDE = running("db-0", ALL, primary=False)
LEFT = replace(OUTSIDE, server=replace(OUTSIDE.server, cluster_status="Disconnected"))
FAILED = replace(OUTSIDE, server=replace(OUTSIDE.server, comment="Receiving IST", gcomm_uuid=""))
JOINING = replace(OUTSIDE, server=ServerFacts(state=WsrepState.JOINING))
FORMED = replace(KNOWN, ballot=NEWER[1].ballot, lineage=NEWER, mark=Mark(NEWER[1].ballot, 9))

WATCHES = (
    Watch(1, "a Primary serves on", facts("db-0", running("db-0", ALL), waiting("db-1", 5))),
    Watch(
        1, "a ballot in the memory that nobody marked is no Primary",
        facts("db-0", running("db-0", lineage=MINE), memory=replace(FORMED, mark=None)),
    ),
    Watch(
        2, "a Primary of its own epoch answers, whatever time has gone by",
        facts("db-0", OUTSIDE, running("db-1", ALL)), 60,
    ),
    Watch(2, "it lost its connections a moment ago", facts("db-0", LEFT, running("db-1", ALL)), 2),
    Watch(
        3, "it has left the group, which runs on",
        facts("db-0", LEFT, running("db-1", ALL)), 4,
        Stop("the server has left the group and does not come back by itself", expelled=True),
    ),
    Watch(
        3, "its IST failed, and the group runs on without it",
        facts("db-0", FAILED, running("db-1", ALL)), 4,
        Stop("the server has left the group and does not come back by itself", expelled=True),
    ),
    Watch(
        4, "a Primary of another epoch answers",
        facts("db-0", OUTSIDE, running("db-1", lineage=NEWER)), 1,
        Stop("db-1 is in a Primary of another epoch; deciding anew"),
    ),
    Watch(5, "somebody who counts is missing", facts("db-0", OUTSIDE, waiting("db-1", 5)), 60),
    Watch(5, "nobody knows how many there are", facts("db-0", OUTSIDE, nodes=None), 60),
    Watch(
        6, "all others are there and do not run",
        facts("db-0", OUTSIDE, waiting("db-1", 5), waiting("db-2", 5)), 1,
        Stop("non-Primary, and no other server runs that it could re-merge with: its position is made final"),
    ),
    Watch(
        6, "a joiner whose donor is gone",
        facts("db-0", JOINING, waiting("db-1", 5), waiting("db-2", 5)), 1,
        Stop("the Primary that it was joining is gone, and no other server runs: its position is made final"),
    ),
    Watch(
        7, "another server runs: they may merge",
        facts("db-0", OUTSIDE, running("db-1", ALL, primary=False), waiting("db-2", 5)), 19,
    ),
    Watch(
        7, "they did not merge in time",
        facts("db-0", OUTSIDE, running("db-1", ALL, primary=False), waiting("db-2", 5)), 21,
        Stop("non-Primary for 21 s beside db-1: its position is made final"),
    ),
    Watch(
        7, "a joiner whose Primary lost its quorum, a moment ago",
        facts("db-0", JOINING, running("db-1", ALL, primary=False), waiting("db-2", 5)), 2,
    ),
    Watch(
        7, "it did not come back, and waits for the joiner to stop",
        facts("db-0", JOINING, running("db-1", ALL, primary=False), waiting("db-2", 5)), 4,
        Stop("the Primary that it was joining is gone, and db-1 may wait for it: its position is made final"),
    ),
    Watch(
        8, "a Primary meets a newer one that went another way",
        facts("db-0", running("db-0", lineage=MINE), running("db-1", lineage=NEWER)), 0,
        Stop("db-1 is in a Primary of epoch 3/db-1, which went another way than this node's epoch 2/db-0", refuse=True),
    ),
    Watch(
        8, "the memory knows such a one",
        facts("db-0", running("db-0", lineage=MINE), memory=FORMED), 0,
        Stop("the memory knows a Primary of epoch 3/db-1, which went another way", refuse=True),
    ),
)  # fmt: skip
