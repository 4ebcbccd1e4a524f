"""A zone file to be broken at will, for tests that ask the real name server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOMAIN = "cluster.local"


class ZoneWriter:
    """Writes the zone of Service `db` in namespace `shop`; each `write` replaces it by rename."""

    def __init__(self, folder: Path, domain: str = DOMAIN) -> None:
        self.path = folder / "zone.json"
        self.domain = domain
        self.service = f"db.shop.svc.{domain}"
        self.write()

    def write(self, *ordinals: int, **keys: Any) -> None:
        """Say which pods there are (default 0, 1, 2), and how DNS behaves (mode=..., see galeractl.local.zone)."""
        hosts = {f"db-{n}": {"address": f"127.77.{1 + n // 200}.{10 + n % 200}"} for n in ordinals or (0, 1, 2)}
        zone = {"domain": self.domain, "namespace": "shop", "service": "db", "hosts": hosts, **keys}
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(zone), encoding="utf-8")
        beside.replace(self.path)

    def host(self, ordinal: int) -> str:
        """Full name of one pod."""
        return f"db-{ordinal}.{self.service}"

    def hosts(self, *ordinals: int) -> tuple[str, ...]:
        """Full names of some pods, as DNS sorts them."""
        return tuple(sorted(self.host(ordinal) for ordinal in ordinals))
