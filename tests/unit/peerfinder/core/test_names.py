from __future__ import annotations

import pytest

from peerfinder.core.names import by_ordinal, expected_names, ordinal_of, split_name


@pytest.mark.parametrize(("name", "parts"), [("db-2", ("db", 2)), ("my-db-10", ("my-db", 10)), ("db-1-0", ("db-1", 0))])
def test_a_name_is_split_at_its_last_dash(name: str, parts: tuple[str, int]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize("name", ["", "db", "db-", "-1", "db-x", "db-1 "])
def test_what_is_no_pod_name_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="not a StatefulSet pod name"):
        split_name(name)


def test_nodes_are_counted_the_way_people_count() -> None:
    assert by_ordinal({"db-10", "db-2", "arbiter"}) == ("db-2", "db-10", "arbiter")
    assert ordinal_of("db-10") == 10


def test_the_expected_nodes_follow_from_one_name_and_a_number() -> None:
    assert expected_names("my-db-7", 3) == ("my-db-0", "my-db-1", "my-db-2")
    assert expected_names("db-0", 0) == ()
