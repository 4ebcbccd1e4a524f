"""A simulated group that replicates the rows of one table, to be compared while clients write.

One history of write sets; each node applies it in order, as far as it has come. Clients write on one node (the writer)
or on all; a commit of theirs comes after everything that was ordered before. Before and after each question some more
happens at random. A lock on a node delays its clients, and an applier that meets it breaks it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from galeractl.core.rows import Chunk, Hashes, Sum, Values
from galeractl.core.sql import ABORTED, SqlError

Content = int | None  # of a row; None: it is not there


@dataclass
class Node:
    """One node: how far it has come, what it holds, and what is locked there (None: all of it)."""

    rows: dict[int, int]
    applied: int = 0
    locks: set[int] | None = field(default_factory=set)
    is_broken: bool = False  # its lock was

    def holds(self, key: int) -> bool:
        """Whether a row is locked here."""
        return self.locks is None or key in self.locks


class Group:
    """The nodes and their history; `writers` are the nodes on which clients write, `hot` the rows they write."""

    def __init__(self, seed: int, keys: int, hot: Iterable[int], writers: tuple[str, ...] = ("db-0",)) -> None:
        self.random = random.Random(seed)
        self.names = ("db-0", "db-1", "db-2")
        self.nodes = {name: Node(dict.fromkeys(range(keys), 0)) for name in self.names}
        self.history: list[tuple[int, Content]] = []
        self.hot, self.writers = tuple(hot), writers
        self._one_at_a_time = threading.Lock()

    def rows(self, *, catches_up: bool = True) -> dict[str, Reader]:
        """What is asked of each node; `catches_up`: whether the reference waits at the end of a proof, as it should."""
        return {name: Reader(self, node, catches_up=catches_up) for name, node in self.nodes.items()}

    def odd(self, name: str, key: int, content: Content) -> None:
        """Change a row on one node alone."""
        self._put(self.nodes[name], key, content)

    def happen(self) -> None:
        """Let some writes be committed, and some be applied."""
        for _thing in range(self.random.randrange(4)):
            if self.hot and self.random.random() < 0.6:
                self._write(self.random.choice(self.writers), self.random.choice(self.hot))
            else:
                node = self.nodes[self.random.choice(self.names)]
                self.catch_up(node, min(len(self.history), node.applied + self.random.randrange(1, 3)))

    def catch_up(self, node: Node, upto: int | None = None) -> None:
        """Apply what was ordered, or so much of it."""
        for key, content in self.history[node.applied : len(self.history) if upto is None else upto]:
            if node.holds(key):
                node.is_broken, node.locks = True, set()
            self._put(node, key, content)
            node.applied += 1

    def _write(self, name: str, key: int) -> None:
        node = self.nodes[name]
        if node.holds(key):
            return  # the client waits
        self.catch_up(node)
        self.history.append((key, self.random.choice((None, 0, 1))))  # forth and back, there and gone
        self.catch_up(node)

    @staticmethod
    def _put(node: Node, key: int, content: Content) -> None:
        if content is None:
            node.rows.pop(key, None)
        else:
            node.rows[key] = content


class Reader:
    """The rows of one node, as `galeractl.operator.proving` asks for them."""

    def __init__(self, group: Group, node: Node, *, catches_up: bool) -> None:
        self._group, self._node, self._catches_up = group, node, catches_up

    def checksum(self, chunk: Chunk, *, locked: bool = False) -> Sum:
        """Read all as one value."""
        found = self._read(None, locked=locked)
        return Sum(len(found), hash(tuple(sorted(found.items()))), sum(found.values()))

    def hashes(self, chunk: Chunk, most: int) -> Hashes:
        """Read all, one by one."""
        return {(key,): content for key, content in self._read(None, locked=False).items()}

    def these(self, keys: Iterable[Values], *, locked: bool = False) -> Hashes:
        """Read some rows."""
        found = self._read({int(str(key[0])) for key in keys}, locked=locked)
        return {(key,): content for key, content in found.items()}

    def lock(self) -> None:
        """Begin."""
        self._node.is_broken = False

    def unlock(self) -> None:
        """End."""
        self._node.locks, self._node.is_broken = set(), False

    def catch_up(self) -> None:
        """Wait for what was ordered."""
        with self._group._one_at_a_time:
            self._group.happen()
            if self._catches_up:
                self._group.catch_up(self._node)

    def _read(self, keys: set[int] | None, *, locked: bool) -> dict[int, int]:
        with self._group._one_at_a_time:
            self._group.happen()
            if locked:
                if self._node.is_broken:
                    raise SqlError("Deadlock found when trying to get lock", ABORTED[0])
                self._node.locks = None if keys is None else {*keys}
            else:
                self._group.catch_up(self._node)
            found = {key: one for key, one in self._node.rows.items() if keys is None or key in keys}
            self._group.happen()
            return found
