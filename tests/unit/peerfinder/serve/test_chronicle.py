"""What an agent remembers of what it saw."""

from __future__ import annotations

from dataclasses import replace

from peerfinder.serve.chronicle import MOST_LINES, Chronicle
from tests.support.moments import a_moment
from tests.support.sights import a_member


def test_lines_carry_the_time_of_their_look():
    chronicle = Chronicle()
    chronicle.look(a_moment())
    chronicle.look(replace(a_moment(a_member("db-0"), a_member("db-1")), written_at=107.0))
    assert [(one.at, one.line.text.split(":")[0]) for one in chronicle.past] == [
        (100.0, "this agent began to watch; the cluster is ONLINE"),
        (107.0, "db-2 gives no report"),
        (107.0, "the cluster is ONLINE_PARTIAL"),
    ]


def test_turns_of_the_role():
    chronicle = Chronicle()
    for writer, epoch in (("", 0), ("db-0", 4), ("db-0", 4), ("", 0), ("db-0", 4), ("db-1", 5)):
        chronicle.look(a_moment(writer=writer, epoch=epoch))
    assert [(one.node, one.former, one.epoch) for one in chronicle.turns] == [("db-0", "", 4), ("db-1", "db-0", 5)]
    assert "came to know" in chronicle.turns[0].reason


def test_it_does_not_grow_for_ever():
    chronicle = Chronicle()
    for number in range(MOST_LINES + 5):
        chronicle.look(a_moment(dns="SERVFAIL" if number % 2 else ""))
    assert len(chronicle.past) == MOST_LINES
