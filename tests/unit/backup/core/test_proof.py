"""What programs say of a backup, and what they say of this machine."""

from __future__ import annotations

import pytest

from backup.core.proof import complaints, is_about_room, other_series, series


@pytest.mark.parametrize(
    ("text", "found"),
    [("10.11.19-MariaDB-0+deb12u1", "10.11"), ("mariadbd  Ver 11.8.6-MariaDB", "11.8"), ("10.11", ""), ("", "")],
)
def test_a_series(text, found):
    assert series(text) == found


def test_the_programs_have_to_be_of_the_series_of_the_data():
    assert other_series("mariadbd", "10.11.6-MariaDB", "10.11.19-MariaDB") == ""
    assert other_series("mariadbd", "11.8.6-MariaDB", "10.11.19-MariaDB") == (
        "the data are those of a server 10.11, and mariadbd of this machine is 11.8.6-MariaDB"
    )
    assert "of no version" in other_series("mariadbd", "", "10.11.19-MariaDB")


@pytest.mark.parametrize("log", ["No space left on device", "Disk is full", "(Errcode: 28 ...)"])
def test_a_full_disk_says_nothing_of_the_backup(log):
    assert is_about_room(log)
    assert not is_about_room("InnoDB: Page corruption")


def test_check_table():
    rows = [
        ("a.b", "check", "status", "OK"),
        ("a.c", "check", "note", "The storage engine for the table doesn't support check"),
        ("a.d", "check", "Warning", "1 client is using or hasn't closed the table properly"),
        ("a.e", "check", "error", "Incorrect key file"),
        ("a.f", "check", "status", "Operation failed"),
    ]
    assert complaints(rows) == ["a.e: Incorrect key file", "a.f: Operation failed"]
