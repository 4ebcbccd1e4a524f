"""What goes wrong beside the drop-in: failing scripts, bad flags, no list in time, a ready file."""

import pytest

from tests.support.dropin import THREE, TWO, wait_until

pytestmark = pytest.mark.integration


def test_a_failing_script_ends_us_with_1_and_its_status(world):
    code, said = world.run("-on-start=echo no luck; exit 7", "-on-change=record change")
    assert code == 1
    assert "\nno luck\n" in said
    assert "exit status 7" in said


def test_a_failing_change_script_ends_us_too(world):
    program = world.start("-on-start=record start", "-on-change=exit 3")
    world.expect_calls(f"start {THREE}")
    world.zone.write(0, 1)
    code, said = world.end(program)
    assert code == 1
    assert "exit status 3" in said


BAD_FLAGS = {
    "unknown flag": (["-bogus=1"], 2, "flag provided but not defined: -bogus"),
    "missing value": (["-service"], 2, "flag needs an argument: -service"),
    "no service": (["-on-start=true"], 1, "Incomplete args"),
    "no script": (["-service=db", "-ns=shop"], 1, "Incomplete args"),
    "no arguments at all": ([], 1, "Incomplete args"),
    "no domain": (["-service=db", "-ns=shop", "-on-start=true", "-resolv-conf=/dev/null"], 1, "no cluster domain"),
    "no namespace": (["-service=db", "-on-start=true", "-resolv-conf=/dev/null"], 1, "no namespace"),
    "unreadable resolv.conf": (["-service=db", "-ns=shop", "-on-start=true", "-resolv-conf=/x/y"], 1, "Unable to read"),
    "help": (["-help"], 0, "-on-start"),
    "help between flags": (["-service=db", "--help"], 0, "Usage of peerfinder"),
}


@pytest.mark.parametrize(("flags", "code", "words"), BAD_FLAGS.values(), ids=BAD_FLAGS)
def test_flags_that_lead_nowhere(world, flags, code, words):
    ended, said = world.end(world.start_bare(*flags))
    assert ended == code
    assert words in said


def test_no_network_waits_until_the_timeout_and_says_why(world):
    world.server.stop()
    code, said = world.run("-on-start=record start", "-timeout=1s")
    assert (code, world.calls) == (3, [])
    assert "No list of peers after 1 s" in said


def test_min_peers_holds_the_first_list_back(world):
    world.zone.write(0)
    assert world.run("-on-start=record start", "-min-peers=2", "-timeout=500ms")[0] == 3
    world.zone.write(0, 1)
    assert world.run("-on-start=record start", "-min-peers=2")[0] == 0
    assert world.calls == [f"start {TWO}"]


def test_the_ready_file_holds_the_list_last_delivered(world):
    ready = world.folder / "ready"
    ready.write_text("left over\n")
    world.zone.write(mode="servfail")
    world.start("-on-change=record change", f"-ready-file={ready}")
    wait_until(lambda: not ready.exists(), "the list of the time before is removed")
    world.zone.write()
    wait_until(ready.exists, "the ready file")
    assert ready.read_text().split() == list(world.zone.hosts(0, 1, 2))


def test_a_ready_file_that_cannot_be_written_ends_us_with_1(world):
    code, said = world.run("-on-change=true", "-ready-file=/nowhere/at/all")
    assert code == 1
    assert "Unable to write /nowhere/at/all" in said
