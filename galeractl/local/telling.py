"""What every command on a local cluster does first and last: open the cluster, and say what was done to which nodes."""

from __future__ import annotations

from collections.abc import Sequence

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.settings import ClusterSettings
from galeractl.operator.selection import answer, selection


def opened() -> tuple[Place, ClusterSettings]:
    """The cluster that the options name, and its settings."""
    place = selection().cluster
    return place, local_dir.read_settings(place)


def told(did: str, names: Sequence[str], **more: object) -> None:
    """Answer with what was done, in the form that was asked for."""
    text = f"{did}: {', '.join(names)}" + "".join(f", {key.replace('_', ' ')} {value}" for key, value in more.items())
    answer({"did": did, "nodes": list(names), **more}, text)
