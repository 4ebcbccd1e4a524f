"""How the programs of a local node are started: the command lines and environments, and nothing else.

Passwords travel as names of files. Everything that belongs to a node carries its directory in the environment, so that
it is found even when its parent died first.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import galeractl
from galeractl.adapters.local_dir import Place
from galeractl.adapters.processes import MARKER
from galeractl.core.network import AGENT_PORT, DNS_PORT, GALERA_PORT, IST_PORT, SQL_PORT, NodeAddress
from galeractl.core.programs import Kind
from galeractl.core.settings import ClusterSettings

SERVICE, NAMESPACE, DOMAIN = "db", "default", "cluster.local"
DATABASE = APP_USER = "app"
SMALL = str(128 << 20)  # bytes; several servers share this machine, so not the share of it that a pod would take
SYSTEM_PATH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")  # where distributions put mariadbd; not on every user's PATH


def nameserver_command(place: Place, settings: ClusterSettings) -> list[str]:
    """The name server of a cluster."""
    listen = f"{settings.dns_address}:{DNS_PORT}"
    return [*_python("galeractl.local.nameserver"), "--listen", listen, "--zone", str(place.zone)]


def command(place: Place, settings: ClusterSettings, node: NodeAddress, program: Kind) -> list[str]:
    """The command line of one program of one node."""
    own = place.node(node.name)
    both = ["--name", node.name, "--run-dir", str(own.run), "--volume", str(own.volume), "--address", node.address]
    if program is Kind.AGENT:
        return [
            *_python("peerfinder"), "serve", *both,
            "--service", SERVICE, "--namespace", NAMESPACE, "--domain", DOMAIN,
            "--nameserver", f"{settings.dns_address}:{DNS_PORT}",
            "--port", str(AGENT_PORT),
            "--token-file", str(place.secret("token")),
            "--replicas-file", str(place.replicas),
            "--memory", f"file:{place.memory}",
            "--monitor-password-file", str(place.secret("monitor")),
            *(["--enforce-read-only"] if settings.enforce_read_only else []),
        ]  # fmt: skip
    return [
        *_python("entrypoint"), "run", *both,
        "--sql-port", str(SQL_PORT),
        "--galera-port", str(GALERA_PORT),
        "--ist-port", str(IST_PORT),
        "--sst-port", str(node.sst_port),
        "--cluster-name", settings.name,
        "--config-dir", str(own.conf),
        "--initdb-dir", str(place.initdb),
        *(["--user", settings.user] if settings.user else []),
    ]  # fmt: skip


def environment(place: Place, mark: Path) -> dict[str, str]:
    """The environment of every program; `mark` is the directory that it belongs to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MARIADB_", "MYSQL_"))}
    path = [part for part in kept.get("PATH", "").split(os.pathsep) if part]
    source = str(Path(galeractl.__file__).parent.parent)
    python_path = [source, *filter(None, kept.get("PYTHONPATH", "").split(os.pathsep))]
    kept.setdefault("GALERA_BUFFER_POOL_SIZE", SMALL)
    kept.setdefault("GALERA_GCACHE_SIZE", SMALL)
    kept.setdefault("PEERFINDER_PAGE", "open")  # it is this machine alone that can see it
    return kept | {
        "PATH": os.pathsep.join([*path, *(part for part in SYSTEM_PATH if part not in path)]),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(python_path)),
        MARKER: str(mark),
        "MARIADB_ROOT_PASSWORD_FILE": str(place.secret("root")),
        "MARIADB_MONITOR_PASSWORD_FILE": str(place.secret("monitor")),
        "MARIADB_DATABASE": DATABASE,
        "MARIADB_USER": APP_USER,
        "MARIADB_PASSWORD_FILE": str(place.secret("app")),
    }


def _python(module: str) -> list[str]:
    return [sys.executable, "-P", "-m", module]  # -P: never a module from the directory that we happen to be in
