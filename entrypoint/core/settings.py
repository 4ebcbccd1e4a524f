"""What this node was told: one frozen value, validated once."""

from __future__ import annotations

import enum
import ipaddress
import math
import re
from dataclasses import dataclass

from peerfinder.core.names import LONGEST_NAME, split_name

_CLUSTER_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")  # 32: GCS_COMP_NAME limit of wsrep_cluster_name


@dataclass(frozen=True, slots=True)
class Ports:
    """The four ports of a Galera node; the numbers everybody knows are the defaults."""

    sql: int = 3306
    galera: int = 4567
    ist: int = 4568
    sst: int = 4444


class StateTransfer(enum.StrEnum):
    """How a node without data gets them."""

    COPY = "copy"  # from another node's agent, then write sets; a state transfer of Galera's where no copy can be had
    SST = "sst"  # by a state transfer of Galera's


@dataclass(frozen=True, slots=True)
class Settings:
    """One node's settings; paths are text here, the adapters make paths of them."""

    name: str
    address: str
    cluster_name: str
    volume: str
    run_directory: str
    config_directory: str
    initdb_directory: str
    ports: Ports = Ports()
    server_user: str = ""  # the server drops to this user when the entrypoint is root
    monitor_user: str = "monitor"
    fast_failure_detection: bool = True
    gcache_bytes: int | None = None  # None: from the volume's size
    buffer_pool_bytes: int | None = None  # None: from the memory limit, or the server's default
    applier_threads: int | None = None  # None: from the CPUs
    patience: float = 120.0  # seconds of waiting before a wait is said to need an operator
    volume_bytes: int | None = None  # what was asked for; a shared file system is larger than its volumes
    drain: float = 0.0  # seconds that a node which is told to stop still serves
    state_transfer: StateTransfer = StateTransfer.COPY
    stall: float = 300.0  # seconds that a start or a state transfer may stand still; 0 for any
    restore_from: str = ""  # the URL of a store: a new cluster begins with a backup (see `restoring`)
    restore_name: str = ""
    restore_options: tuple[str, ...] = ()
    restore_key_file: str = ""
    restore_credentials: str = ""

    def __post_init__(self) -> None:
        """Reject what would only fail later, naming the value."""
        split_name(self.name)
        if len(self.name) > LONGEST_NAME:
            raise ValueError(
                f"the name of this node is too long: {self.name!r} has {len(self.name)} characters, and Galera may cut "
                f"names of more than {LONGEST_NAME}; give the set of nodes a shorter name"
            )
        for what, seconds in (("patience", self.patience), ("drain", self.drain), ("stall", self.stall)):
            if not 0 <= seconds < math.inf:
                raise ValueError(f"not a number of seconds for {what}: {seconds!r}")
        ipaddress.ip_address(self.address)
        if not _CLUSTER_NAME.fullmatch(self.cluster_name):
            raise ValueError(f"not a cluster name (want 1-32 of A-Z a-z 0-9 . _ -): {self.cluster_name!r}")

    @property
    def shares_machine(self) -> bool:
        """Whether several nodes share this machine's addresses: a loopback address tells a local cluster."""
        return ipaddress.ip_address(self.address).is_loopback

    @property
    def bracketed_address(self) -> str:
        """The address as URLs want it."""
        return f"[{self.address}]" if ":" in self.address else self.address
