"""Rules 6 to 8: everybody who counts reports, and one of them is to bootstrap, or nobody can."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.decision import Bootstrap, Refuse, Wait
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory, Mark
from peerfinder.core.position import ZERO_UUID
from tests.support.examples.example import Example
from tests.support.reports import (
    FIRST,
    FOREIGN,
    KNOWN,
    LINEAGE,
    OURS,
    facts,
    record,
    view,
    waiting,
    without_data,
)  # fmt: skip

ALL = view("db-0", "db-1", "db-2")
TWO = view("db-0", "db-1")
FORK_A = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 3))
FORK_B = (*LINEAGE, Epoch(Ballot(3, "db-1"), OURS, 4))
THEIRS = (Epoch(FIRST, FOREIGN, 0),)
RESTORE = "bring the volumes back; only if this is to be a new, empty cluster: remove all volumes and the memory"
EMPTY = tuple(without_data(f"db-{ordinal}") for ordinal in range(3))
STRANGERS = tuple(waiting(f"db-{ordinal}", -1, uuid=ZERO_UUID, lineage=()) for ordinal in range(3))

EXAMPLES = (
    Example(
        6, "a seqno that was committed is on no volume",
        facts("db-0", *(waiting(f"db-{n}", 5, ALL) for n in range(3)), memory=replace(KNOWN, mark=Mark(FIRST, 9))),
        Refuse, "seqno 9 was committed, the best data reach only 5",
        "galeractl recover --bootstrap db-2 --expect-seqno 5",
    ),
    Example(
        6, "the only member of the newest view has lost its data",
        facts("db-0", waiting("db-0", 1), without_data("db-1", kept=record("db-1", view("db-1"))), nodes=2),
        Refuse, "no member of the newest Primary view (db-1) holds data",
        "galeractl recover --bootstrap db-0 --expect-seqno 1",
    ),
    Example(
        6, "a member of the newest view has lost its volume, and nobody has applied that view",
        facts("db-0", waiting("db-0", 1, view("db-0", "db-1", start=None)), without_data("db-1"), nodes=2),
        Refuse,
        "db-1 was in the newest view and lost its volume, and no data reach the point where that view began",
        "galeractl recover --bootstrap db-0 --expect-seqno 1",
    ),
    Example(
        6, "a node that had the votes to start a Primary has lost its volume",
        facts("db-0", waiting("db-0", 5, ALL, promise=Ballot(2, "db-1")),
              without_data("db-1"), waiting("db-2", 5, ALL)),
        Refuse, "db-1 may have started a Primary, but its volume was replaced since",
        "galeractl recover --bootstrap db-2 --expect-seqno 5",
    ),
    Example(
        6, "of two histories the one that the memory knows is kept",
        facts("db-0", waiting("db-0", 5), waiting("db-1", 5, uuid=FOREIGN, lineage=THEIRS), memory=KNOWN, nodes=2),
        Refuse, f"the nodes hold different histories: {OURS} on db-0; {FOREIGN} on db-1",
        "galeractl recover --discard db-1",
    ),
    Example(
        6, "without the memory it is the one that most nodes hold",
        facts("db-0", waiting("db-0", 5, uuid=FOREIGN, lineage=THEIRS), waiting("db-1", 5), waiting("db-2", 5)),
        Refuse, f"the nodes hold different histories: {OURS} on db-1, db-2; {FOREIGN} on db-0",
        "galeractl recover --discard db-0",
    ),
    Example(
        6, "two Primaries have written, and the memory names neither",
        facts("db-0", waiting("db-0", 9, lineage=FORK_A, promise=FORK_A[1].ballot),
              waiting("db-1", 9, lineage=FORK_B, promise=FORK_B[1].ballot), memory=KNOWN, nodes=2),
        Refuse, "the data of db-0 and of epoch 3/db-1 fork, and the memory names neither",
        "galeractl recover --discard db-0",
    ),
    Example(
        6, "data that were brought along never belonged to a history, so seqnos say nothing: all but one are given up",
        facts("db-0", *STRANGERS, memory=ClusterMemory()),
        Refuse, "several nodes hold data that belong to no Galera history, so none is known to be newer",
        "galeractl recover --discard db-1; galeractl recover --discard db-2",
    ),
    Example(
        6, "the volumes or the memory are of another cluster",
        facts("db-0", waiting("db-0", 5, uuid=FOREIGN, lineage=(), promise=None), memory=KNOWN, nodes=1),
        Refuse, f"the memory knows history {OURS}, the nodes hold {FOREIGN}",
        "galeractl status",
    ),
    Example(
        7, "where no history is known the lowest ordinal starts one",
        facts("db-0", *EMPTY, memory=ClusterMemory()),
        Bootstrap, "no node holds data and no history is known; db-0 is the lowest ordinal",
    ),
    Example(
        7, "... and the others wait for it",
        facts("db-2", *EMPTY, memory=ClusterMemory()),
        Wait,
        "no node holds data and no history is known; db-0 is the lowest ordinal; waiting for it to form the Primary",
    ),
    Example(
        7, "a first start that was interrupted begins again",
        facts("db-0", without_data("db-0", kept=record("db-0", lineage=())), *EMPTY[1:],
              memory=ClusterMemory(ballot=FIRST)),
        Bootstrap, "no node holds data and no history is known; db-0 is the lowest ordinal",
    ),
    Example(
        7, "an unreadable memory starts nothing",
        replace(facts("db-0", *EMPTY), memory_problem="the cluster memory has not been read yet"),
        Wait,
        "no node holds data, and the cluster memory that tells a new cluster from lost volumes is unreadable "
        "(the cluster memory has not been read yet)",
    ),
    Example(
        7, "the memory knows a history",
        facts("db-0", *EMPTY, memory=KNOWN),
        Refuse, f"no node holds data, but the memory knows history {OURS}: the volumes were lost",
        RESTORE,
    ),
    Example(
        7, "the memory knows a start, and its node knows nothing of it any more",
        facts("db-0", *EMPTY, memory=ClusterMemory(ballot=FIRST)),
        Refuse, "no node holds data, but ballot 1/db-0 was permitted: the volumes were lost",
        RESTORE,
    ),
    Example(
        7, "a record beside an empty datadir knows a history",
        facts("db-0", without_data("db-0", kept=record("db-0", ALL)), *EMPTY[1:], memory=KNOWN),
        Refuse, "no node holds data, but the node records know a history: the datadirs were lost",
        RESTORE,
    ),
    Example(
        8, "the most advanced data bootstrap",
        facts("db-1", waiting("db-0", 5, ALL), waiting("db-1", 9, ALL), waiting("db-2", 7, ALL)),
        Bootstrap, "db-1 holds the most advanced data (seqno 9)",
    ),
    Example(
        8, "... and the others wait for that node",
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 9, ALL), waiting("db-2", 7, ALL)),
        Wait, "db-1 holds the most advanced data (seqno 9); waiting for it to form the Primary",
    ),
    Example(
        8, "of several that are as far the lowest ordinal goes first",
        facts("db-0", *(waiting(f"db-{n}", 2476, ALL) for n in range(3))),
        Bootstrap, "db-0 holds the most advanced data (seqno 2476, as do db-1, db-2)",
    ),
    Example(
        8, "... but a member of the newest view before all others",
        facts("db-1", waiting("db-0", 5), waiting("db-1", 5, view("db-1")), nodes=2),
        Bootstrap, "db-1 holds the most advanced data (seqno 5, as do db-0)",
    ),
    Example(
        8, "a higher seqno of an older lineage counts for nothing where the memory knows the newer one",
        facts("db-1", waiting("db-0", 9, lineage=FORK_A, promise=FORK_B[1].ballot),
              waiting("db-1", 7, lineage=FORK_B, promise=FORK_B[1].ballot), nodes=2,
              memory=replace(KNOWN, lineage=FORK_B, ballot=FORK_B[1].ballot)),
        Bootstrap, "db-1 holds the most advanced data (seqno 7)",
    ),
    Example(
        8, "a missing node that was not in the newest view is proven irrelevant",
        facts("db-0", waiting("db-0", 5, TWO), waiting("db-1", 5, TWO), memory=KNOWN),
        Bootstrap, "db-0 holds the most advanced data (seqno 5, as do db-1); proven irrelevant: db-2",
    ),
)  # fmt: skip
