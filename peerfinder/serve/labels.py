"""Keeps the labels of the own pod as the role wants them, without making a look wait.

They are written when they change, and now and then without a change, because somebody may have removed them: a patch
that changes nothing costs the API one request and wakes nobody who watches. What cannot be written is tried again;
until then Services go by what stands there, and `/primary` and `/secondary` tell the truth.

Who becomes the writer first takes that name from every other pod that still has it. Only then does its own pod get it:
for a moment no pod is called the writer, and never two. Where the account may not touch other pods, it goes without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from peerfinder.core.role import Role
from peerfinder.core.routing import ROLE_LABEL

AGAIN_SECONDS = 30.0  # between two writings of the same labels
RETRY_SECONDS = 2.0  # after one that failed

Wanted = Mapping[str, str | None]


class Pods(Protocol):
    """Labels of pods; both block, and raise OSError or ValueError with a sentence."""

    def write(self, labels: Wanted) -> None:
        """Set labels of the own pod, and remove those that are None."""

    def replace(self, pod: str, label: str, value: str, labels: Wanted) -> None:
        """Set labels of another pod if one of its labels has a value."""


class Labels:
    """What stands on the pod as far as is known; `problem` says why it cannot be written."""

    def __init__(self, pods: Pods | None) -> None:
        self._pods = pods
        self.refused = ""  # why other pods must not be touched
        self._written: Wanted | None = None
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None
        self.problem = ""

    def look(self, wanted: Wanted | None, now: float, others: Mapping[str, Wanted] | None = None) -> None:
        """Begin to write what is wanted, if that is due; None leaves everything as it is.

        `others`: what other pods get in place of the writer's label, as long as they have it.
        """
        if self._pods is None or wanted is None or (self._task is not None and not self._task.done()):
            return
        has_changed = wanted != self._written and not self.problem
        if has_changed or now >= self._next:
            is_new = has_changed or wanted != self._written
            self._task = asyncio.create_task(self._put(self._pods, wanted, (others or {}) if is_new else {}, now))

    async def _put(self, pods: Pods, wanted: Wanted, others: Mapping[str, Wanted], now: float) -> None:
        try:
            refused = await asyncio.to_thread(_write, pods, wanted, others)
        except (OSError, ValueError) as error:
            self.problem, self._next = f"the labels of the pod cannot be written ({error})", now + RETRY_SECONDS
        else:
            self.refused = refused
            self.problem, self._written, self._next = "", wanted, now + AGAIN_SECONDS


def _write(pods: Pods, wanted: Wanted, others: Mapping[str, Wanted]) -> str:
    """Write all; gives why other pods must not be touched, '' where they may."""
    refused = ""
    for pod, instead in others.items():
        try:
            pods.replace(pod, ROLE_LABEL, Role.PRIMARY.value, instead)
        except PermissionError as error:
            refused = str(error)
    pods.write(wanted)
    return refused
