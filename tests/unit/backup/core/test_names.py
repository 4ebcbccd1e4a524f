"""Names of backups say when and where, and sort as history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backup.core.names import BackupName, Kind, parse_name, part_name

AT = datetime(2026, 11, 28, 17, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("node", ["db-0", "my-galera-12", "a"])
def test_a_name_is_read_as_it_was_written(node):
    name = BackupName(AT, node)
    assert str(name) == f"2026-11-28.173005.{node}"
    assert parse_name(str(name)) == name


def test_the_time_is_utc():
    there = timezone(timedelta(hours=2))
    assert str(BackupName(AT.astimezone(there), "db-0")) == "2026-11-28.173005.db-0"


@pytest.mark.parametrize(
    "text",
    ["", "db-0", "2026-11-28.173005", "2026-11-28.173005.", "2026-13-28.173005.db-0", "2026-11-28.1730.db-0",
     "2026-11-28.173005.db-0/part", "2026-11-28.173005.DB", "x2026-11-28.173005.db-0", "2026-11-28.253005.db-0"],
)  # fmt: skip
def test_anything_else_is_none(text):
    with pytest.raises(ValueError, match="is no name of a backup"):
        parse_name(text)


def test_parts():
    assert part_name(0, Kind.PHYSICAL, is_encrypted=False) == "part-00000.mbstream.zst"
    assert part_name(12, Kind.LOGICAL, is_encrypted=True) == "part-00012.sql.zst.aes"
