"""The clients: threads in a process of their own that write until SIGTERM, and note everything. Acts.

    python -m tests.support.chaos.clients DIRECTORY HISTORY --seed 7 [--multi] [--clients 4]

Without --multi they go where the agents' /primary says, as a proxy would; with it each begins at another node and goes
to the next one whenever it is refused.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pymysql

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.network import SQL_PORT
from galeractl.local.launch import APP_USER
from tests.support.chaos.findings import ACCOUNTS
from tests.support.chaos.history import Operation, Outcome, Workload, completion, invocation
from tests.support.chaos.proxying import Router, Sessions
from tests.support.chaos.transactions import READ_SECONDS, Broken, Session

PAUSE_SECONDS = 0.02  # between two operations of a client: several clusters share two cores
RETRY_SECONDS = 0.05  # between two tries to connect
PER_CLIENT = 10_000_000  # values of one client do not meet those of another
MIX = {Workload.SET: 5, Workload.APPEND: 3, Workload.BANK: 3, Workload.BALANCES: 1, Workload.COUNTER: 2}
ACTIVE_KEYS = 6
OPERATIONS_PER_KEYS = 120  # of a client, before it takes new keys: lists stay short


class History:
    """The file; a line is complete when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        """Append one line."""
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


def plan(workload: Workload, client: int, number: int, rng: random.Random) -> tuple[int, ...]:
    """The arguments of an operation."""
    unique = client * PER_CLIENT + number
    if workload is Workload.SET:
        return (unique,)
    if workload is Workload.APPEND:
        first = number // OPERATIONS_PER_KEYS * ACTIVE_KEYS
        keys = sorted(rng.sample(range(first, first + ACTIVE_KEYS), rng.choice((1, 2))))
        return tuple(part for key in keys for part in (key, unique))
    if workload is Workload.BANK:
        return (unique, *rng.sample(range(ACCOUNTS), 2), rng.randint(1, 5))
    return ()


class Client:
    """One thread."""

    def __init__(
        self, index: int, seed: int, place: Place, router: Router | None, sessions: Sessions, history: History
    ) -> None:
        self.index, self._sessions = index, sessions
        settings = local_dir.read_settings(place)
        self._addresses = {node.name: node.address for node in settings.addresses}
        self._password = local_dir.read_secret(place, "app")
        self._router, self._history = router, history
        self._rng = random.Random(seed * 1000 + index)
        self._turn = itertools.cycle(settings.names[index % len(settings.names) :] + settings.names)
        self._own = next(self._turn)

    def run(self, ended: threading.Event) -> None:
        """Work until the end."""
        numbers, session, node = itertools.count(), None, ""
        while not ended.is_set():
            if session is None:
                node = self._router.writer if self._router else self._own
                session = self._connect(node)
                if session is None:
                    self._own = next(self._turn)
                    ended.wait(RETRY_SECONDS)
                    continue
            if self._router and self._router.writer != node:  # the role has moved: so does a proxy's client
                self._leave(session, node)
                session = None
                continue
            if not self._operate(session, node, next(numbers)):
                self._leave(session, node)
                session = None
                self._own = next(self._turn)
            ended.wait(PAUSE_SECONDS)
        if session is not None:
            self._leave(session, node)

    def _connect(self, node: str) -> Session | None:
        try:
            session = Session(self._addresses[node], SQL_PORT, APP_USER, self._password)
        except (pymysql.MySQLError, OSError):
            return None
        self._sessions.opened(node, session)
        return session

    def _leave(self, session: Session, node: str) -> None:
        self._sessions.closed(node, session)
        session.close()

    def _operate(self, session: Session, node: str, number: int) -> bool:
        """One operation, noted before and behind; whether the connection can be used on."""
        workload = self._rng.choices(list(MIX), list(MIX.values()))[0]
        args = plan(workload, self.index, number, self._rng)
        begun = Operation(f"c{self.index}", number, node, workload, args, time.monotonic())
        self._history.write(invocation(begun))
        outcome, seen, error = Outcome.OK, tuple[int, ...](), ""
        try:
            seen = session.perform(workload, args)
        except Broken as broken:
            outcome, error = broken.outcome, str(broken)
        name, when = begun.client, time.monotonic()
        done = Operation(name, number, node, workload, args, begun.begun, outcome, when, seen, error)
        self._history.write(completion(done))
        return outcome is Outcome.OK


def main(argv: list[str] | None = None) -> int:
    """Run the clients until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.chaos.clients")
    parser.add_argument("directory", type=Path)
    parser.add_argument("history", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--multi", action="store_true")
    options = parser.parse_args(argv)
    place, ended = Place(options.directory), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    addresses = {node.name: node.address for node in local_dir.read_settings(place).addresses}
    router, history = Router(addresses), History(options.history)
    sessions, path = Sessions(addresses), "/secondary?drain" if options.multi else "/primary?drain"
    clients = [
        Client(index, options.seed, place, None if options.multi else router, sessions, history)
        for index in range(options.clients)
    ]
    threads = [threading.Thread(target=client.run, args=(ended,), daemon=True) for client in clients]
    watches = [threading.Thread(target=sessions.watch, args=(node, path, ended), daemon=True) for node in addresses]
    for thread in (threading.Thread(target=router.watch, args=(ended,), daemon=True), *watches, *threads):
        thread.start()
    ended.wait()
    deadline = time.monotonic() + READ_SECONDS + 2
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
