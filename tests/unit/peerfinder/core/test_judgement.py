"""From what one look brought home to the picture of the cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.bookkeeping import MemoryReading
from peerfinder.core.judgement import Gathered, PeerAnswer, judge
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import NodeReport
from tests.support.sights import HISTORY, NAMES, a_member, a_waiting_node

NOW = 1000.0
ADDRESSES = {name: f"10.0.0.{n}" for n, name in enumerate(NAMES)}
MEMORY = ClusterMemory(HISTORY)


def answered(report: NodeReport | None, *, ago: float = 0.2, problem: str = "") -> PeerAnswer:
    return PeerAnswer("10.0.0.9", problem, NOW - ago, report, NOW - ago)


def gathered(own: NodeReport | None = None, **changes: object) -> Gathered:
    peers = {name: answered(a_member(name)) for name in NAMES[1:]}
    base = Gathered(
        "db-0", NOW, "boot", own or a_member("db-0"), "", peers, ADDRESSES, "", NAMES, MemoryReading(MEMORY, fresh=True)
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_all_well() -> None:
    snapshot = judge(gathered())
    assert tuple(snapshot.reports) == NAMES
    assert snapshot.answering == NAMES[1:]
    assert snapshot.silent == {}
    assert (snapshot.ready, snapshot.ready_reason) == (True, "Primary and Synced")
    assert snapshot.memory_fresh


def test_a_report_is_as_old_as_its_age_and_the_time_since_it_came() -> None:
    peers = {"db-1": answered(replace(a_member("db-1"), age=1.0), ago=1.5)}
    assert judge(gathered(peers=peers)).reports["db-1"].age == 2.5


def test_the_own_report_carries_the_memory() -> None:
    own = judge(gathered()).own_report
    assert own
    assert own.memory == MEMORY


SILENT = {
    "never in DNS": (None, "", "not in DNS"),
    "not in DNS, which is broken": (None, "SERVFAIL", "DNS gives no answer: SERVFAIL"),
    "its agent is dead": (
        PeerAnswer("10.0.0.9", "no answer from its agent at 10.0.0.9: connection refused"),
        "",
        "no answer from its agent at 10.0.0.9: connection refused",
    ),
    "its agent is dead, and it was seen": (
        PeerAnswer("10.0.0.9", "no answer", NOW - 40, a_member("db-1"), NOW - 40),
        "",
        "no answer (last seen running, Synced 40 s ago)",
    ),
    "and at a final position": (
        PeerAnswer("10.0.0.9", "no answer", NOW - 40, a_waiting_node("db-1"), NOW - 40),
        "",
        f"no answer (last seen waiting at {HISTORY}:812 40 s ago)",
    ),
    "its entrypoint is dead": (
        answered(replace(a_waiting_node("db-1", seqno=None), age=11.8)),
        "",
        "its entrypoint has not reported for 12 s (last seen waiting 12 s ago)",
    ),
    "it was not asked yet": (PeerAnswer("10.0.0.9"), "", "no answer yet from its agent at 10.0.0.9"),
}


@pytest.mark.parametrize(("answer", "dns", "sentence"), SILENT.values(), ids=SILENT)
def test_silent_because(answer: PeerAnswer | None, dns: str, sentence: str) -> None:
    peers = {"db-1": answer} if answer else {}
    snapshot = judge(gathered(peers=peers, dns=dns))
    assert snapshot.silent["db-1"] == sentence
    assert "db-1" not in snapshot.reports


@pytest.mark.parametrize(
    ("answer", "answers"),
    [
        pytest.param(answered(None, problem="its agent answers 503"), True, id="an agent without a report answers"),
        pytest.param(answered(replace(a_member("db-1"), age=60.0)), True, id="an agent with an old report answers"),
        pytest.param(answered(a_member("db-1"), ago=3.5, problem="refused"), False, id="one that has gone does not"),
        pytest.param(PeerAnswer("10.0.0.9", "refused"), False, id="one that never did does not"),
    ],
)
def test_who_answers(answer: PeerAnswer, answers: bool) -> None:
    assert (judge(gathered(peers={"db-1": answer})).answering == ("db-1",)) is answers


def test_dns_that_names_nobody_removes_nobody() -> None:
    snapshot = judge(gathered(addresses={}, dns="NXDOMAIN"))
    assert tuple(snapshot.reports) == NAMES
    assert snapshot.dns == "NXDOMAIN"


def test_a_peer_beyond_the_expected_is_in_the_picture() -> None:
    snapshot = judge(gathered(expected=("db-0",)))
    assert "db-2" in snapshot.reports


def test_a_node_without_report_of_its_own_says_why() -> None:
    snapshot = judge(replace(gathered(), own=None, own_problem="node.json is malformed ($.phase)"))
    assert snapshot.own_report is None
    assert snapshot.silent["db-0"] == snapshot.ready_reason == "node.json is malformed ($.phase)"
    assert not snapshot.ready


def test_a_slow_heart_is_shown_and_does_not_take_a_serving_node_from_its_clients() -> None:
    snapshot = judge(gathered(replace(a_member("db-0"), age=8.0)))
    assert snapshot.reports["db-0"].age == 8.0
    assert snapshot.silent["db-0"] == "its entrypoint has not reported for 8 s"
    assert snapshot.ready
