"""What a snapshot sets in motion: everything that this sidecar tells, and what it does to the clients of its node.

A look (`serve.look`) ends with a snapshot; so does the news that the role has moved. Either goes to all of these, in
this order: first what others read (cluster.json, the HTTP API), then the other agents, then the clients, the labels of
the pod and its events, which take their time beside the looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from peerfinder.adapters import clock, run_directory
from peerfinder.adapters.peer_http import Agents
from peerfinder.core.changes import changes
from peerfinder.core.drain import took_before
from peerfinder.core.events import Event
from peerfinder.core.routing import labels_of_others, pod_labels
from peerfinder.core.settle import Fingerprint, fingerprint
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.serve.announcer import Announcer
from peerfinder.serve.candidate import Won
from peerfinder.serve.chronicle import Chronicle
from peerfinder.serve.drainer import Drainer, OwnClients
from peerfinder.serve.labels import Labels
from peerfinder.serve.notices import Notices
from peerfinder.serve.outside import Outside
from peerfinder.serve.published import Published
from peerfinder.serve.settings import Settings
from peerfinder.serve.troubles import Troubles

log = logging.getLogger("peerfinder")


class Effects:
    """Everybody who goes by the last snapshot, and that snapshot."""

    def __init__(
        self,
        settings: Settings,
        agents: Agents,
        token: Callable[[], str],
        outside: Outside,
        before: ClusterSnapshot | None,
        troubles: Troubles,
    ) -> None:
        """`before`: the last snapshot of a sidecar before this one."""
        self._settings, self._troubles = settings, troubles
        self.notices = Notices(agents, token)
        self._announcer = Announcer(outside.write_event)
        self.drainer = Drainer(
            OwnClients(settings),
            settings.monitor_user,
            settings.drain_seconds,
            took_before(before),
            self.announce,
        )
        self._labels = Labels(outside.pods)
        self.chronicle = Chronicle()
        self.published: Published | None = None
        self.changed_at = 0.0  # when the picture last was another one
        self._fingerprint: Fingerprint | None = None

    @property
    def snapshot(self) -> ClusterSnapshot | None:
        """The last one."""
        return self.published.snapshot if self.published else None

    def follow(self, snapshot: ClusterSnapshot, won: Won | None, now: float) -> None:
        """Give a snapshot to all who go by it; `won` is the last claim of this node that won."""
        self._publish(snapshot)
        self.notices.look(snapshot, won)
        self.drainer.look(snapshot, now)
        self._troubles.say("drain", self.drainer.problem)
        self._labels.look(pod_labels(snapshot), now, labels_of_others(snapshot))
        self._troubles.say("labels", self._labels.problem)
        self._troubles.say("labels of others", self._labels.refused)
        self._announcer.look(snapshot.own_report, now, snapshot.writer)
        self._troubles.say("events", self._announcer.problem)

    def announce(self, event: Event) -> None:
        """Have something told that happened to the node between two looks."""
        self._announcer.tell(event, now=clock.now())

    def _publish(self, snapshot: ClusterSnapshot) -> None:
        last, self.published = self.snapshot, Published(snapshot)
        try:
            run_directory.write_cluster(self._settings.run_dir, self.published.cluster_json)
        except OSError as error:
            self._troubles.say("publish", f"cluster.json cannot be written, the entrypoint sees the old one: {error}")
        else:
            self._troubles.say("publish", "")
        for change in changes(last, snapshot):
            log.info(change.sentence, extra={"facts": change.facts})
        self.chronicle.look(snapshot)
        seen = fingerprint(snapshot)
        if seen != self._fingerprint:
            self._fingerprint, self.changed_at = seen, snapshot.written_at
