"""The writer role in the words that travel: the row of the cluster's state, and what one node makes of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Mode(enum.StrEnum):
    """How many nodes are written to."""

    SINGLE = "single"  # one, by the row
    MULTI = "multi"  # every ready one


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
