"""What of the outside world depends on where the node runs: in a pod or on one machine."""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.serve.announcer import Write
from peerfinder.serve.keeper import MemorySource
from peerfinder.serve.labels import Pods
from peerfinder.serve.scale import Ask


@dataclass(frozen=True)
class Outside:
    """All but the memory is None where there is no API of Kubernetes."""

    memory: MemorySource
    ask_scale: Ask | None = None
    write_event: Write | None = None
    pods: Pods | None = None
