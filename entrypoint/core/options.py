"""From settings and sizes to what the configuration template fills in, and what users may not change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrypoint.core import provider_options
from entrypoint.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in bytes and counts that follow from the machine; None leaves the server's default."""

    buffer_pool: int | None
    gcache: int
    applier_threads: int


@dataclass(frozen=True, slots=True)
class Peers:
    """Whom the server is to join, by address; none only for a bootstrap that was voted.

    An empty `gcomm://` is Galera's word for "start a new cluster": a join must never come to be one because an
    address is unknown, so that cannot even be written down.
    """

    addresses: tuple[str, ...]
    bootstrap: bool = False

    def __post_init__(self) -> None:
        """Reject a join of nobody and a bootstrap beside somebody."""
        if self.bootstrap == bool(self.addresses):
            what = "a bootstrap joins nobody" if self.bootstrap else "no address of a member to join is known"
            raise ValueError(what)


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """Where the server finds and puts things."""

    datadir: str
    socket: str
    pid_file: str
    status_file: str
    provider: str


def template_values(
    settings: Settings, sizes: Sizes, files: ServerFiles, peers: Peers, sst_auth: str, snippets: bool
) -> dict[str, object]:
    """Everything `galera.cnf.j2` names."""
    address, ports = settings.bracketed_address, settings.ports
    options = dict(provider_options.FAST) if settings.fast_failure_detection else {}
    options |= {
        "gmcast.listen_addr": f"tcp://{address}:{ports.galera}",
        "ist.recv_addr": f"{address}:{ports.ist}",
        "gcache.size": str(sizes.gcache),
        "gcache.recover": "yes",
        "gcs.fc_single_primary": "yes",
        "pc.recovery": "yes",
    }
    return {
        "settings": settings,
        "sizes": sizes,
        "files": files,
        "address": address,
        "ports": ports,
        "bind_address": settings.address if settings.shares_machine else "*",
        "server_id": 1 + int(settings.name.rsplit("-", 1)[1]),
        "cluster_address": "gcomm://" + ",".join(f"{peer}:{ports.galera}" for peer in peers.addresses),
        "provider_options": provider_options.format_options(options),
        "sst_auth": sst_auth,
        "snippets": settings.config_directory if snippets else "",
    }


def makes_its_own_sst_account(version: str) -> bool:
    """Whether a server of this version makes an account for each state transfer, and needs none from us.

    Since 11.6 (measured on 11.8: `wsrep.sst.<time>_<node>`, dropped afterwards); its script also no longer takes
    every character in a password of ours.
    """
    numbers = version.split("-", maxsplit=1)[0].split(".")
    return [int(part) for part in numbers[:2] if part.isdigit()] >= [11, 6]


PROTECTED = (
    "datadir",
    "socket",
    "pid-file",
    "wsrep-on",
    "wsrep-provider",
    "wsrep-cluster-name",
    "wsrep-cluster-address",
    "wsrep-new-cluster",
    "wsrep-recover",
    "wsrep-node-name",
    "wsrep-status-file",
    "innodb-autoinc-lock-mode",
    "binlog-format",
)
"""Options a snippet may not change: the two programs or Galera itself stand on them."""


def overridden(effective: Mapping[str, Sequence[str]], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Name the protected options whose effective value is not the one that was rendered."""
    return tuple(
        f"a snippet sets {name} to {' and '.join(map(repr, effective[name]))}; it must stay {wanted[name]!r}"
        for name in PROTECTED
        if name in wanted and name in effective and wanted[name].upper() not in map(str.upper, effective[name])
    )


def parse_effective(text: str) -> dict[str, tuple[str, ...]]:
    """Read the table of values at the end of `mariadbd --help --verbose`: each name with its values, mostly one.

    11.8 lists its plugin `wsrep_provider` (ON) under the name of the option that says where the library is, behind it
    (11.8.6) or before it (11.8.9): the names are sorted, and equal ones come as they happen to.
    """
    lines = text.splitlines()
    ruler = max((index for index, line in enumerate(lines) if line.startswith("-----") and " " in line), default=-1)
    values: dict[str, tuple[str, ...]] = {}
    for line in lines[ruler + 1 :]:
        if not line.strip():
            break
        name, _space, value = line.partition(" ")
        values[name] = (*values.get(name, ()), value.strip())
    return values
