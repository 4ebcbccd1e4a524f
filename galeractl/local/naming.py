"""The names of a local cluster: its network number, its name server, and who is in the DNS.

A node is in the DNS from its start until it was stopped, as a pod is until it is deleted. A node that was killed stays,
as the pod of a crashed container does. The name server holds the network number: whoever gets to bind its address owns
it. It ends with the last node that is stopped in good order.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
from dataclasses import replace
from pathlib import Path

from galeractl.adapters import local_dir, processes
from galeractl.adapters.local_dir import Place
from galeractl.core.network import AGENT_PORT, DNS_PORT, GALERA_PORT, SQL_PORT, candidates
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Trouble
from galeractl.local import isolation, launch
from galeractl.local.waiting import until

NAMESERVER = "nameserver"
START_SECONDS = 20.0  # for one Python to bind two sockets, on a machine that is busy with other things


def ensure_names(place: Place, settings: ClusterSettings, *, may_move: bool) -> ClusterSettings:
    """Have the name server running; without running nodes (`may_move`) the cluster takes another number if need be."""
    if is_serving(place):
        return settings
    own = candidates(str(place.root))
    numbers = (settings.network, *(number for number in own if number != settings.network)) if may_move else None
    for number in numbers or (settings.network,):
        moved = replace(settings, network=number)
        if isolation.claim(place, moved) and (not may_move or _is_free(moved)) and _serve(place, moved):
            if moved != settings:
                local_dir.write_settings(place, moved)
            return moved
    where = "any of 250 networks" if may_move else f"{settings.dns_address}:{DNS_PORT}"
    raise Trouble(
        f"the name server could not listen on {where}; see {_log(place)}",
        "stop other local clusters: galeractl local stop",
    )


def is_serving(place: Place) -> bool:
    """Tell whether the name server of this cluster runs."""
    known = local_dir.read_pids(place.pids).get(NAMESERVER)
    return known is not None and processes.running(known) is not None


def stop_names(place: Place) -> None:
    """End the name server."""
    known = local_dir.read_pids(place.pids).get(NAMESERVER)
    if known and processes.send(known, signal.SIGTERM):
        processes.wait_gone([known], START_SECONDS)


def published(place: Place) -> dict[str, str]:
    """The nodes that are in the DNS, with their addresses."""
    try:
        hosts = json.loads(place.zone.read_text(encoding="utf-8"))["hosts"]
        return {name: host["address"] for name, host in hosts.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def publish(place: Place, settings: ClusterSettings, names: frozenset[str]) -> None:
    """Have exactly these nodes in the DNS; everything else in the zone file (a fault that was injected) stays."""
    zone: dict[str, object] = {}
    with contextlib.suppress(OSError, ValueError):
        zone = json.loads(place.zone.read_text(encoding="utf-8"))
    zone |= {
        "service": launch.SERVICE,
        "namespace": launch.NAMESPACE,
        "domain": launch.DOMAIN,
        "hosts": {node.name: {"address": node.address} for node in settings.addresses if node.name in names},
    }
    local_dir.write(place.zone, json.dumps(zone, indent=2) + "\n", 0o644)


def _serve(place: Place, settings: ClusterSettings) -> bool:
    publish(place, settings, frozenset(published(place)))
    log = _log(place)
    before = log.stat().st_size if log.exists() else 0
    argv = launch.nameserver_command(place, settings)
    process = processes.spawn(argv, launch.environment(place, place.root), log)

    def has_spoken() -> bool:
        return b"ready" in log.read_bytes()[before:] or processes.running(process) is None

    until(has_spoken, START_SECONDS, "the start of the name server")
    if processes.running(process) is None:
        return False
    local_dir.write_pids(place.pids, {NAMESERVER: process})
    return True


def _is_free(settings: ClusterSettings) -> bool:
    """Tell whether nobody listens where this cluster would (a name server that died leaves its nodes behind)."""
    wanted = [(settings.dns_address, DNS_PORT)]
    if not settings.isolated:  # else each has a network of its own
        ports = (AGENT_PORT, SQL_PORT, GALERA_PORT)
        wanted += [(node.address, port) for node in settings.addresses for port in ports]
    return all(_can_bind(host, port) for host, port in wanted)


def _can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of yesterday do not count
        try:
            probe.bind((host, port))
        except PermissionError:  # the port may be privileged: not our question
            return True
        except OSError:
            return False
    return True


def _log(place: Place) -> Path:
    return place.root / "log" / "nameserver.log"
