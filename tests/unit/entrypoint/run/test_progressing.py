"""What stands still is said and ended; a donor's server is not."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.volume import Volume
from entrypoint.run.desk import Desk
from entrypoint.run.progressing import Follower, wait_for_recovery
from entrypoint.run.waiting import Waiting
from peerfinder.core.progress import Progress, Stage
from tests.support.transfer_script import TransferScript, appeared

LIMIT = 4.0  # seconds; a busy machine leaves a process without a tick for one or two


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    volume = Volume(tmp_path)
    volume.make_datadir()
    (volume.datadir / "ibdata1").write_bytes(bytes(5000))
    return Desk("db-1", "start", "10.11.19-MariaDB", volume, RunDirectory(tmp_path))


@pytest.fixture
def script(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TransferScript]:
    """A transfer below a server: the shell stands for that."""
    made = TransferScript(tmp_path, str(request.param), "10.0.0.3:4444/xtrabackup_sst//1")
    yield made
    made.end()


def say(desk: Desk, state: str, comment: str) -> None:
    """Write what the server says of itself."""
    status = {"status": {"state": state, "comment": comment, "progress": {"done": -1, "total": -1}}}
    desk.run_directory.status_file.write_text(json.dumps(status))


def watched(follower: Follower, seconds: float) -> str:
    """Look for some seconds; gives why the server is to be ended, and ends then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if reason := follower.look():
            return reason
        time.sleep(0.1)
    return ""


def progress(desk: Desk) -> Progress:
    found = desk.facts.progress
    assert found is not None
    return found


@pytest.mark.parametrize("script", ["joiner"], indirect=True)
def test_a_joiner_that_stands_still_is_said_half_way_and_to_be_ended_at_the_limit(
    desk: Desk, script: TransferScript, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    say(desk, "JOINING", "Receiving SST")
    follower = Follower(desk, script.process.pid, "10.0.0.3", LIMIT)
    assert not watched(follower, LIMIT + 2)
    assert (progress(desk).stage, progress(desk).quiet) == (Stage.SST, 0)
    assert progress(desk).done > 1 << 20
    script.stop(script.family[2:])
    reason = watched(follower, LIMIT + 4)
    assert reason.startswith("nothing of the state transfer has come or been prepared for")
    assert progress(desk).is_stalled
    assert [record.levelname for record in caplog.records if "stalled stage=sst" in record.message] == ["WARNING"]
    say(desk, "SYNCED", "Operational")
    watched(follower, 1.5)
    assert desk.facts.progress is None


@pytest.mark.parametrize("script", ["donor"], indirect=True)
def test_of_a_donor_only_the_programs_are_ended(desk: Desk, script: TransferScript):
    say(desk, "DONOR", "Donating SST")
    follower = Follower(desk, script.process.pid, "10.0.0.1", LIMIT)
    assert not watched(follower, LIMIT + 2)
    assert (progress(desk).peer, progress(desk).total) == ("10.0.0.3", 5000)
    assert appeared(lambda: len(script.family) == 3)
    program = script.family[2]
    script.stop((program,))
    assert not watched(follower, LIMIT + 3)
    assert appeared(lambda: not Path(f"/proc/{program}").exists())
    assert appeared(lambda: script.process.poll() == 0)  # the shells have seen it, and ended by themselves


BUSY = "import time; end = time.monotonic() + 9\nwhile time.monotonic() < end: pass"


@pytest.mark.parametrize(
    ("command", "status"),
    [(["sleep", "60"], -signal.SIGKILL), ([sys.executable, "-c", BUSY], 0)],
    ids=["that stands still is ended", "that gets on is waited for beyond the limit"],
)
def test_a_recovery(desk: Desk, command: list[str], status: int):
    process = subprocess.Popen(command, text=True, start_new_session=True)
    assert wait_for_recovery(desk, Waiting(), LIMIT, process) == status
    assert desk.facts.progress is None


def test_a_server_that_was_synced_once_is_never_ended(desk: Desk):
    process = subprocess.Popen(["sleep", "60"])
    follower = Follower(desk, process.pid, "10.0.0.1", LIMIT)
    for state in ("SYNCED", "JOINED"):
        say(desk, state, "")
        assert not watched(follower, LIMIT + 1)
    assert (progress(desk).stage, progress(desk).is_stalled) == (Stage.IST, False)
    process.kill()
    process.wait()


@pytest.mark.parametrize("script", ["joiner"], indirect=True)
def test_without_a_limit_nothing_is_ended(desk: Desk, script: TransferScript):
    say(desk, "JOINING", "Receiving SST")
    follower = Follower(desk, script.process.pid, "10.0.0.1", 0)
    watched(follower, 1.5)
    script.stop(script.family[2:])
    assert not watched(follower, LIMIT + 1)
    assert not progress(desk).is_stalled
    assert script.process.poll() is None
