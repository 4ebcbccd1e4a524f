"""Nodes of a local cluster that can be cut off from each other: a network namespace each (`start --isolated`).

A cluster is isolated from its first start on, or never. Which packets a cut is about is said in users' words: `galera`
is what the servers say to each other, `agents` what the sidecars do, `all` both, and clients of other nodes besides.
This machine itself (its clients, the name server) reaches every node throughout.
"""

from __future__ import annotations

from collections.abc import Iterable

from galeractl.adapters import namespaces
from galeractl.adapters.local_dir import Place
from galeractl.adapters.namespaces import Cut, NotPossible
from galeractl.core.network import AGENT_PORT, GALERA_PORT, IST_PORT
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Code, Trouble

TRAFFIC = ("all", "galera", "agents")


def require() -> None:
    """Check that this machine can isolate nodes."""
    problem = namespaces.lacking()
    if problem:
        raise Trouble(
            f"the nodes cannot be isolated: {problem}",
            "run as root, with the packages iproute2, util-linux and iptables; or leave out --isolated",
            Code.USAGE,
        )


def claim(place: Place, settings: ClusterSettings) -> bool:
    """Have the network of an isolated cluster; False where it is another cluster's. Nothing to do for the others."""
    if not settings.isolated:
        return True
    require()
    try:
        return namespaces.open_switch(settings.network, settings.dns_address, str(place.root))
    except NotPossible as error:
        raise _trouble(error) from None


def prepare(settings: ClusterSettings, name: str) -> None:
    """Have a node's namespace."""
    if settings.isolated:
        node = settings.address(name)
        try:
            namespaces.open_node(settings.network, node.ordinal, node.address)
            namespaces.link(settings.network, node.ordinal, up=True)
        except NotPossible as error:
            raise _trouble(error) from None


def inside(settings: ClusterSettings, name: str, argv: list[str]) -> list[str]:
    """The command line that starts a program of a node where it belongs."""
    if not settings.isolated:
        return argv
    return namespaces.inside(settings.network, settings.address(name).ordinal, argv)


def release(place: Place, settings: ClusterSettings) -> None:
    """Give the network back; no program of the cluster runs any more."""
    if settings.isolated:
        try:
            namespaces.close(settings.network, str(place.root))
        except NotPossible as error:
            raise _trouble(error) from None


def cut(
    settings: ClusterSettings, names: Iterable[str], others: Iterable[str], traffic: str, *, one_way: bool
) -> tuple[tuple[str, str], ...]:
    """Let packets between `names` and `others` vanish; one way: only those that `names` send.

    Gives the pairs (from, to) between which nothing arrives now.
    """
    _check(settings)
    ports = _ports(settings, traffic)
    pairs = [(name, other) for name in names for other in others if name != other]
    if not one_way:
        pairs += [(other, name) for name, other in pairs]
    wanted = tuple(dict.fromkeys(pairs))
    try:
        for source, target in wanted:
            cuts = (Cut(settings.address(source).address, ports),)
            namespaces.cut(settings.network, settings.address(target).ordinal, cuts)
    except NotPossible as error:
        raise _trouble(error) from None
    return wanted


def unplug(settings: ClusterSettings, name: str) -> None:
    """Take a node off the network, and off this machine: what a power cut does before anything else."""
    if settings.isolated:
        namespaces.link(settings.network, settings.address(name).ordinal, up=False)


def mend(settings: ClusterSettings, names: Iterable[str]) -> None:
    """Let everything arrive at these nodes again."""
    _check(settings)
    try:
        for name in names:
            namespaces.mend(settings.network, settings.address(name).ordinal)
    except NotPossible as error:
        raise _trouble(error) from None


def _ports(settings: ClusterSettings, traffic: str) -> tuple[str, ...]:
    transfers = [node.sst_port for node in settings.addresses]
    galera = (str(GALERA_PORT), str(IST_PORT), f"{min(transfers)}:{max(transfers)}")
    return {"all": (), "galera": galera, "agents": (str(AGENT_PORT),)}[traffic]


def _check(settings: ClusterSettings) -> None:
    if not settings.isolated:
        raise Trouble(
            "the nodes of this cluster share one network, so nothing can be cut between them",
            "galeractl local start --isolated --dir ANOTHER",
            Code.REFUSED,
        )
    require()


def _trouble(error: NotPossible) -> Trouble:
    return Trouble(f"the network of the nodes could not be changed: {error}", "galeractl local stop, and start again")
