"""`entrypoint plan` as a person reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoint.cli import cli
from entrypoint.core.decision import decide, summarise
from entrypoint.core.facts import Facts
from entrypoint.core.rules import name_of
from entrypoint.run.planning import plan_text
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import DecisionSummary, Phase
from tests.support.examples.absence import WITHOUT_2
from tests.support.examples.decision import EXAMPLES, PLANNED
from tests.support.examples.example import Example
from tests.support.examples.primary import NOT_WHOLE, VOLUME
from tests.support.reports import KNOWN, OURS, facts, running, view

OWN = DecisionSummary("refuse", 1, "the server would not start with this configuration: ...", "correct it")


def said_by(node: Facts, decision: DecisionSummary | None) -> Facts:
    """The same facts of a node that published a decision."""
    mine = node.reports[node.me]
    return replace(node, reports={**node.reports, node.me: replace(mine, facts=replace(mine.facts, decision=decision))})


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_decision_and_what_ends_it_are_the_last_lines(example: Example) -> None:
    number = example.decided_by or example.rule
    wanted = [f"decision         {example.kind.__name__.lower()} (rule {number}, {name_of(number)}): {example.reason}"]
    wanted += [f"what ends it     {example.remedy}"] if example.remedy else []
    seen = said_by(example.facts, None)
    assert plan_text(seen, summarise(decide(seen)), running=False).splitlines()[-len(wanted) :] == wanted


def test_every_node_has_its_line() -> None:
    lines = plan_text(PLANNED.facts, None, running=False).splitlines()
    assert [line.split()[0] for line in lines] == ["expected", "db-0", "db-1", "db-2", "memory"]
    assert lines[3] == "db-2             no report: no answer from its agent at 10.0.0.12: connection refused"


OVERRIDDEN = {
    "a node that is left out is not waited for": "override         --without db-2: fits",
    "a node that is named bootstraps, if no data reach further": (
        "override         --without db-2 --bootstrap db-1: fits"
    ),
    "it is void as soon as a node that was left out answers in any form": (
        "override         --without db-2: void, excluded db-2 answers again"
    ),
}


@pytest.mark.parametrize(("sentence", "line"), OVERRIDDEN.items(), ids=OVERRIDDEN)
def test_an_override_is_shown_and_whether_it_fits(sentence: str, line: str) -> None:
    example = next(one for one in EXAMPLES if one.sentence == sentence)
    assert line in plan_text(example.facts, None, running=False).splitlines()


MEMORIES = {
    "unreadable": (None, False, "memory           unreadable (no such file)"),
    "a copy": (KNOWN, False, f"memory           a copy (no such file): history {OURS}, ballot 1/db-0"),
    "a copy with an override": (
        replace(KNOWN, override=WITHOUT_2), False,
        "override         --without db-2: void, the memory is not fresh"),
    "empty": (ClusterMemory(), True, "memory           fresh: history none, ballot none"),
}  # fmt: skip


@pytest.mark.parametrize(("memory", "fresh", "line"), MEMORIES.values(), ids=MEMORIES)
def test_the_memory_is_shown_and_what_it_is_worth(memory: ClusterMemory | None, fresh: bool, line: str) -> None:
    seen = replace(PLANNED.facts, memory=memory, memory_fresh=fresh, memory_problem="" if fresh else "no such file")
    assert line in plan_text(seen, None, running=False).splitlines()


def test_what_the_node_says_itself_stands_below_where_it_is_something_else() -> None:
    decided = summarise(decide(PLANNED.facts))
    lines = plan_text(said_by(PLANNED.facts, OWN), decided, running=False).splitlines()
    assert lines[-2] == f"the node says    refuse (rule 1, this node itself cannot start): {OWN.reason}"
    assert lines[-1] == "what ends it     correct it"
    assert plan_text(said_by(PLANNED.facts, decided), decided, running=False).count("(rule ") == 1


def test_seconds_that_have_gone_by_are_nothing_else() -> None:
    reason = "waiting for db-2 (its entrypoint has not reported for 9 s; it is expected and not proven irrelevant)"
    now = DecisionSummary("wait", 5, reason, waiting_for=("db-2",))
    then = replace(now, reason=reason.replace("9 s", "8 s"), needs_operator=True)
    assert "the node says" not in plan_text(said_by(PLANNED.facts, then), now, running=False)


def test_while_the_server_runs_the_decision_is_the_one_that_led_to_it() -> None:
    summary = DecisionSummary("join", 2, "a Primary answers (db-1); this node holds no data")
    seen = said_by(facts("db-0", running("db-0", view("db-0", "db-1"))), summary)
    assert seen.mine.phase is Phase.RUNNING
    assert plan_text(seen, summary, running=True).splitlines()[-1] == (
        "runs after       join (rule 2, a Primary answers): a Primary answers (db-1); this node holds no data"
    )


def test_a_rule_of_another_version_has_only_its_number() -> None:
    assert plan_text(PLANNED.facts, DecisionSummary("wait", 99, "why"), running=False).endswith("wait (rule 99): why")


def test_without_a_sidecar_it_is_told_what_is_wrong_with_the_volume(
    tmp_path: Path,
) -> None:
    datadir = tmp_path / "volume" / "data"
    datadir.mkdir(parents=True)
    (datadir / "ibdata1").write_bytes(b"")
    volume, run = str(tmp_path / "volume"), str(tmp_path / "run")
    command = ["plan", "--name", "db-0", "--address", "127.0.0.1", "--cluster-name", "shop", "--volume", volume]
    result = CliRunner().invoke(cli, [*command, "--run-dir", run])
    assert result.exit_code == 0
    assert f"(rule 1, this node itself cannot start): {NOT_WHOLE.replace(VOLUME, volume)}\n" in result.output
