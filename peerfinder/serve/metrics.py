"""Metrics for Prometheus, made from the last snapshot when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import Copying
from peerfinder.core.role import Mode, Preference, Role, WriterView
from peerfinder.serve.published import Published

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def render(published: Published | None, look_seconds: float, now: float) -> str:
    """Give the text of /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(published, look_seconds, now))
    return generate_latest(registry).decode()


class _Snapshot(Collector):
    def __init__(self, published: Published | None, look_seconds: float, now: float) -> None:
        self._published, self._look_seconds, self._now = published, look_seconds, now

    def collect(self) -> Iterator[Metric]:
        """Give the gauges; what is not known is left out rather than reported as zero."""
        if self._published is None:
            return
        snapshot = self._published.snapshot
        yield _gauge("ready", "1 when this node may serve clients.", snapshot.ready)
        yield _gauge("peers_reporting", "Nodes with a fresh report, this one included.", _fresh(self._published))
        if snapshot.expected is not None:
            yield _gauge("peers_expected", "Nodes that the cluster is expected to have.", len(snapshot.expected))
        yield _gauge("memory_fresh", "1 when the cluster memory was read at the last look.", snapshot.memory_fresh)
        yield _gauge("dns_ok", "1 when DNS gave an answer at the last question.", not snapshot.dns)
        yield _gauge("look_duration_seconds", "How long the last look took.", self._look_seconds)
        yield _gauge("snapshot_age_seconds", "Seconds since the last look.", self._published.age(self._now))
        yield from _writer(snapshot.me, snapshot.writer)
        mine = snapshot.own_report
        if mine is None:
            return
        server = mine.server
        yield _gauge("maintenance", "1 when a person has taken the node out of service.", bool(server.maintenance))
        yield _gauge("heartbeat_age_seconds", "Seconds since the entrypoint last reported, at the last look.", mine.age)
        yield _gauge("synced", "1 when the server is in a Primary component and Synced.", server.is_synced)
        yield _gauge("primary", "1 when the server is a member of a Primary component.", server.is_primary)
        if server.sql:
            yield _gauge("cluster_size", "Members of the server's component, arbiters included.", server.cluster_size)
            yield _gauge("last_committed", "Seqno of the last write set the server committed.", server.committed)
            yield _gauge("recv_queue", "Write sets received and not yet applied.", server.recv_queue)
            yield _gauge("read_only", "1 when the server refuses the writes of clients (read_only).", server.read_only)
            yield _gauge("stuck", "1 when the appliers stand still while other nodes go on.", bool(server.stuck))
            why = "1 when the node has left flow control for that, for maintenance, or for a copy of its data."
            yield _gauge("stepped_out", why, server.stepped_out)
        if mine.facts.progress is not None:
            yield from _progress(mine.facts.progress)
        if mine.copying is not None:
            yield from _copy(mine.copying)
        decision = mine.facts.decision
        phase = InfoMetricFamily("galerakit_node", "What the entrypoint is doing.")
        phase.add_metric([], {"node": snapshot.me, "phase": mine.facts.phase.value, "version": mine.facts.version})
        yield phase
        if decision is not None:
            info = InfoMetricFamily("galerakit_decision", "The entrypoint's last decision and the rule that made it.")
            info.add_metric([], {"kind": decision.kind, "rule": str(decision.rule)})
            yield info
            yield _gauge("needs_operator", "1 when the node waits for a person.", decision.needs_operator)


def _progress(progress: Progress) -> Iterator[Metric]:
    if progress.stage in (Stage.SST, Stage.DONOR):
        yield _gauge("transfer_bytes", "Bytes of the state transfer that this node receives or gives.", progress.done)
        if progress.total:
            yield _gauge("transfer_total_bytes", "Bytes of tables that it has to bring.", progress.total)
    yield _gauge("progress_quiet_seconds", "Seconds since the start or state transfer last moved.", progress.quiet)
    yield _gauge("stalled", "1 when a start or a state transfer has stood still for long.", progress.is_stalled)


def _copy(copying: Copying) -> Iterator[Metric]:
    yield _gauge("copy_bytes", "Bytes sent of the copy of its data that this node gives away.", copying.sent)
    if copying.total:
        yield _gauge("copy_total_bytes", "Bytes of the files that are copied.", copying.total)
    yield _gauge("copy_seconds", "Seconds since that copy began.", copying.seconds)


def _writer(me: str, writer: WriterView) -> Iterator[Metric]:
    if writer.role is not Role.NONE:
        single, wish = writer.mode is Mode.SINGLE, _WISHES[writer.preferences.get(me, Preference.NEUTRAL)]
        yield _gauge("single_writer", "1 when one node takes writes, 0 when every ready one does.", single)
        yield _gauge("writer_preference", "1: this node is preferred as the writer; -1: it must not be it.", wish)
        yield _gauge("is_writer", "1 when writes are to go to this node.", writer.role is Role.PRIMARY)
    if writer.epoch:
        yield _gauge("writer_epoch", "How often the writer role was claimed.", writer.epoch)


_WISHES = {Preference.PREFER: 1, Preference.NEUTRAL: 0, Preference.MUST_NOT: -1}


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"galerakit_{name}", text, value=float(value))


def _fresh(published: Published) -> int:
    return sum(report.is_fresh for report in published.snapshot.reports.values())
