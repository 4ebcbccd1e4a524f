"""A view is applied only when SQL and both readings of gvwstate.dat speak of the same members."""

from __future__ import annotations

import pytest

from peerfinder.core.applied import ShownView, match_view
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.naming import MemberRow
from peerfinder.core.snapshot import AppliedView
from peerfinder.core.view import Member
from tests.support.sights import a_uuid


def saved(seq: int, *names: str) -> SavedView:
    return SavedView(a_uuid("db-0"), seq, tuple(sorted(a_uuid(name) for name in names)))


def shown(*names: str, start: int = 70) -> ShownView:
    return ShownView(9, start, tuple(MemberRow(a_uuid(name), name, "10.0.0.1:3306") for name in names))


THREE, TWO = ("db-0", "db-1", "db-2"), ("db-0", "db-1")
NOT_APPLIED = {
    "SQL still shows the view before": (saved(5, *TWO), shown(*THREE), saved(5, *TWO)),
    "a newer view came while reading": (saved(5, *THREE), shown(*THREE), saved(6, *TWO)),
    "a newer view of the same members came while reading": (saved(5, *THREE), shown(*THREE), saved(7, *THREE)),
    "the server left while reading": (saved(5, *THREE), shown(*THREE), None),
    "SQL shows nobody": (saved(5, *THREE), shown(), saved(5, *THREE)),
}


@pytest.mark.parametrize(("before", "view", "after"), NOT_APPLIED.values(), ids=NOT_APPLIED)
def test_not_applied_when(before: SavedView, view: ShownView, after: SavedView | None) -> None:
    assert match_view(before, view, after, {}, "db-0") is None


def test_applied_with_the_number_of_gvwstate_the_start_of_sql_and_the_names() -> None:
    members = tuple(sorted((Member(a_uuid(name), name) for name in THREE), key=lambda one: one.uuid))
    assert match_view(saved(5, *THREE), shown(*THREE), saved(5, *THREE), {}, "db-0") == AppliedView(5, members, 70)


def test_an_arbiter_in_the_view_is_known_as_one() -> None:
    rows = (*shown(*TWO).members, MemberRow(a_uuid("db-9"), "garb", ""))
    view = match_view(saved(5, *TWO, "db-9"), ShownView(1, 70, rows), saved(5, *TWO, "db-9"), {}, "db-0")
    assert view
    assert [member.name for member in view.members if member.arbiter] == ["garb"]
