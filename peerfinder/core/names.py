"""Names of nodes: `<set>-<ordinal>`, as a StatefulSet gives them."""

from __future__ import annotations

import re

LONGEST_NAME = 31
"""Characters. mysql.wsrep_cluster_members shows 32 (char(32)): a name that fills them may have been cut."""

_NAME = re.compile(r"(?P<base>.+)-(?P<ordinal>\d+)")


def split_name(name: str) -> tuple[str, int]:
    """Split `db-2` into ('db', 2); raises ValueError for a name without an ordinal."""
    match = _NAME.fullmatch(name)
    if not match:
        raise ValueError(f"not a StatefulSet pod name (want NAME-ORDINAL): {name!r}")
    return match["base"], int(match["ordinal"])


def ordinal_of(name: str) -> int:
    """Give the ordinal of a node; a name without one sorts behind all others."""
    match = _NAME.fullmatch(name)
    return int(match["ordinal"]) if match else 1 << 30  # beyond any replica count Kubernetes takes


def by_ordinal(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Sort names the way people count nodes: db-2 before db-10."""
    return tuple(sorted(names, key=lambda name: (ordinal_of(name), name)))


def expected_names(me: str, replicas: int) -> tuple[str, ...]:
    """List the nodes that a set of `replicas` has, from the name of one of them."""
    base, _ordinal = split_name(me)
    return tuple(f"{base}-{ordinal}" for ordinal in range(replicas))
