"""What a local cluster is, as kept in cluster.json; and options for mariadbd as a configuration file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from galeractl.core.network import NodeAddress, dns_address, node_address

_PLAIN_VALUE = re.compile(r"[\w.,:/;=+@%-]*")
_OPTION_NAME = re.compile(r"[A-Za-z][\w.-]*")


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """The settings of one local cluster; `user` runs mariadbd ('': whoever started the programs)."""

    name: str
    network: int
    nodes: int
    user: str = ""
    options: tuple[str, ...] = ()  # K=V for mariadbd, on every node
    enforce_read_only: bool = False  # on every node but the writer
    isolated: bool = False  # each node has a network namespace of its own

    @property
    def addresses(self) -> tuple[NodeAddress, ...]:
        """Where each node listens, by ordinal."""
        return tuple(node_address(self.network, ordinal, isolated=self.isolated) for ordinal in range(self.nodes))

    @property
    def dns_address(self) -> str:
        """Where the name server listens, without its port."""
        return dns_address(self.network, isolated=self.isolated)

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes' names, by ordinal."""
        return tuple(node.name for node in self.addresses)

    def address(self, name: str) -> NodeAddress:
        """Where the named node listens; KeyError for a node that is not one of this cluster."""
        return {node.name: node for node in self.addresses}[name]


def option_problem(option: str) -> str:
    """Say what is wrong with a K=V for mariadbd, '' when nothing is."""
    name = option.partition("=")[0]
    if not _OPTION_NAME.fullmatch(name):
        return f"{option!r} is no option of mariadbd: give NAME=VALUE or NAME"
    if "\n" in option or "\r" in option:
        return f"the value of {name} has a line break, which a configuration file cannot hold"
    return ""


def render_options(options: tuple[str, ...]) -> str:
    """Write K=V options as a configuration file; values with unusual characters are quoted."""
    lines = ["[mariadbd]"]
    for option in options:
        name, equals, value = option.partition("=")
        if _PLAIN_VALUE.fullmatch(value):
            lines.append(f"{name}{equals}{value}")
        else:
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{name}="{escaped}"')
    return "\n".join(lines) + "\n"
