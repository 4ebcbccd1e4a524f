"""How a dump logs in to the server of a node: by its socket on this machine, over the network elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from backup.adapters.dump import Login
from galeractl.core.network import SQL_PORT
from galeractl.core.sight import Sight
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import selection


def login_of(node: Sight, user: str, password_file: Path | None) -> Login:
    """Give the login at a node; Trouble where there is no way to it, or no password."""
    chosen = selection()
    if chosen.is_local and chosen.pod is None:
        place = chosen.cluster
        password = _read(password_file or place.secret(user))
        return Login(user, password, socket=str(place.node(node.name).run / "mysqld.sock"))
    if not node.address or (chosen.forward(node.name, SQL_PORT) and chosen.pod is None):
        seen = f"the server of {node.name} cannot be reached from here"
        raise Trouble(
            seen, "run it in a pod of the cluster, or beside it: backup.method=logical of the chart", Code.USAGE
        )
    path = password_file or _of_the_pod(user)
    if path is None:
        raise Trouble(
            f"there is no password of {user}", "name the file that holds it: --password-file FILE", Code.USAGE
        )
    return Login(user, _read(path), host=node.address, port=SQL_PORT)


def _of_the_pod(user: str) -> Path | None:
    """The file of root's password, where this is a container of the database."""
    path = os.environ.get("MARIADB_ROOT_PASSWORD_FILE")
    return Path(path) if path and user == "root" else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().rstrip(b"\n")
    except OSError as error:
        raise Trouble(f"the password file {path} cannot be read: {error.strerror}", "--password-file FILE",
                      Code.USAGE) from None  # fmt: skip
