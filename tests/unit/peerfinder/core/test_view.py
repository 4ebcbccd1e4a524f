from __future__ import annotations

from peerfinder.core.lineage import Ballot
from peerfinder.core.view import Member, View, identity, with_view

E1, E2 = Ballot(1, "db-0"), Ballot(2, "db-1")
ID = "0000000a-bbbb-11f0-8000-000000000000"
RESTARTED = "0000000a-bbbb-11f0-8001-000000000000"


def view(seq: int, start: int | None = None, epoch: Ballot = E1, name: str = "db-0") -> View:
    return View(epoch, seq, (Member(ID, name),), start)


def test_a_restart_changes_the_fourth_group_only() -> None:
    assert identity(ID) == identity(RESTARTED.upper())
    assert identity(ID) != identity(ID.replace("a-", "b-", 1))


def test_views_before_the_newest_applied_one_are_dropped() -> None:
    views = with_view(with_view(with_view((), view(1, 1)), view(2)), view(3))
    assert [one.seq for one in views] == [1, 2, 3]
    assert [one.seq for one in with_view(views, view(2, 5))] == [2, 3]


def test_a_view_is_completed_and_loses_nothing_that_was_known() -> None:
    (merged,) = with_view((view(1, 4),), view(1, None, name=""))
    assert (merged.start, merged.names) == (4, {"db-0"})


def test_views_of_a_newer_epoch_are_newer_whatever_their_number() -> None:
    assert with_view((view(9),), view(1, epoch=E2))[-1].epoch == E2


def test_an_arbiter_is_neither_named_nor_unnamed() -> None:
    with_arbiter = View(E1, 1, (Member(ID, "arbiter", arbiter=True), Member(RESTARTED)))
    assert with_arbiter.names == frozenset()
    assert with_arbiter.unnamed == {identity(ID)}
