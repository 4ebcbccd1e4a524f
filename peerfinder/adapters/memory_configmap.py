"""The cluster memory as the key `memory` of a ConfigMap: compare-and-swap by its resource version.

The chart makes the ConfigMap without `data`: no data or no key is the empty memory, version 0. A ConfigMap that is
missing is unreadable, not empty, and nothing here creates one; a malformed memory is unreadable and never written over.
Only `data.memory` is ever changed: labels, annotations and other keys go back as they came, so that Helm and people may
have theirs.

An answer that is lost after a write says neither "done" nor "failed": the memory is read once more. If it is ours, it
is done. If it has moved on otherwise, a write that is compared with the version before cannot come true any more. If
it stands as it was, the write may still be on its way, and that is an error, which callers take as "not known".
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any, Protocol

from peerfinder.core.codec import from_json, to_json
from peerfinder.core.memory import ClusterMemory

KIND, KEY = "ConfigMap", "memory"
READ_SECONDS = 2.0  # what took longer is no reading of now (see the keeper)
SWAP_SECONDS = 2.6  # the entrypoint waits three seconds for the whole swap
REREAD_SECONDS = 0.6  # of them, for the question what became of a write without an answer


class Objects(Protocol):
    """The Kubernetes API as far as it is needed; both raise OSError and ValueError with a sentence."""

    def get(self, kind: str, name: str, within: float) -> dict[str, Any]:
        """Read an object."""

    def replace(self, kind: str, name: str, new: dict[str, Any], within: float) -> bool:
        """Put an object in its place; False when its resource version is not that of `new` any more."""


class MemoryConfigMap:
    """The memory in ConfigMap `name`; its text is parsed again only when it changed."""

    pause = 0.9  # seconds: one request for each look at rest, and no more of a cluster that waits for hours

    def __init__(self, api: Objects, name: str) -> None:
        self._api, self._name = api, name
        self._last: tuple[str | None, ClusterMemory] = (None, ClusterMemory())

    def read(self) -> ClusterMemory:
        """Give the memory; raises OSError and ValueError."""
        return self._memory_of(self._api.get(KIND, self._name, READ_SECONDS))

    def swap(self, expected_version: int, new: ClusterMemory) -> bool:
        """Write `new` as the version after `expected_version`; False when the ConfigMap holds another version."""
        deadline = time.monotonic() + SWAP_SECONDS
        found = self._api.get(KIND, self._name, SWAP_SECONDS - 2 * REREAD_SECONDS)
        if self._memory_of(found).version != expected_version:
            return False
        new = replace(new, version=expected_version + 1)
        data = {**(found.get("data") or {}), KEY: json.dumps(to_json(new), separators=(",", ":"))}
        try:
            left = max(REREAD_SECONDS, deadline - time.monotonic() - REREAD_SECONDS)
            return self._api.replace(KIND, self._name, {**found, "data": data}, left)
        except (OSError, ValueError) as error:
            return self._became(new, expected_version, error)

    def _became(self, new: ClusterMemory, expected_version: int, error: Exception) -> bool:
        """Tell by another reading what became of a write; raises `error` where that cannot be told."""
        try:
            now = self._memory_of(self._api.get(KIND, self._name, REREAD_SECONDS))
        except (OSError, ValueError):
            raise error from None
        if now == new:
            return True
        if now.version != expected_version:
            return False
        raise error

    def _memory_of(self, found: dict[str, Any]) -> ClusterMemory:
        text = (found.get("data") or {}).get(KEY)
        if text is None:
            return ClusterMemory()
        if text != self._last[0]:
            self._last = (text, from_json(ClusterMemory, json.loads(text)))
        return self._last[1]
