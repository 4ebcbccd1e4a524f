"""What a proxy is told at /primary and /secondary, when it asks for more than yes or no.

`?node=NAME.NAMESPACE` asks for one node: another one answers 404. An address that has passed to another pod, or to
another cluster, is so never taken for the node that had it.

`?drain` tells two refusals apart, in the words of HAProxy (`http-check disable-on-404`):

    404   send nobody new; those who are connected go on
    503   nobody can be here: end their connections

A proxy obeys the first 404 at once, but several 503 in a row only, as it cannot tell them from an agent that does not
answer, and an agent that is away for a second must cost no connection. So each 503 begins as a 404, for
NOTICE_SECONDS: nobody new is sent from the first word on.
"""

from __future__ import annotations

from peerfinder.core.health import Answer
from peerfinder.core.routing import keeps_clients
from peerfinder.serve.published import STALE_SECONDS, Published
from peerfinder.serve.settings import Settings

PATHS = ("primary", "secondary")

NOTICE_SECONDS = 1.0
"""Four questions of a proxy that asks as often as the chart's does."""


class Proxies:
    """What proxies were told last; all of them share it."""

    def __init__(self) -> None:
        self._kept_at: float | None = None

    def status(self, which: str, answer: Answer, published: Published | None, now: float) -> int:
        """Give the status code of an answer to a question with ?drain; `which`: one of PATHS."""
        snapshot = published.snapshot if published is not None and published.age(now) <= STALE_SECONDS else None
        if answer.ok or (snapshot is not None and keeps_clients(snapshot, writers=which == PATHS[0])):
            self._kept_at = now
            return 200 if answer.ok else 404
        return 404 if self._kept_at is not None and now - self._kept_at < NOTICE_SECONDS else 503


def full_name(settings: Settings) -> str:
    """Name a node as proxies do: no other node that they can reach is called so."""
    return f"{settings.name}.{settings.namespace}"
