"""What the drop-in calls, and when: lists that grow, shrink, fail and come in odd forms."""

import pytest

from tests.support.dropin import THREE, TWO

pytestmark = pytest.mark.integration


def test_on_change_alone_gets_the_first_list_too(world):
    world.start("-on-change=record change")
    world.expect_calls(f"change {THREE}")
    world.zone.write(0, 1)
    world.expect_calls(f"change {THREE}", f"change {TWO}")


def test_both_a_peer_leaves_and_comes_back(world):
    world.start("-on-start=record start", "-on-change=record change")
    world.expect_calls(f"start {THREE}")
    world.zone.write(0, 1)
    world.expect_calls(f"start {THREE}", f"change {TWO}")
    world.zone.write(0, 1, 2)
    world.expect_calls(f"start {THREE}", f"change {TWO}", f"change {THREE}")


def test_nothing_is_called_before_we_are_in_the_list(world):
    world.zone.write(1, 2)
    program = world.start("-on-start=record start")
    world.let_polls_pass(3)
    assert world.calls == []
    world.zone.write()
    code, said = world.end(program)
    assert (code, world.calls) == (0, [f"start {THREE}"])
    assert said.count("Have not found myself in list yet") == 1
    assert "My name: db-0.db.shop.svc.cluster.local" in said


def test_our_own_disappearance_alone_is_no_call(world):
    world.start("-on-start=record start", "-on-change=record change")
    world.expect_calls(f"start {THREE}")
    world.zone.write(1, 2)
    world.let_polls_pass(3)
    world.zone.write()
    world.let_polls_pass(2)
    assert world.calls == [f"start {THREE}"]


@pytest.mark.parametrize("mode", ["servfail", "nxdomain", "empty"])
def test_no_answer_then_an_answer(world, mode):
    world.zone.write(mode=mode)
    program = world.start("-on-start=record start")
    world.let_polls_pass(3)
    assert world.calls == []
    world.zone.write()
    assert world.end(program)[0] == 0
    assert world.calls == [f"start {THREE}"]


@pytest.mark.parametrize("mode", ["servfail", "nxdomain", "empty"])
def test_dns_failing_later_is_not_a_change(world, mode):
    world.start("-on-start=record start", "-on-change=record change")
    world.expect_calls(f"start {THREE}")
    world.zone.write(mode=mode)
    world.let_polls_pass(3)
    world.zone.write()
    world.let_polls_pass(2)
    assert world.calls == [f"start {THREE}"]


@pytest.mark.parametrize("mode", ["truncated", "duplicates"])
def test_an_answer_in_an_odd_form_is_the_same_list(world, mode):
    world.zone.write(mode=mode)
    assert world.run("-on-start=record start")[0] == 0
    assert world.calls == [f"start {THREE}"]


def test_the_steady_state_calls_nothing(world):
    world.start("-on-start=record start", "-on-change=record change")
    world.expect_calls(f"start {THREE}")
    world.let_polls_pass(10)
    assert world.calls == [f"start {THREE}"]


def test_forty_pods_sorted_by_bytes_each_line_ended(world):
    world.zone.write(*range(40))
    assert world.run('-on-start=cat > "$FOLDER/list"')[0] == 0
    assert (world.folder / "list").read_text() == "".join(f"{host}\n" for host in world.zone.hosts(*range(40)))
