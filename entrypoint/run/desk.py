"""The node's own state, under one lock: every change is durable and published before its effect.

Two threads touch it: the loop, which decides and acts, and the voter, which answers the peers. Whoever
grants a vote or starts the server does so holding the lock, so neither can happen between the other's
check and its effect.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

from entrypoint.adapters.machine import boot_id, boot_seconds
from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.volume import Volume
from entrypoint.core.ballot_box import consider
from entrypoint.core.facts import Facts
from entrypoint.core.gathering import gather
from peerfinder.core.record import NodeRecord, promised
from peerfinder.core.report import Datadir, NodeFacts, Phase
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.vote import VoteReply, VoteRequest

logger = logging.getLogger(__name__)


class Desk:
    """What this node knows of itself, and the two files it is written to."""

    def __init__(self, name: str, start_id: str, version: str, volume: Volume, run_directory: RunDirectory) -> None:
        """Nothing is known yet: the datadir counts as unreadable until it was looked at."""
        self.lock = threading.RLock()
        self.volume = volume
        self.run_directory = run_directory
        self.boot_id = boot_id()
        self.facts = NodeFacts(
            name,
            Phase.OBSERVING,
            Datadir.UNREADABLE,
            self.boot_id,
            start_id,
            problem="not looked at yet",
            version=version,
        )
        self.record_known = False  # until the volume's record was read, nothing may be written over it
        self._publishing_failed = False

    @property
    def record(self) -> NodeRecord:
        """The node record, an empty one before the volume has any."""
        return self.facts.record or NodeRecord(self.facts.name)

    def change(self, **changes: Any) -> None:
        """Change what is known and publish it."""
        with self.lock:
            self.facts = replace(self.facts, **changes, written_at=boot_seconds())
            try:
                self.run_directory.publish(self.facts)
                self._publishing_failed = False
            except OSError as error:
                if not self._publishing_failed:
                    logger.error("cannot write node.json, so no peer can build on this node: %s", error)
                self._publishing_failed = True

    def beat(self) -> None:
        """Publish that this process lives."""
        self.change()

    def remember(self, record: NodeRecord, **changes: Any) -> None:
        """Make a record durable, then publish it; raises RuntimeError before the volume's own record was read."""
        with self.lock:
            if not self.record_known:
                raise RuntimeError("a record must not be written before the old one was read")
            if record != self.facts.record:
                self.volume.write_record(record)
            self.change(record=record, **changes)

    def gather(self, snapshot: ClusterSnapshot | None = None) -> Facts:
        """The facts to decide by: from cluster.json, or from a snapshot just taken."""
        found = snapshot or self.run_directory.snapshot()
        with self.lock:
            return gather(self.facts, found, boot_seconds(), self.boot_id, self.run_directory.problem)

    def vote(self, request: VoteRequest) -> VoteReply:
        """Answer a candidate; a granted promise is on disk before the answer leaves."""
        with self.lock:
            if not self.record_known:
                return VoteReply(self.facts.name, granted=False, reason=f"{self.facts.name} cannot read its own record")
            try:
                reply = consider(self.gather(), self.record, request)
                if reply.granted:
                    self.remember(promised(self.record, request.ballot))
            except OSError as error:
                reply = VoteReply(self.facts.name, granted=False, reason=f"the promise cannot be written: {error}")
        logger.info("vote ballot=%s granted=%s reason=%s", request.ballot, reply.granted, reply.reason)
        return reply
