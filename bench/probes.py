"""How fast the probes answer: whole processes as the kubelet's exec probe starts them, and requests as its HTTP probe.

Each request opens its own connection, as a kubelet's does.
"""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Mapping

ANSWER_SECONDS = 5.0
OK = 200


def time_process(command: list[str], runs: int, environment: Mapping[str, str] | None = None) -> tuple[float, ...]:
    """Run a command again and again; milliseconds from before the fork until it has ended. It must exit 0."""
    times = []
    for _run in range(runs):
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False, timeout=ANSWER_SECONDS, env=environment)
        times.append(1000 * (time.perf_counter() - begun))
        assert done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr!r}"
    return tuple(times)


def time_requests(host: str, port: int, path: str, rate: float, seconds: float) -> tuple[float, ...]:
    """Ask so many times a second; milliseconds from before the connect until the body was read. Each must say 200.

    A request that is late because the one before it was slow counts from when it was due.
    """
    times, begun = [], time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        early = due - time.perf_counter()
        if early > 0:
            time.sleep(early)
            due = time.perf_counter()  # this program's own late waking is not the answer's
        line = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        line.close()
        now = time.perf_counter()
        times.append(1000 * (now - due))
        assert answer.status == OK, f"{path}: {answer.status}"
    return tuple(times)
