"""The names of a local cluster: what a headless Service would publish, kept in one small JSON file.

    {"domain": "cluster.local", "namespace": "default", "service": "db", "mode": "ok",
     "hosts": {"db-0": {"address": "127.77.1.10", "ready": true}, "db-1": {"address": "127.77.1.11"}}}

Whoever runs the cluster writes it (by rename), the name server reads it again when it changes. `mode` makes DNS
misbehave in the ways that Kubernetes DNS does, so a fault is injected by writing one word. Pure: text in, a `Zone` or
a reason out.

Optional keys: `mode` ("ok"), `slow_seconds` (2.0, for the mode slow), `only` (host of the mode one-of-three, default
the first), `ports` ([3306]), `publish_not_ready` (true, as the chart's headless Service does).
"""

import ipaddress
import json
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any


class Mode(Enum):
    """How the server answers."""

    OK = "ok"
    EMPTY = "empty"  # the names exist, without any record
    NXDOMAIN = "nxdomain"  # as if the Service had been deleted
    SERVFAIL = "servfail"  # DNS is there and cannot help
    SLOW = "slow"  # the right answer, `slow_seconds` late
    TRUNCATED = "truncated"  # UDP answers are cut: the asker has to come back by TCP
    ONE_OF_THREE = "one-of-three"  # a partial answer: one host only
    STALE = "stale"  # what was true before this mode was set
    DUPLICATES = "duplicates"  # each host once per port, as for a Service with two ports
    SILENT = "silent"  # no answer at all


@dataclass(frozen=True)
class Host:
    """One pod: its short name, its IP address, and whether it passes its readiness probe."""

    name: str
    address: str
    ready: bool = True


@dataclass(frozen=True)
class Zone:
    """One headless Service and the pods behind it; `slow_seconds` is the delay of the mode slow."""

    domain: str
    namespace: str
    service: str
    hosts: tuple[Host, ...]
    mode: Mode = Mode.OK
    slow_seconds: float = 2.0
    only: str | None = None
    ports: tuple[int, ...] = (3306,)
    publish_not_ready: bool = True

    @property
    def service_name(self) -> str:
        """Full name of the Service, without trailing dot."""
        return f"{self.service}.{self.namespace}.svc.{self.domain}".lower()

    def host_name(self, host: Host) -> str:
        """Full name of one pod, without trailing dot."""
        return f"{host.name}.{self.service_name}".lower()

    @property
    def published(self) -> tuple[Host, ...]:
        """The hosts that the Service names now, the mode considered."""
        hosts = tuple(host for host in self.hosts if host.ready or self.publish_not_ready)
        if self.mode is Mode.EMPTY:
            return ()
        if self.mode is Mode.ONE_OF_THREE:
            return tuple(host for host in hosts if host.name == self.only) or hosts[:1]
        return hosts


@dataclass(frozen=True)
class BadZone:
    """The text is no zone; `reason` says where."""

    reason: str


def parse_zone(text: str, previous: Zone | None = None) -> Zone | BadZone:
    """Read the JSON; in the mode stale the hosts of the `previous` zone stay, if there is one."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict):
            return BadZone("the zone is not a JSON object")
        zone = Zone(
            domain=str(data["domain"]).strip("."),
            namespace=str(data["namespace"]),
            service=str(data["service"]),
            hosts=tuple(_host(name, entry) for name, entry in sorted(data["hosts"].items())),
            mode=Mode(data.get("mode", "ok")),
            slow_seconds=float(data.get("slow_seconds", 2.0)),
            only=data.get("only"),
            ports=tuple(int(port) for port in data.get("ports", [3306])),
            publish_not_ready=bool(data.get("publish_not_ready", True)),
        )
    except json.JSONDecodeError as error:
        return BadZone(f"no JSON: {error}")
    except KeyError as error:
        return BadZone(f"missing key {error}")
    except (AttributeError, TypeError, ValueError) as error:
        return BadZone(str(error))
    if zone.mode is Mode.STALE and previous is not None:
        return replace(zone, hosts=previous.hosts)
    return zone


def _host(name: str, entry: Any) -> Host:
    address = str(ipaddress.ip_address(entry["address"]))
    return Host(name, address, bool(entry.get("ready", True)))
