"""Linux network namespaces: one per node, one more for the switch between them, and packets that do not arrive.

    this machine: gkC, 10.77.C.1 ---- uplink |               | node0 ---- eth0, 10.77.C.10, in the namespace gkC-0
                                             | switch in gkC |
                                             |               | node1 ---- eth0, 10.77.C.11, in the namespace gkC-1

The switch is a bridge in a namespace of its own because this machine may filter what its own bridges carry (container
engines forbid forwarding). The device gkC carries its owner (the cluster's directory) as its alias, so that two
clusters never share a network. A cut is a rule in the chain of the namespace where the packets would arrive: they
vanish without a word, as on a broken network. Everything here needs root, `ip`, `nsenter` and `iptables`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("ip", "nsenter", "iptables")
CHAIN = "GALERA-KIT"
PREFIX = 24  # bits of the network that the addresses share
SECONDS = 20.0  # for one call; each takes milliseconds
DEVICES = Path("/sys/class/net")
SWITCH, UPLINK, CARD = "switch", "uplink", "eth0"
NAMESPACES = Path("/run/netns")
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where distributions put them; not on every user's PATH


class NotPossible(Exception):
    """The namespaces cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Packets of `source` (an address) that do not arrive.

    `ports`: only those of TCP to or from them, each a number or a range `14000:14015`; () means all.
    """

    source: str
    ports: tuple[str, ...] = ()


def lacking() -> str:
    """Say what this machine lacks for it, '' when nothing."""
    missing = [program for program in PROGRAMS if shutil.which(program, path=SEARCHED) is None]
    if missing:
        return f"{', '.join(missing)} is not installed"
    return "" if os.geteuid() == 0 else "only root may make network namespaces"


def open_switch(network: int, address: str, owner: str) -> bool:
    """Have the switch of a network, with this machine on it; False where it belongs to somebody else."""
    name = _name(network)
    known = _owner(name)
    if known is not None:
        return known == owner
    if (NAMESPACES / name).exists():  # left behind by somebody who was interrupted between the steps below
        _run("ip", "netns", "delete", name)
    _run("ip", "netns", "add", name)
    _run("ip", "-n", name, "link", "add", SWITCH, "type", "bridge", "forward_delay", "0")
    _run("ip", "-n", name, "link", "set", SWITCH, "up")
    _run("ip", "link", "add", name, "type", "veth", "peer", "name", UPLINK, "netns", name)
    _run("ip", "link", "set", name, "alias", owner)
    _run("ip", "-n", name, "link", "set", UPLINK, "master", SWITCH, "up")
    _run("ip", "address", "add", f"{address}/{PREFIX}", "dev", name)
    _run("ip", "link", "set", name, "up")
    return True


def open_node(network: int, ordinal: int, address: str) -> None:
    """Have a node's namespace, with its address, on the switch."""
    space, name, port = _space(network, ordinal), _name(network), _port(ordinal)
    if (NAMESPACES / space).exists():
        return
    _run("ip", "netns", "add", space)
    _run("ip", "-n", name, "link", "add", port, "type", "veth", "peer", "name", CARD, "netns", space)
    _run("ip", "-n", name, "link", "set", port, "master", SWITCH, "up")
    for words in (
        ("address", "add", f"{address}/{PREFIX}", "dev", CARD),
        ("link", "set", "lo", "up"),
        ("link", "set", CARD, "up"),
    ):
        _run("ip", "-n", space, *words)
    _tables(space, "-N", CHAIN)
    _tables(space, "-A", "INPUT", "-j", CHAIN)


def close(network: int, owner: str) -> None:
    """Remove the switch and all namespaces on it, if they are this owner's; nothing may run in them any more."""
    name = _name(network)
    if _owner(name) != owner:
        return
    for space in NAMESPACES.glob(f"{name}-*"):
        _run("ip", "netns", "delete", space.name)
    _run("ip", "link", "delete", name)
    _run("ip", "netns", "delete", name)


def inside(network: int, ordinal: int, argv: Sequence[str]) -> list[str]:
    """The command line that runs a program inside of a node's namespace, as the same process."""
    program = shutil.which("nsenter", path=SEARCHED) or "nsenter"
    return [program, f"--net={NAMESPACES / _space(network, ordinal)}", "--", *argv]


def link(network: int, ordinal: int, *, up: bool) -> None:
    """Plug the node's cable in, or out: nothing arrives, and nothing that is sent leaves."""
    _run("ip", "-n", _name(network), "link", "set", _port(ordinal), "up" if up else "down")


def cut(network: int, ordinal: int, cuts: Iterable[Cut]) -> None:
    """Let these packets not arrive at a node."""
    space = _space(network, ordinal)
    for one in cuts:
        narrowed = ("-p", "tcp", "-m", "multiport", "--ports", ",".join(one.ports)) if one.ports else ()
        _tables(space, "-A", CHAIN, "-s", one.source, *narrowed, "-j", "DROP")


def mend(network: int, ordinal: int) -> None:
    """Let everything arrive at a node again."""
    space = _space(network, ordinal)
    if (NAMESPACES / space).exists():
        _tables(space, "-F", CHAIN)
        link(network, ordinal, up=True)


def _name(network: int) -> str:
    return f"gk{network}"


def _space(network: int, ordinal: int) -> str:
    return f"gk{network}-{ordinal}"


def _port(ordinal: int) -> str:
    return f"node{ordinal}"


def _owner(device: str) -> str | None:
    try:
        return (DEVICES / device / "ifalias").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _tables(space: str, *words: str) -> None:
    _run("nsenter", f"--net={NAMESPACES / space}", "--", "iptables", "-w", *words)


def _run(program: str, *words: str) -> None:
    path = {"PATH": SEARCHED}
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, timeout=SECONDS, env=os.environ | path
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"it ended with {done.returncode}"
        raise NotPossible(f"`{program} {' '.join(words)}`: {said}")
