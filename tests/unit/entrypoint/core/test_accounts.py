"""No character of a name or password means anything on its way to the server."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from entrypoint.core.accounts import Accounts, account_statements

TEXT = st.text(min_size=1, max_size=40)


@given(root=TEXT, monitor=TEXT, user=TEXT, password=TEXT, database=TEXT)
def test_what_a_person_chose_travels_only_as_hexadecimal(root, monitor, user, password, database):
    for statement in account_statements(Accounts(root, "monitor", monitor, database, user, password)):
        plain = re.sub(r"0x[0-9a-f]+", "", statement)
        assert re.fullmatch(r"[A-Za-z0-9_ ,.()'`@*<>%=]*", plain), plain


def test_the_password_is_there_and_root_comes_last():
    statements = account_statements(Accounts("geheim", "monitor", "m"))
    assert b"geheim".hex() in statements[-1]
    assert statements[-1].startswith("EXECUTE IMMEDIATE CONCAT('ALTER USER '")


def test_a_database_name_is_no_pattern_in_a_grant():
    statements = account_statements(Accounts("r", "monitor", "m", "my_db", "app", "p"))
    grant = next(one for one in statements if "ALL PRIVILEGES" in one)
    assert b"my\\_db".hex() in grant


def test_without_an_application_there_is_no_account_for_it():
    assert not [one for one in account_statements(Accounts("r", "monitor", "m")) if "'%'" in one]
