"""Where the nodes of a local cluster listen.

Every cluster on a machine has a network number C and lives on loopback addresses of its own: 127.77.C.1 answers DNS,
127.77.C.(10 + ordinal) is a node. So each node has the ports that a pod has, and clusters side by side cannot meet.
One port is different per node, so that a state transfer whose listener ignores the node's address still finds its own.

The nodes of an *isolated* cluster have a network namespace each, and a switch between them: 10.77.C.1 is this machine
(DNS, clients), 10.77.C.(10 + ordinal) a node. So they can be cut off from each other.

C is a number that the directory's path prefers, or the next one that is free; whoever gets to bind the DNS address
owns the number.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

FIRST_NETWORK, LAST_NETWORK = 1, 250
MAX_NODES = 16  # the stride of the SST ports below
DNS_PORT = 5353
SQL_PORT = 3306
GALERA_PORT = 4567
IST_PORT = 4568
AGENT_PORT = 8008
FIRST_SST_PORT = 14000  # up to 18015: below the ephemeral ports, which Linux hands out from 32768 on


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """One node: its name, and where it listens (the other ports are the same on every node)."""

    name: str
    ordinal: int
    address: str
    sst_port: int


def identity(directory: str) -> str:
    """Eight hex digits that stand for an absolute path, for names that must not collide."""
    return hashlib.sha256(directory.encode()).hexdigest()[:8]


def candidates(directory: str) -> tuple[int, ...]:
    """Every network number, in the order in which a cluster in `directory` tries them."""
    count = LAST_NETWORK - FIRST_NETWORK + 1
    first = int(identity(directory), 16) % count
    return tuple(FIRST_NETWORK + (first + step) % count for step in range(count))


def dns_address(network: int, *, isolated: bool = False) -> str:
    """Where the name server of a network listens, without its port."""
    return f"{_prefix(network, isolated=isolated)}.1"


def node_address(network: int, ordinal: int, *, isolated: bool = False) -> NodeAddress:
    """Where a node listens."""
    if not (FIRST_NETWORK <= network <= LAST_NETWORK and 0 <= ordinal < MAX_NODES):
        raise ValueError(f"no address for node {ordinal} of network {network}")
    address = f"{_prefix(network, isolated=isolated)}.{10 + ordinal}"
    return NodeAddress(f"db-{ordinal}", ordinal, address, FIRST_SST_PORT + network * MAX_NODES + ordinal)


def _prefix(network: int, *, isolated: bool) -> str:
    return f"{10 if isolated else 127}.77.{network}"
