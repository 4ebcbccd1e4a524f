from __future__ import annotations

import pytest

from peerfinder.core.wsrep import ServerFacts, WsrepState, parse_status, parse_status_file

PRIMARY = {
    "wsrep_cluster_status": "Primary", "wsrep_ready": "ON", "wsrep_local_state": "4", "wsrep_connected": "ON",
    "wsrep_cluster_size": "3", "wsrep_cluster_conf_id": "7", "wsrep_last_committed": "62",
    "wsrep_cluster_state_uuid": "0000AAAA-0000-11F0-8000-000000000000",
}  # fmt: skip


def test_status_rows_become_facts() -> None:
    found = parse_status(PRIMARY, {"read_only": "ON", "wsrep_desync": "OFF", "wsrep_reject_queries": "ALL"})
    assert (found.cluster_size, found.conf_id, found.committed) == (3, 7, 62)
    assert found.uuid == "0000aaaa-0000-11f0-8000-000000000000"
    assert (found.read_only, found.desynced, found.reject_queries) == (True, False, True)
    assert found.is_synced


@pytest.mark.parametrize(
    ("changes", "state", "primary", "synced"),
    [
        ({}, WsrepState.SYNCED, True, True),
        ({"wsrep_local_state": "2"}, WsrepState.DONOR, True, True),
        ({"wsrep_local_state": "3"}, WsrepState.JOINED, True, False),
        ({"wsrep_local_state": "1"}, WsrepState.JOINING, True, False),
        ({"wsrep_local_state": "9"}, WsrepState.UNKNOWN, True, False),
        ({"wsrep_ready": "OFF"}, WsrepState.SYNCED, False, False),
        ({"wsrep_cluster_status": "non-Primary"}, WsrepState.CONNECTED, False, False),
        ({"wsrep_cluster_status": "Disconnected", "wsrep_connected": "OFF"}, WsrepState.DISCONNECTED, False, False),
    ],
)
def test_the_state_is_read_in_galeras_words(changes: dict[str, str], state: str, primary: bool, synced: bool) -> None:
    found = parse_status(PRIMARY | changes, {})
    assert (found.state, found.is_primary, found.is_synced) == (state, primary, synced)


@pytest.mark.parametrize(
    ("word", "is_on"), [("ON", True), ("1", True), ("NO_LOCK", True), ("OFF", False), ("0", False)]
)
def test_every_word_for_read_only_but_off_is_on(word: str, is_on: bool) -> None:
    assert parse_status(PRIMARY, {"read_only": word}).read_only is is_on


def test_a_uuid_that_is_zero_for_a_moment_is_not_known_yet() -> None:
    assert not parse_status(PRIMARY | {"wsrep_cluster_state_uuid": "00000000-0000-0000-0000-000000000000"}, {}).uuid


def test_rows_that_are_missing_or_no_numbers_are_defaults() -> None:
    assert parse_status({"wsrep_cluster_size": "many"}, {}) == ServerFacts(sql=True, state=WsrepState.DISCONNECTED)


def test_the_status_file_tells_what_happens_before_sql_opens() -> None:
    text = '{"status": {"state": "JOINING", "comment": "Receiving\tSST", "progress": {"done": 5, "total": 9}}}'
    found = parse_status_file(text)
    assert found == ServerFacts(state=WsrepState.JOINING, comment="Receiving\tSST", progress_done=5, progress_total=9)
    assert found is not None
    assert not found.is_primary


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", "{}", '{"status": 5}', '{"status": {}}', '{"status": {"state": "X", "progress": 5}}']
)
def test_a_status_file_that_is_not_whole_is_none(text: str) -> None:
    assert parse_status_file(text) is None
