"""Does a server that starts, or a state transfer, still get on? Judged by what moves, never by the time it takes.

From one look to the next the counters of its processes are compared: bytes read and written, CPU time, write sets.
Any movement starts the time anew. What counts differs, because each stage has its own noise:

    SST       bytes of the programs that receive, unpack and prepare. The shells around them poll ten times a second
              and never count; nor does the server, which goes on receiving write sets while nothing is transferred.
    donor     bytes that went into the network. mariadb-backup itself polls and writes its log when the joiner is gone.
    IST       write sets, and CPU: one write set may take an hour to apply.
    startup   CPU, and bytes beyond what an idle server's timers read and write.

A donor that is needed elsewhere is waited for without end, as long as everybody says so. A look that came late, because
this process was paused or the machine slept, says nothing about the time before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.facts import Facts
from peerfinder.core.progress import Progress, Stage, complain
from peerfinder.core.wsrep import ServerFacts, WsrepState

DONOR_PAUSE_SECONDS = 10.0
"""wsrep_sst_mariabackup of the donor sleeps so long between its first word and the data."""

FIRST_WORD_BYTES = 1 << 16
"""What the first word of a donor cannot be longer than: two small files in a stream."""

STARTUP_BYTES = 1 << 20
"""Above what the timers of an idle server read and write in an hour, below a second's work of the slowest disk."""

BUSY_SHARE = 0.05  # of a CPU; an idle server with its provider needs less than a hundredth (measured)
BUSY_SECONDS = 0.5  # of CPU time at least, so that a single burst does not count

LATE_SECONDS = 5.0
"""Between two looks of which one a second is due; more means that nobody looked."""

GROWN_UP_SECONDS = 1.0
"""The `ps` and `sleep` of a waiting script live shorter."""

_SHELLS = ("bash", "sh", "dash", "wsrep_sst_", "sleep", "timeout")
_UNPACKERS = frozenset({"mbstream", "xbstream", "tar", "rsync"})
_STREAMERS = frozenset({"socat", "nc", "ncat", "netcat", "nc.traditional", "nc.openbsd", "rsync"})


@dataclass(frozen=True, slots=True)
class Activity:
    """The counters of one process; where its bytes may not be read, nothing is known of it."""

    pid: int
    command: str  # its short name
    age: float = 0.0  # seconds
    cpu: float = 0.0  # seconds, user and system
    read: int = 0  # bytes by system calls, and from storage
    written: int = 0  # bytes by system calls
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """A running script of a state transfer, and all processes below it."""

    pid: int
    role: str  # 'joiner' | 'donor'
    peer: str = ""  # of a donor: the joiner's address
    members: tuple[Activity, ...] = ()

    @property
    def programs(self) -> tuple[Activity, ...]:
        """What does the work: all but the shells, and what these start to look around."""
        return tuple(one for one in self.members if one.age >= GROWN_UP_SECONDS and not one.command.startswith(_SHELLS))


@dataclass(frozen=True, slots=True)
class Stalled:
    """The server must be ended, because what it waits for does not come."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What one look found; `moved` is a counter of which a change by `step` is progress."""

    at: float  # seconds of a clock that does not jump
    stage: Stage
    moved: int = 0
    step: int = 1
    cpu: float | None = None  # None: does not count
    done: int = 0
    total: int = 0
    peer: str = ""
    waits: bool = False  # nothing is due before the data have begun to come
    source: int = 0  # the process that is looked at; another one starts from the beginning


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of one stage so far; `mark` is the last sample at which something had moved."""

    mark: Sample
    last: Sample
    done: int = 0
    total: int = 0

    @property
    def quiet(self) -> float:
        """Seconds since something moved."""
        return self.last.at - self.mark.at

    @property
    def has_begun(self) -> bool:
        """Whether more than the donor's first word has come, or gone."""
        return self.done >= FIRST_WORD_BYTES


def take(
    at: float, status: ServerFacts | None, server: Activity, script: Script | None, committed: int, *, awaits: bool
) -> Sample | None:
    """Make a sample of a server that is not Synced, or is a donor; None where there is nothing to follow.

    `status` is what its status file says, `committed` its seqno, as far as SQL tells it; see `awaits_donor`.
    """
    state = status.state if status else WsrepState.UNKNOWN
    if not all(one.is_counted for one in (script.programs if script else (server,))):
        return None
    if script is not None and script.role == "donor":
        return _sending(at, script)
    if script is not None:
        return _receiving(at, script, awaits=awaits)
    if state in (WsrepState.SYNCED, WsrepState.DONOR, WsrepState.CONNECTED):
        return None  # CONNECTED: waits for a Primary, and Galera itself gives that up
    if status and (state is WsrepState.JOINED or (state is WsrepState.JOINING and "IST" in status.comment)):
        moved = status.progress_done + max(0, committed)
        done, total = max(0, status.progress_done), max(0, status.progress_total)
        return Sample(at, Stage.IST, moved, cpu=server.cpu, done=done, total=total, source=server.pid)
    return Sample(at, Stage.STARTUP, server.read + server.written, STARTUP_BYTES, cpu=server.cpu, source=server.pid)


def _receiving(at: float, script: Script, *, awaits: bool) -> Sample:
    movers = script.programs
    moved, cpu = sum(one.read + one.written for one in movers), sum(one.cpu for one in movers)
    done = sum(one.written for one in movers if one.command in _UNPACKERS)
    return Sample(at, Stage.SST, moved, cpu=cpu, done=done, waits=awaits, source=script.pid)


def _sending(at: float, script: Script) -> Sample:
    streamers = [one for one in script.members if one.command in _STREAMERS]
    sent = sum(one.written for one in streamers)  # none: between its words the script sleeps, or ends
    return Sample(at, Stage.DONOR, sent, done=sent, peer=script.peer, waits=not streamers, source=script.pid)


def follow(before: Pace | None, sample: Sample) -> Pace:
    """Put a new sample to what was known."""
    if before is None or (before.last.stage, before.last.source) != (sample.stage, sample.source):
        return Pace(sample, sample, sample.done, sample.total)
    mark = sample if _has_moved(before, sample) else before.mark
    return Pace(mark, sample, max(before.done, sample.done), sample.total or before.total)


def _has_moved(before: Pace, sample: Sample) -> bool:
    mark = before.mark
    if sample.waits and (sample.stage is Stage.DONOR or not before.has_begun):
        return True
    if sample.at - before.last.at > LATE_SECONDS:
        return True
    if abs(sample.moved - mark.moved) >= sample.step:  # less: a process with its counters has ended, as it should
        return True
    used = sample.cpu - mark.cpu if sample.cpu is not None and mark.cpu is not None else 0.0
    return used >= max(BUSY_SECONDS, BUSY_SHARE * (sample.at - mark.at))


def progress_of(pace: Pace, limit: float, total: int = 0) -> Progress:
    """Say how far it is; `limit`: seconds of standstill that are given, 0 for any; `total`: if known otherwise."""
    stage = pace.last.stage
    if stage in (Stage.SST, Stage.DONOR) and not pace.has_begun:
        limit += DONOR_PAUSE_SECONDS if limit > 0 else 0
        stage = Stage.WAITING if stage is Stage.SST and pace.last.waits else stage
    return Progress(stage, pace.done, pace.total or total, pace.quiet, limit, pace.last.peer)


def why_ended(progress: Progress) -> str:
    """Say why what stands still is ended now; '' while it is not."""
    return complain(progress) if 0 < progress.limit <= progress.quiet else ""


def awaits_donor(facts: Facts, address: str) -> bool:
    """Whether everybody says that no donor sends to this node: then it is right that nothing comes."""
    if facts.expected is None or facts.expected - frozenset(facts.reports):
        return False
    return not any(_sends_to(address, report.facts.progress) for report in facts.others)


def size_of_state(facts: Facts, address: str) -> int:
    """How many bytes the donor has to send to this node, 0 where it does not say."""
    told = (report.facts.progress for report in facts.others)
    return next((one.total for one in told if one is not None and _sends_to(address, one)), 0)


def _sends_to(address: str, progress: Progress | None) -> bool:
    return progress is not None and progress.stage is Stage.DONOR and progress.peer == address
