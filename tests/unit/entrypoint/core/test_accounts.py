"""No character of a name or password means anything on its way to the server."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from entrypoint.core.accounts import Accounts, account_statements, restored_statements
from entrypoint.core.writer_tables import TABLE_STATEMENTS

TEXT = st.text(min_size=1, max_size=40)


@given(root=TEXT, monitor=TEXT, user=TEXT, password=TEXT, database=TEXT)
def test_what_a_person_chose_travels_only_as_hexadecimal(root, monitor, user, password, database):
    for statement in account_statements(Accounts(root, "monitor", monitor, database, user, password)):
        plain = re.sub(r"0x[0-9a-f]+", "", statement)
        assert re.fullmatch(r"[A-Za-z0-9_ ,.()'`@*<>%=\n]*", plain), plain


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


def test_the_monitor_user_writes_the_role_and_cannot_delete_or_change_its_tables():
    statements = account_statements(Accounts("r", "monitor", "m"))
    made = [n for n, one in enumerate(statements) if "TABLE" in one and "galerakit" in one]
    (granted,) = (n for n, one in enumerate(statements) if "ON galerakit" in one)
    assert len(made) == 3
    assert max(made) < granted
    assert statements[granted].startswith("EXECUTE IMMEDIATE CONCAT('GRANT SELECT, INSERT, UPDATE ON galerakit.* TO '")


def test_every_table_of_the_role_can_be_certified():
    tables = [one for one in TABLE_STATEMENTS if one.startswith("CREATE TABLE")]
    assert all("PRIMARY KEY" in one and "ENGINE=InnoDB" in one for one in tables)


def test_data_of_another_cluster_keep_its_accounts_but_for_those_of_our_own_programs():
    statements = restored_statements(Accounts("r", "monitor", "m", "my_db", "app", "p", root_host="%"))
    assert statements[0] == "FLUSH PRIVILEGES"
    assert not [one for one in statements if "DELETE" in one or "DROP" in one]
    replaced = [one for one in statements if "CREATE OR REPLACE" in one]
    assert len(replaced) == 1
    assert b"monitor".hex() in replaced[0]
    altered = [one for one in statements if "ALTER USER" in one]
    assert [any(name.hex() in one for one in altered) for name in (b"app", b"root", b"monitor")] == [True, True, False]
    assert "TRUNCATE TABLE galerakit.settings" in statements


def test_without_an_application_or_root_from_elsewhere_only_two_accounts_are_touched():
    statements = restored_statements(Accounts("r", "monitor", "m"))
    assert not [one for one in statements if "(0x25 USING" in one]
