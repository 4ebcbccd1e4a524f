"""The processes of the drop-in: signals, groups, pipes and output."""

import os
import signal
import time

import pytest

from tests.support.dropin import THREE, is_running, wait_until

pytestmark = pytest.mark.integration


def test_sigterm_during_a_script_ends_its_whole_group(world):
    program = world.start('-on-start=sleep 300 & echo $! > "$FOLDER/pid"; echo begun; wait', "-on-change=true")
    wait_until(lambda: (world.folder / "pid").exists() and (world.folder / "pid").read_text() != "", "the script began")
    child = int((world.folder / "pid").read_text())
    assert is_running(child)
    assert world.end(program, signal.SIGTERM)[0] == 143
    assert not is_running(child)


def test_a_script_may_finish_its_work_on_sigterm(world):
    fragment = "trap 'record ended; exit 0' TERM; record begun; while :; do sleep 0.05; done"
    program = world.start(f"-on-start={fragment}")
    world.expect_calls(f"begun {THREE}")
    assert world.end(program, signal.SIGTERM)[0] == 143
    assert world.calls == [f"begun {THREE}", "ended "]


@pytest.mark.parametrize("mode", ["ok", "silent"], ids=["between two polls", "during a lookup"])
def test_sigterm_without_a_script_ends_at_once(world, mode):
    world.zone.write(1, mode=mode)
    program = world.start("-on-start=true", poll="60s")
    wait_until(lambda: world.server.queries > 0, "the first lookup")
    began = time.monotonic()
    assert world.end(program, signal.SIGTERM)[0] == 143
    assert time.monotonic() - began < 1


def test_sigint_ends_with_130(world):
    world.zone.write(1)
    program = world.start("-on-start=true")
    wait_until(lambda: world.server.queries > 0, "the first lookup")
    assert world.end(program, signal.SIGINT)[0] == 130


def test_a_script_that_closes_its_stdin_is_no_error(world):
    world.zone.write(*range(40))
    assert world.run("-on-start=exec <&-; exit 0")[0] == 0


def test_a_background_process_that_keeps_the_pipe_does_not_hold_us(world):
    began = time.monotonic()
    code, said = world.run('-on-start=sleep 300 & echo $! > "$FOLDER/pid"; echo begun')
    assert time.monotonic() - began < 5
    assert code == 0
    assert "\nbegun\n" in said
    child = int((world.folder / "pid").read_text())
    assert is_running(child)
    os.kill(child, signal.SIGKILL)


def test_the_output_of_a_script_comes_while_it_runs_line_by_line(world):
    program = world.start(
        '-on-start=printf "one "; echo two >&2; until test -e "$FOLDER/go"; do sleep 0.05; done; printf end'
    )
    line = ""
    while not line.startswith("one"):
        line = program.stderr.readline()
    assert line == "one two\n"
    (world.folder / "go").touch()
    code, said = world.end(program)
    assert code == 0
    assert said.startswith("end\n")
