"""db-0 stands for election with ballot 2/db-0: what db-1 answers, and what db-0 makes of the answers."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.ballot_box import attempt
from entrypoint.core.election import Elected, elect
from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import Mark
from peerfinder.core.vote import VoteReply, VoteRequest
from tests.support.examples.example import Count, LastLook, Vote
from tests.support.reports import FIRST, KNOWN, facts, running, view, waiting

ALL = view("db-0", "db-1", "db-2")
TWO = view("db-0", "db-1")
BALLOT = Ballot(2, "db-0")
OTHER_BALLOT = Ballot(3, "db-2")
FAR = tuple(waiting(f"db-{ordinal}", 5, ALL, promise=FIRST if ordinal else BALLOT) for ordinal in range(3))
REQUEST = VoteRequest(BALLOT, ("db-0", "db-1", "db-2"))

VOTES = (
    Vote(
        4, "its server runs",
        facts("db-1", FAR[0], running("db-1", ALL, primary=False), FAR[2]), REQUEST,
        "db-1 is running, not waiting",
    ),
    Vote(
        5, "a Primary answers it",
        facts("db-1", FAR[0], FAR[1], running("db-2", ALL)), REQUEST,
        "a Primary answers: db-2",
    ),
    Vote(
        6, "it has promised a higher ballot",
        facts("db-1", FAR[0], waiting("db-1", 5, ALL, promise=OTHER_BALLOT), FAR[2]), REQUEST,
        "db-1 promised ballot 3/db-2 already",
    ),
    Vote(
        6, "it has promised this very ballot, and its answer was lost",
        facts("db-1", FAR[0], waiting("db-1", 5, ALL, promise=BALLOT), FAR[2]), REQUEST,
        "db-0 holds the most advanced data (seqno 5, as do db-1, db-2)", granted=True,
    ),
    Vote(
        7, "it would elect the same node",
        facts("db-1", *FAR), REQUEST,
        "db-0 holds the most advanced data (seqno 5, as do db-1, db-2)", granted=True,
    ),
    Vote(
        7, "it waits for somebody whom the candidate has seen",
        facts("db-1", FAR[0], FAR[1]), REQUEST,
        "db-1 would wait: waiting for db-2 (does not report; it was in the newest Primary view)",
    ),
    Vote(
        7, "it doubts",
        facts("db-1", *FAR, memory=replace(KNOWN, mark=Mark(FIRST, 9))), REQUEST,
        "db-1 would refuse: seqno 9 was committed, the best data reach only 5",
    ),
    Vote(
        7, "it knows data that reach further",
        facts("db-1", FAR[0], waiting("db-1", 9, ALL), FAR[2]), REQUEST,
        "db-1 would elect db-1: db-1 holds the most advanced data (seqno 9)",
    ),
    Vote(
        7, "it sees somebody who was not asked",
        facts("db-1", *FAR), replace(REQUEST, asked=("db-0", "db-1")),
        "db-1 counts db-2, who was not asked",
    ),
    Vote(
        7, "it cannot read the memory, and counts by that of the candidate",
        facts("db-1", waiting("db-0", 5, TWO, promise=BALLOT), waiting("db-1", 5, TWO)),
        replace(REQUEST, asked=("db-0", "db-1"), memory=KNOWN, memory_fresh=True),
        "db-0 holds the most advanced data (seqno 5, as do db-1); proven irrelevant: db-2", granted=True,
    ),
)  # fmt: skip

STANDS = facts("db-0", *FAR)
elected = elect(STANDS)
assert isinstance(elected, Elected)
ATTEMPT = attempt(STANDS, elected, BALLOT)
GRANTED = {name: VoteReply(name, granted=True, reason="") for name in ("db-1", "db-2")}

COUNTS = (
    Count(3, "everybody grants", ATTEMPT, GRANTED, ""),
    Count(3, "somebody does not answer in time", ATTEMPT, {"db-1": GRANTED["db-1"]}, "db-2 did not answer"),
    Count(
        3, "somebody refuses",
        ATTEMPT, GRANTED | {"db-1": VoteReply("db-1", granted=False, reason="a Primary answers: db-2")},
        "db-1 refused: a Primary answers: db-2",
    ),
)  # fmt: skip

LAST_LOOKS = (
    LastLook(11, "nothing has changed", ATTEMPT, STANDS, ""),
    LastLook(
        11, "this node has granted a higher ballot meanwhile",
        ATTEMPT, facts("db-0", waiting("db-0", 5, ALL, promise=OTHER_BALLOT), *FAR[1:]),
        "ballot 3/db-2 overtook 2/db-0",
    ),
    LastLook(
        11, "a Primary is there",
        ATTEMPT, replace(STANDS, reports={**STANDS.reports, "db-2": running("db-2", ALL)}),
        "a Primary answers: db-2",
    ),
    LastLook(
        11, "somebody has come who was not asked",
        ATTEMPT, replace(STANDS, answering=STANDS.answering | {"db-3"}),
        "db-3 answers and was not asked",
    ),
    LastLook(
        11, "another node stands with a higher ballot",
        ATTEMPT, replace(STANDS, reports={**STANDS.reports, "db-2": waiting("db-2", 5, ALL, promise=OTHER_BALLOT)}),
        "a ballot above 2/db-0 was taken",
    ),
)  # fmt: skip
