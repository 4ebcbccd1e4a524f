"""What this agent has seen happen: the last lines of the timeline, and who had the writer role, in memory."""

from __future__ import annotations

from collections import deque

from peerfinder.core.chronicle import Scene, between, scene_of
from peerfinder.core.page import Past, Turn
from peerfinder.core.snapshot import ClusterSnapshot

MOST_LINES = 60  # some 120 bytes each: the page fetches them all, every second
MOST_TURNS = 20


class Chronicle:
    """The lines, oldest first; a sidecar that starts anew begins with an empty page of it."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        self.past: deque[Past] = deque(maxlen=MOST_LINES)
        self.turns: deque[Turn] = deque(maxlen=MOST_TURNS)

    def look(self, snapshot: ClusterSnapshot) -> None:
        """Take note of one look."""
        before, scene, at = self._scene, scene_of(snapshot), snapshot.written_at
        self.past.extend(Past(at, line) for line in between(before, scene))
        known = self.turns[-1].epoch if self.turns else 0
        if scene.writer and scene.writer_epoch > known:
            former = before.writer if before else ""
            was_there = scene.writer_epoch > 1 and not (before and before.writer_epoch)
            reason = "found so when this agent came to know; since when is not known here" if was_there else ""
            self.turns.append(Turn(round(at, 1), scene.writer, former, reason, epoch=scene.writer_epoch))
        self._scene = scene
