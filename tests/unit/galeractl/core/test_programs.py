"""What an order does, given what runs."""

from __future__ import annotations

import pytest

from galeractl.core.programs import Kind, Programs, Step, are_running, classify, steps_to_start


@pytest.mark.parametrize(
    ("agent", "entrypoint", "paused", "others", "word"),
    [
        pytest.param(True, True, False, True, Programs.RUNNING, id="both run"),
        pytest.param(True, False, False, True, Programs.AGENT_ONLY, id="the entrypoint died"),
        pytest.param(False, True, False, True, Programs.ENTRYPOINT_ONLY, id="the agent died"),
        pytest.param(False, False, False, True, Programs.LEFTOVERS, id="a server outlived both"),
        pytest.param(False, False, False, False, Programs.STOPPED, id="nothing runs"),
        pytest.param(True, True, True, True, Programs.PAUSED, id="paused beats running"),
    ],
)
def test_one_word_for_a_node(*, agent: bool, entrypoint: bool, paused: bool, others: bool, word: Programs) -> None:
    assert classify(agent=agent, entrypoint=entrypoint, paused=paused, others=others) is word


def test_only_what_is_missing_is_started_and_agents_come_first() -> None:
    programs = {
        "db-0": Programs.STOPPED,
        "db-1": Programs.RUNNING,
        "db-2": Programs.ENTRYPOINT_ONLY,
        "db-3": Programs.AGENT_ONLY,
        "db-4": Programs.STOPPED,
    }
    assert steps_to_start(("db-0", "db-1", "db-2", "db-3"), programs) == (
        Step("db-0", Kind.AGENT),
        Step("db-2", Kind.AGENT),
        Step("db-0", Kind.ENTRYPOINT),
        Step("db-3", Kind.ENTRYPOINT),
    )


def test_leftovers_count_as_running() -> None:
    programs = {"db-0": Programs.STOPPED, "db-1": Programs.LEFTOVERS, "db-2": Programs.PAUSED}
    assert are_running(("db-0", "db-1", "db-2"), programs) == ("db-1", "db-2")
