"""The environment contract of the official image: names, `_FILE` variants, what is required."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entrypoint.core.accounts import Accounts

_TRUE = frozenset({"1", "yes", "true", "on", "y"})


class BadEnvironment(ValueError):
    """The environment contradicts itself or lacks what is required; the message names the variable.

    A contradiction is wrong on every node; what is lacking matters only to the node that starts a new cluster.
    """

    def __init__(self, message: str, *, is_contradiction: bool = False) -> None:
        """`is_contradiction`: see the class."""
        super().__init__(message)
        self.is_contradiction = is_contradiction


def setting(environment: Mapping[str, str], name: str, read_file: Callable[[str], str]) -> str | None:
    """Give MARIADB_<name>, else MYSQL_<name>, each also as <variable>_FILE; both at once is an error."""
    for prefix in ("MARIADB_", "MYSQL_"):
        variable = prefix + name
        value, path = environment.get(variable), environment.get(f"{variable}_FILE")
        if value is not None and path is not None:
            raise BadEnvironment(f"{variable} and {variable}_FILE are both set; set one of them", is_contradiction=True)
        if path is not None:
            try:
                return read_file(path).rstrip("\n")
            except OSError as error:
                message = f"{variable}_FILE: cannot read {path}: {error.strerror}"
                raise BadEnvironment(message, is_contradiction=True) from error
        if value is not None:
            return value
    return None


def read_accounts(environment: Mapping[str, str], monitor_user: str, read_file: Callable[[str], str]) -> Accounts:
    """Read who may log in to a new cluster; raises BadEnvironment where a password is missing."""

    def value(name: str) -> str | None:
        return setting(environment, name, read_file)

    root = value("ROOT_PASSWORD")
    if not root:
        if (value("ALLOW_EMPTY_ROOT_PASSWORD") or "").lower() not in _TRUE:
            raise BadEnvironment(
                "no root password: set MARIADB_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD_FILE "
                "(MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 to go without, which nobody should)"
            )
        root = ""
    monitor = value("MONITOR_PASSWORD")
    if not monitor:
        raise BadEnvironment("no monitor password: set MARIADB_MONITOR_PASSWORD or MARIADB_MONITOR_PASSWORD_FILE")
    user, password = value("USER") or "", value("PASSWORD") or ""
    if user and not password:
        raise BadEnvironment(f"user {user!r} without a password: set MARIADB_PASSWORD or MARIADB_PASSWORD_FILE")
    if user in ("root", monitor_user):
        raise BadEnvironment(f"MARIADB_USER must not be {user!r}: that account is made anyway")
    return Accounts(
        root, monitor_user, monitor, value("DATABASE") or "", user, password, value("ROOT_HOST") or "localhost"
    )
