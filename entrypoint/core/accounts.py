"""The accounts of a new cluster, as SQL that no password can break.

Every name and password travels as a hexadecimal literal and is quoted by the server itself, inside
EXECUTE IMMEDIATE: no character in it, quote, backslash, newline or NUL, means anything to the client,
to the parser or to sql_mode.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.writer_tables import DATABASE, MONITOR_GRANT, TABLE_STATEMENTS

MONITOR_GRANTS = (
    "RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR, REPLICA MONITOR, CONNECTION ADMIN, READ_ONLY ADMIN, SUPER ON *.*",
)
"""RELOAD to REPLICA MONITOR: mariadb-backup (state transfers, backups); SUPER: wsrep_desync, wsrep_reject_queries
and provider options at run time (measured, galera-11.8.md Q13)."""

VIEW_TABLES = ("wsrep_cluster", "wsrep_cluster_members")
"""They tell which view was applied. Galera makes them at its first start, and only a GRANT that has CREATE in it
works on a table that is not there yet, so CREATE is given and taken back."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who may log in to a new cluster. Empty user or database names leave that part out."""

    root_password: str
    monitor_user: str
    monitor_password: str
    database: str = ""
    user: str = ""
    password: str = ""
    root_host: str = "localhost"


def account_statements(accounts: Accounts) -> tuple[str, ...]:
    """Give the statements that make accounts and their tables; the last sets root's password and ends open access."""
    statements = [
        "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost')",
        "DROP DATABASE IF EXISTS test",
        "FLUSH PRIVILEGES",
        *_monitor(accounts.monitor_user, accounts.monitor_password),
    ]
    if accounts.database:
        statements.append(_immediate(f"'CREATE DATABASE IF NOT EXISTS ', {_identifier(accounts.database)}"))
    if accounts.user:
        statements.append(_create(accounts.user, "%", accounts.password))
        if accounts.database:
            everything = f"'GRANT ALL PRIVILEGES ON ', {_identifier(accounts.database, pattern=True)}, '.* TO '"
            statements.append(_immediate(f"{everything}, {_account(accounts.user, '%')}"))
    if accounts.root_host and accounts.root_host != "localhost":
        statements.append(_create("root", accounts.root_host, accounts.root_password))
        statements.append(
            _immediate(f"'GRANT ALL ON *.* TO ', {_account('root', accounts.root_host)}, ' WITH GRANT OPTION'")
        )
    statements.append(
        _immediate(
            f"'ALTER USER ', {_account('root', 'localhost')}, ' IDENTIFIED BY ', {_quoted(accounts.root_password)}"
        )
    )
    return tuple(statements)


def restored_statements(accounts: Accounts) -> tuple[str, ...]:
    """Give the statements that make data of another cluster this one's: the accounts its own programs use, no more.

    The server was started without grant tables, so these are read first. What people have set at run time (a node in
    maintenance, say) was said of the nodes of the other cluster.
    """
    root = _account("root", "localhost")
    statements = [
        "FLUSH PRIVILEGES",
        *_monitor(accounts.monitor_user, accounts.monitor_password),
        f"TRUNCATE TABLE {DATABASE}.settings",
    ]
    if accounts.database:
        statements.append(_immediate(f"'CREATE DATABASE IF NOT EXISTS ', {_identifier(accounts.database)}"))
    if accounts.user:
        statements += _with_password(accounts.user, "%", accounts.password)
        if accounts.database:
            everything = f"'GRANT ALL PRIVILEGES ON ', {_identifier(accounts.database, pattern=True)}, '.* TO '"
            statements.append(_immediate(f"{everything}, {_account(accounts.user, '%')}"))
    if accounts.root_host and accounts.root_host != "localhost":
        statements += _with_password("root", accounts.root_host, accounts.root_password)
        statements.append(
            _immediate(f"'GRANT ALL ON *.* TO ', {_account('root', accounts.root_host)}, ' WITH GRANT OPTION'")
        )
    statements += _with_password("root", "localhost", accounts.root_password)
    statements.append(_immediate(f"'GRANT ALL ON *.* TO ', {root}, ' WITH GRANT OPTION'"))
    return tuple(statements)


def _monitor(user: str, password: str) -> tuple[str, ...]:
    """The sidecar's account, and the tables that it keeps."""
    return (
        _create(user, "localhost", password),
        *(_grant(what, user, "localhost") for what in MONITOR_GRANTS),
        *(_grant(f"SELECT, CREATE ON mysql.{table}", user, "localhost") for table in VIEW_TABLES),
        *(_revoke(f"CREATE ON mysql.{table}", user, "localhost") for table in VIEW_TABLES),
        *TABLE_STATEMENTS,
        _grant(MONITOR_GRANT, user, "localhost"),
    )


def _with_password(user: str, host: str, password: str) -> list[str]:
    """An account that keeps what it may do, or a new one that may do nothing yet."""
    account = _account(user, host)
    return [
        _immediate(f"'CREATE USER IF NOT EXISTS ', {account}"),
        _immediate(f"'ALTER USER ', {account}, ' IDENTIFIED BY ', {_quoted(password)}"),
    ]


def _create(user: str, host: str, password: str) -> str:
    return _immediate(f"'CREATE OR REPLACE USER ', {_account(user, host)}, ' IDENTIFIED BY ', {_quoted(password)}")


def _grant(what: str, user: str, host: str) -> str:
    return _immediate(f"'GRANT {what} TO ', {_account(user, host)}")


def _revoke(what: str, user: str, host: str) -> str:
    return _immediate(f"'REVOKE {what} FROM ', {_account(user, host)}")


def _immediate(parts: str) -> str:
    return f"EXECUTE IMMEDIATE CONCAT({parts})"


def _account(user: str, host: str) -> str:
    return f"{_quoted(user)}, '@', {_quoted(host)}"


def _quoted(text: str) -> str:
    return f"QUOTE({_literal(text)})"


def _identifier(name: str, *, pattern: bool = False) -> str:
    """Quote a name; in GRANT a database name is a pattern, so its `_` and `%` are escaped."""
    if pattern:
        name = name.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
    return f"'`', {_literal(name.replace('`', '``'))}, '`'"


def _literal(text: str) -> str:
    return f"CONVERT(0x{text.encode().hex()} USING utf8mb4)" if text else "''"
