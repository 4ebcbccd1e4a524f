"""Running scripts: the parts of the process contract that do not need the whole program."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peerfinder.dropin.script import Runner
from tests.support.dropin import wait_until

ROOT = Path(__file__).parents[4]
LONG_LIST = tuple(f"db-{n:05}.db.shop.svc.cluster.local" for n in range(6000))  # 210 KB: more than a pipe holds


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("false | true", 0),
        ("kill -9 $$", -9),
        ("no-such-program-here", 127),
        ('test "$MORE" = yes', 0),
    ],
)
def test_the_status_is_that_of_the_shell(script, status):
    assert Runner(lambda _: None).run(script, ("a",), {"MORE": "yes"}) == status


def test_a_list_longer_than_a_pipe_arrives_whole():
    lines = []
    assert Runner(lines.append).run("cat", LONG_LIST, {}) == 0
    assert tuple(lines) == LONG_LIST


def test_a_list_longer_than_a_pipe_that_nobody_reads_is_no_error():
    assert Runner(lambda _: None).run("exit 0", LONG_LIST, {}) == 0


def test_an_unfinished_last_line_is_written_too():
    lines = []
    Runner(lines.append).run("echo one; printf two >&2", ("a",), {})
    assert lines == ["one", "two"]


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_descriptor_is_left_behind():
    runner = Runner(lambda _: None)
    runner.run("true", ("a",), {})
    before = open_descriptors()
    for _ in range(5):
        runner.run("true", ("a",), {})
    wait_until(lambda: open_descriptors() <= before, "all descriptors are closed")


STUBBORN = """
import sys
from peerfinder.dropin.script import Ended, Runner
runner = Runner(lambda line: print(line, flush=True), grace=0.3)
runner.install()
try:
    runner.run("trap '' TERM; echo begun; while :; do sleep 0.1; done", ("a",), {})
except Ended as ended:
    sys.exit(128 + ended.number)
"""


def test_a_script_that_ignores_sigterm_is_killed_after_the_grace_time():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True, env=environment
    ) as program:
        assert program.stdout.readline() == "begun\n"
        began = time.monotonic()
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 143
        assert 0.25 < time.monotonic() - began < 5
