"""The application's account: where it connects, as whom."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.diagnose import diagnose
from galeractl.core.network import SQL_PORT
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Trouble
from galeractl.local import launch
from galeractl.operator.looking import look


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Everything that a client needs."""

    host: str
    port: int
    user: str
    password: str

    @property
    def json(self) -> dict[str, str | int]:
        """The form of `dsn --json`."""
        return {"host": self.host, "port": self.port, "user": self.user, "password": self.password}

    @property
    def url(self) -> str:
        """The form of `dsn`, with the database that was made for the application."""
        return f"mysql://{self.user}:{quote(self.password, safe='')}@{self.host}:{self.port}/{launch.DATABASE}"


def application(place: Place, settings: ClusterSettings, name: str | None) -> Account:
    """Give the account at the named node, else at the writer, else at the first node that is ready."""
    if name is None:
        found = diagnose(look(place, settings))
        ready = [node.name for node in found.nodes if node.ready and node.role.is_serving]
        if not ready:
            raise Trouble("no node is ready for clients", "galeractl status says why")
        name = found.writer if found.writer in ready else ready[0]
    return Account(settings.address(name).address, SQL_PORT, launch.APP_USER, local_dir.read_secret(place, "app"))
