"""Deleting backups: one that is named, or those that a policy lets go, and what dead jobs left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from backup.adapters.objectstore import Store
from backup.core.manifest import Manifest
from backup.core.names import MANIFEST, Kind
from backup.core.retention import LEFTOVER_SECONDS, Candidate, Delete, Fate, Keep, Policy, judge
from backup.run.catalog import Entry

_CLOCK = ".galerakit-clock"


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of everything in a store, newest first."""

    fates: tuple[Fate, ...]

    @property
    def doomed(self) -> tuple[Delete, ...]:
        """What is to be deleted."""
        return tuple(one for one in self.fates if isinstance(one, Delete))


def plan(
    found: Sequence[Entry], policy: Policy, now: datetime, is_needed: Callable[[Manifest], bool] = lambda _one: False
) -> Plan:
    """Judge what was found; `now` is by the clock of the store, `is_needed`: kept binary logs begin at a backup."""
    fates = [_without_manifest(one, now) for one in found if one.manifest is None]
    for kind in Kind:  # copies and dumps are of use to different people: neither takes the place of the other
        fates += judge(
            [_candidate(one, is_needed) for one in found if one.manifest and one.manifest.kind is kind], policy
        )
    return Plan(tuple(sorted(fates, key=lambda one: one.name, reverse=True)))


def _candidate(entry: Entry, is_needed: Callable[[Manifest], bool]) -> Candidate:
    manifest, verified = entry.manifest, entry.verified
    assert manifest is not None  # noqa: S101 - what has none is judged otherwise
    return Candidate(entry.name, manifest.galera, verified.best is not None, verified.is_bad, is_needed(manifest))


def _without_manifest(entry: Entry, now: datetime) -> Fate:
    if entry.problem:
        return Keep(entry.name, f"for a person to look at: {entry.problem}")
    if now - max(entry.modified, entry.name.at) > timedelta(seconds=LEFTOVER_SECONDS):
        return Delete(entry.name, "a job that died left it: there is no manifest, and nothing was written for a day")
    return Keep(entry.name, "it has no manifest: a job is at work, or died today")


def store_time(store: Store) -> datetime:
    """Ask the store what time it is, by writing something small: this machine's clock may be another one."""
    path = f"{_CLOCK}-{uuid4().hex}"  # of its own: two jobs may ask at once
    store.put(path, b"what time is it?\n")
    found = store.look(path).modified
    store.delete([path])
    return found


def delete(store: Store, entry: Entry) -> None:
    """Delete a backup: its manifest first, so that half of it is none."""
    store.delete(sorted(entry.paths, key=lambda path: not path.endswith(f"/{MANIFEST}")))
