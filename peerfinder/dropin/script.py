"""Running a script of the user, and ending it: the only place of the drop-in that knows processes and signals.

The value of -on-start is a shell fragment, so it runs as `bash -c VALUE` (`sh -c` where there is no bash), in our
directory and environment, in a process group of its own. Peers go to its stdin, one per line, each line ended, then
end of file; a script that does not read them is no error. What it and its children write comes out line by line on
our stderr.

The script is over when the shell is over. Whatever it left in the background may keep the pipe open: a thread goes on
relaying it, nobody waits for it.

SIGTERM and SIGINT while a script runs go to its whole group; when the group has not ended after `GRACE_SECONDS` it is
killed. With no script running they raise `Ended` out of whatever goes on. As process 1 of a container we also inherit
orphans, and reap them. Signals are held back around every step where a process is started or reaped, so that none is
sent to, or taken from, the wrong one.
"""

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

GRACE_SECONDS = 25.0  # below the 30 s that Kubernetes gives a pod by default
GROUP_POLL_SECONDS = 0.05  # how often we look whether an ended script's group is empty
NO_SHELL = 127  # what a shell itself says for a program that is not there
DRAIN_SECONDS = 1.0  # at most this long for the last lines of a script that has ended

_HELD_BACK = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


class Ended(BaseException):
    """SIGTERM or SIGINT came; `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


class Runner:
    """Runs scripts one after the other. Only one per process, in the main thread: it owns the signal handlers."""

    def __init__(self, write_line: Callable[[str], None], grace: float = GRACE_SECONDS) -> None:
        self._write_line = write_line
        self._grace = grace
        self._pid = 0  # of the running shell, which is also its process group; 0 when none runs
        self._ending = 0  # the signal that told us to end
        self._reaps = os.getpid() == 1

    def install(self) -> None:
        """Take over SIGTERM and SIGINT, SIGALRM for the grace time, and as process 1 SIGCHLD."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_end)
        signal.signal(signal.SIGALRM, self._on_grace_over)
        if self._reaps:
            signal.signal(signal.SIGCHLD, lambda *_: self._reap_orphans())

    def run(self, script: str, peers: tuple[str, ...], extra: Mapping[str, str]) -> int:
        """Run one script to its end; gives its exit status, or minus the signal that killed it. Raises Ended."""
        feed_from, feed_to = os.pipe()
        lines_from, lines_to = os.pipe()
        with _signals_held():
            try:
                self._pid = _spawn(script, feed_from, lines_to, extra)
            except OSError as error:
                self._write_line(f"Unable to start a shell: {error}")
                os.close(feed_to)
                os.close(lines_from)
                return NO_SHELL
            finally:
                os.close(feed_from)
                os.close(lines_to)
        drained = _Relay(lines_from, self._write_line)
        threading.Thread(target=_feed, args=(feed_to, "".join(f"{peer}\n" for peer in peers)), daemon=True).start()
        os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)  # signal handlers run in here
        with _signals_held():
            _, status = os.waitpid(self._pid, 0)
            group, self._pid = self._pid, 0
        drained.wait(DRAIN_SECONDS)
        self._reap_orphans()
        if self._ending:
            self._end_group(group)
            raise Ended(self._ending)
        return os.waitstatus_to_exitcode(status)

    def _on_end(self, number: int, _frame: FrameType | None) -> None:
        if not self._pid:
            raise Ended(number)
        if not self._ending:
            self._ending = number
            signal.setitimer(signal.ITIMER_REAL, self._grace)
        _kill_group(self._pid, number)

    def _on_grace_over(self, _number: int, _frame: FrameType | None) -> None:
        if self._pid:
            _kill_group(self._pid, signal.SIGKILL)

    def _end_group(self, group: int) -> None:
        """Wait for what is left of the group of an ended script, then kill it."""
        deadline = time.monotonic() + signal.getitimer(signal.ITIMER_REAL)[0]
        while _is_alive(group) and time.monotonic() < deadline:
            time.sleep(GROUP_POLL_SECONDS)
            self._reap_orphans()
        _kill_group(group, signal.SIGKILL)

    def _reap_orphans(self) -> None:
        """As process 1: take the status of every ended process that is not our script."""
        with contextlib.suppress(ChildProcessError):
            while self._reaps and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
                if ended.si_pid == self._pid:
                    return  # run() is about to take it, and comes here afterwards
                os.waitpid(ended.si_pid, 0)


class _Relay:
    """A thread that passes on whole lines until every writer has gone; `wait` returns when all that is written is
    out.
    """

    def __init__(self, source: int, write_line: Callable[[str], None]) -> None:
        self._source = source
        self._count = 0  # lines so far
        self._write_line = write_line
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Return at the end of file, or once nothing has come for a moment: then the rest is a background process's."""
        deadline = time.monotonic() + seconds
        while self._thread.is_alive() and time.monotonic() < deadline:
            before = self._count
            self._thread.join(GROUP_POLL_SECONDS)
            if self._count == before:
                return

    def _relay(self) -> None:
        with os.fdopen(self._source, "rb") as lines:
            for line in lines:
                self._count += 1
                self._write_line(line.decode("utf-8", "replace").rstrip("\n"))


def _spawn(script: str, stdin: int, output: int, extra: Mapping[str, str]) -> int:
    shell = shutil.which("bash") or shutil.which("sh") or "/bin/sh"
    return os.posix_spawn(
        shell,
        [Path(shell).name, "-c", script],
        {**os.environ, **extra},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ],
        setpgroup=0,
        setsigmask=(),
        setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),  # Python ignores these two; a shell expects them
    )


def _feed(target: int, text: str) -> None:
    """Write the list and close; a script that does not read it breaks the pipe, which is its right."""
    with contextlib.suppress(OSError), os.fdopen(target, "wb", buffering=0) as pipe:
        rest = memoryview(text.encode())
        while rest:
            rest = rest[pipe.write(rest) or 0 :]


def _kill_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _is_alive(group: int) -> bool:
    """Whether a process of the group still runs; one that only waits to be reaped by a careless init does not."""
    for process in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, its_group = process.read_text(errors="replace").rpartition(") ")[2].split()[:3]  # proc(5)
            if int(its_group) == group and state not in "ZX":
                return True
    return False


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
