"""How old the entrypoint's word is, and what a server's two voices say together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.heartbeat import age_of, aged, server_facts
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.wsrep import ServerFacts, WsrepState

FACTS = NodeFacts("db-0", Phase.RUNNING, Datadir.PRESENT, boot_id="boot", start_id="1", written_at=100.0)
BY_FILE = ServerFacts(state=WsrepState.JOINING, comment="Receiving IST", progress_done=3, progress_total=9)
BY_SQL = ServerFacts(sql=True, state=WsrepState.SYNCED, cluster_status="Primary", ready=True, committed=7)


@pytest.mark.parametrize(
    ("now", "boot", "age"),
    [
        pytest.param(100.5, "boot", 0.5, id="half a second old"),
        pytest.param(112.0, "boot", 12.0, id="a stopped heart is reported with its age"),
        pytest.param(99.5, "boot", 0.0, id="a moment in the future is now"),
    ],
)
def test_age(now: float, boot: str, age: float) -> None:
    assert age_of(FACTS, now, boot) == age


@pytest.mark.parametrize(
    ("now", "boot", "sentence"),
    [
        pytest.param(100.5, "another", "before this machine booted", id="another boot"),
        pytest.param(50.0, "boot", "50 s in the future", id="another clock"),
    ],
)
def test_no_report(now: float, boot: str, sentence: str) -> None:
    assert sentence in str(age_of(FACTS, now, boot))


def merged(by_file: ServerFacts | None, by_sql: ServerFacts | None, **changes: object) -> ServerFacts:
    return server_facts(replace(FACTS, **changes), float(0), by_file, by_sql)  # type: ignore[arg-type]


MERGED = {
    "before SQL opens the file is the only word": (
        BY_FILE,
        ServerFacts(error="no SQL yet"),
        replace(BY_FILE, error="no SQL yet"),
    ),
    "SQL knows better, the file adds comment and progress": (
        BY_FILE,
        BY_SQL,
        replace(BY_SQL, comment="Receiving IST", progress_done=3, progress_total=9),
    ),
    "SQL without a file": (None, BY_SQL, BY_SQL),
    "nothing at all": (None, None, ServerFacts()),
}


@pytest.mark.parametrize(("by_file", "by_sql", "expected"), MERGED.values(), ids=MERGED)
def test_two_voices(by_file: ServerFacts | None, by_sql: ServerFacts | None, expected: ServerFacts) -> None:
    assert merged(by_file, by_sql) == expected


def test_the_file_of_a_server_that_nobody_vouches_for_is_not_believed() -> None:
    assert server_facts(FACTS, 12.0, replace(BY_FILE, state=WsrepState.SYNCED), None) == ServerFacts()


@pytest.mark.parametrize("phase", [Phase.OBSERVING, Phase.WAITING, Phase.INITIALISING, Phase.STARTING])
def test_where_no_server_runs_no_server_speaks(phase: Phase) -> None:
    assert merged(BY_FILE, BY_SQL, phase=phase) == ServerFacts()


def test_a_report_ages_and_a_negative_age_counts_as_none() -> None:
    assert aged(NodeReport(FACTS, age=1.0), 1.5).age == 2.5
    assert aged(NodeReport(FACTS, age=-100.0), 1.5).age == 1.5


def test_an_age_that_is_no_number_is_never_fresh() -> None:
    nan = float("nan")
    assert not aged(NodeReport(FACTS, age=nan), 0.0).is_fresh
    assert not NodeReport(FACTS, age=float(age_of(replace(FACTS, written_at=nan), 100.0, "boot"))).is_fresh
