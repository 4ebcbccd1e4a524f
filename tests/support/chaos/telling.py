"""What a run says: its line, a failure in full, the totals. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.support.chaos.faults import Fault, How, Schedule, What
from tests.support.chaos.findings import Findings, Violation


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the cluster came back from one fault; in seconds since its victims were told to come back."""

    number: int  # of the fault
    whole: float  # until every node was Synced
    first_primary: float | None = None  # where no node had been left in one
    persons: int = 0  # remedies that were typed


STALLS = frozenset({What.KILL, What.KILL_SERVER, What.PAUSE, What.PARTITION})


@dataclass(frozen=True, slots=True)
class Span:
    """One fault that ended before the next one: moments of the monotonic clock, and the longest gap of writes in it."""

    fault: Fault
    victims: int
    struck: float
    told: float  # when its victims were told to come back, or the network was mended
    whole: float  # when every node was Synced again
    restarted: bool = False  # a server is another process than before
    gap: float = 0.0

    @property
    def is_single_stall(self) -> bool:
        """Whether one node fell silent, once, and nothing else happened."""
        return self.fault.what in STALLS and self.fault.how is How.AT_ONCE and self.victims == 1

    @property
    def is_healed_partition(self) -> bool:
        """Whether only the network was broken."""
        return self.fault.what is What.PARTITION and self.fault.how is not How.REPEATED


@dataclass(frozen=True, slots=True)
class Result:
    """One run."""

    schedule: Schedule
    findings: Findings
    recoveries: tuple[Recovery, ...] = ()
    seconds: float = 0.0
    gap: float = 0.0  # the longest time without an acknowledged write
    timeline: tuple[str, ...] = ()
    last_words: str = ""
    kept: str = ""  # where its files are
    options: tuple[str, ...] = field(default=())
    spans: tuple[Span, ...] = ()

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What must not be."""
        return self.findings.violations


def line(result: Result) -> str:
    """The summary line of a run."""
    found = result.findings
    whole = ", ".join(f"{one.whole:.1f}" for one in result.recoveries) or "-"
    persons = sum(one.persons for one in result.recoveries)
    faults = "; ".join(
        f"{fault.what} {fault.whom} {fault.how}{f' ({fault.detail})' if fault.detail else ''}"
        for fault in result.schedule.faults
    )
    verdict = f"{len(found.violations)} VIOLATIONS" if found.violations else "ok"
    parts = [
        f"seed {result.schedule.seed}: {verdict}; {found.acknowledged} acknowledged, {found.unknown} unknown",
        f"whole after {whole} s",
        f"longest gap {result.gap:.1f} s",
        *([f"{found.excused} given up"] if found.excused else []),
        *([f"{persons} remedies"] if persons else []),
        f"{result.schedule.nodes} nodes, {'multi-writer' if result.schedule.multi else 'writer'}: {faults}",
        f"took {result.seconds:.0f} s",
    ]
    return "; ".join(parts)


def failure(result: Result) -> str:
    """Everything that is needed to understand a violation, and to see it again."""
    options = "".join(f" OPTIONS={option}" for option in result.options)
    again = f"make chaos RUNS=1 SEED={result.schedule.seed}{options}"
    return "\n".join([
        f"=== seed {result.schedule.seed} violates:",
        *(f"  {violation}" for violation in result.violations),
        "--- schedule", str(result.schedule),
        "--- timeline", *(f"  {entry}" for entry in result.timeline),
        "--- last words of the nodes", result.last_words,
        f"--- history, records and logs: {result.kept}",
        f"--- again: {again}",
    ])  # fmt: skip


def totals(results: Sequence[Result]) -> str:
    """The last lines."""
    bad = Counter(str(violation.kind) for result in results for violation in result.violations)
    recoveries = [one for result in results for one in result.recoveries]
    whole = [one.whole for one in recoveries]
    first = [one.first_primary for one in recoveries if one.first_primary is not None]
    acknowledged = sum(result.findings.acknowledged for result in results)
    unknown = sum(result.findings.unknown for result in results)
    excused = sum(result.findings.excused for result in results)
    spans = [span for result in results for span in result.spans]
    healed = [span for span in spans if span.is_healed_partition]
    restarted = f"{sum(span.restarted for span in healed)} of {len(healed)} with a server restarted"
    failed = [result.schedule.seed for result in results if result.violations]
    faults = Counter(str(fault.what) for result in results for fault in result.schedule.faults)
    return "\n".join([
        f"{len(results)} runs, {sum(faults.values())} faults: "
        + ", ".join(f"{count} {what}" for what, count in faults.most_common()),
        f"{acknowledged} writes acknowledged, {unknown} unknown, {excused} given up (a lost volume, a person's word)",
        f"all Synced after: {spread(whole)}; first Primary after a full crash: {spread(first)}",
        "longest gap of writes where one node was killed, paused or cut off: "
        + spread([span.gap for span in spans if span.is_single_stall]),
        f"healed partitions, all Synced after: {spread([span.whole - span.told for span in healed])}; {restarted}",
        f"remedies typed: {sum(one.persons for one in recoveries)}",
        "violations: " + (", ".join(f"{count} {kind}" for kind, count in bad.most_common()) or "none"),
        *([f"seeds that failed: {', '.join(map(str, failed))}"] if failed else []),
    ])  # fmt: skip


def spread(seconds: Sequence[float]) -> str:
    """Median, 99th percentile and worst."""
    if not seconds:
        return "-"
    ordered = sorted(seconds)
    middle, high = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"median {middle:.1f} s, p99 {high:.1f} s, worst {ordered[-1]:.1f} s of {len(ordered)}"
