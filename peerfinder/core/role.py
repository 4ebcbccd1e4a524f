"""The writer role in the words that travel: the row of the cluster's state, and what one node makes of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Mode(enum.StrEnum):
    """How many nodes are written to."""

    SINGLE = "single"  # one, by the row
    MULTI = "multi"  # every ready one


class Preference(enum.StrEnum):
    """What a person wants of one node when the role has to move."""

    PREFER = "prefer"  # it comes before the others
    NEUTRAL = "neutral"
    MUST_NOT = "must-not"  # it takes the role only where no other node can


class Role(enum.StrEnum):
    """What clients may use a node for, once it is ready."""

    NONE = ""  # it is in no Primary component, or the cluster has no writer role
    PRIMARY = "primary"  # writes
    SECONDARY = "secondary"  # reads


@dataclass(frozen=True, slots=True)
class WriterRow:
    """The row of galerakit.writer as it was read; nobody holds the role while the table is empty (epoch 0)."""

    node: str = ""
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class WriterView:
    """The role as one node sees it."""

    mode: Mode = Mode.SINGLE
    node: str = ""  # the writer; '' where there is none, or it is not known
    epoch: int = 0  # how often the role was claimed
    role: Role = Role.NONE  # of the node itself
    reason: str = ""  # why the role is where it is
    preferences: dict[str, Preference] = field(default_factory=dict)  # of nodes that are not neutral
