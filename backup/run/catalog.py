"""What lies in a store: its backups, those that cannot be read, and what dead jobs left."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from backup.adapters.objectstore import Object, Store
from backup.core.damage import Damaged
from backup.core.manifest import Manifest
from backup.core.names import MANIFEST, VERIFIED, BackupName, parse_name
from backup.core.store import StoreTrouble
from backup.core.verification import Verified
from backup.run.reading import read_manifest, read_verified

READERS = 8  # manifests are read side by side: each costs a round trip or two


@dataclass(frozen=True, slots=True)
class Entry:
    """One folder that is called like a backup."""

    name: BackupName
    size: int  # bytes of everything in it
    modified: datetime  # when something was last written there, by the clock of the store
    paths: tuple[str, ...]
    manifest: Manifest | None = None
    verified: Verified = field(default_factory=Verified)
    problem: str = ""  # why there is no manifest, though it is no leftover

    @property
    def is_leftover(self) -> bool:
        """Whether no manifest was written: a job is at work, or was killed."""
        return self.manifest is None and not self.problem


def entries(store: Store, node: str = "") -> tuple[Entry, ...]:
    """List the store, oldest first; other things that lie there are passed over. Raises StoreTrouble."""
    folders: dict[BackupName, list[Object]] = defaultdict(list)
    for one in store.list():
        folder, found, _rest = one.path.partition("/")
        try:
            name = parse_name(folder)
        except ValueError:
            continue
        if found and (not node or name.node == node):
            folders[name].append(one)
    with ThreadPoolExecutor(READERS) as pool:
        return tuple(pool.map(lambda name: _entry(store, name, folders[name]), sorted(folders)))


def _entry(store: Store, name: BackupName, objects: list[Object]) -> Entry:
    paths = tuple(sorted(one.path for one in objects))
    size, modified = sum(one.size for one in objects), max(one.modified for one in objects)
    manifest, verified, problem = None, Verified(), ""
    if f"{name}/{MANIFEST}" in paths:
        try:
            manifest = read_manifest(store, str(name))
            verified = read_verified(store, str(name)) if f"{name}/{VERIFIED}" in paths else verified
        except Damaged as error:
            problem = str(error)
        except StoreTrouble as trouble:
            if not trouble.missing:  # else it was deleted a moment ago, and is no backup any more
                raise
    return Entry(name, size, modified, paths, manifest, verified, problem)
