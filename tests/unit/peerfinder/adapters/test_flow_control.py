"""The order in which a server is taken out of flow control, and what is as it was afterwards."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from peerfinder.adapters import flow_control
from peerfinder.adapters.flow_control import NO_LIMIT, step_in, step_out
from peerfinder.core.wsrep import ServerError

OPTIONS = "gcache.size = 128M; gcs.fc_debug = 0; gcs.fc_limit = 16; gcs.fc_single_primary = yes; "


class Server:
    """What its connections ask, in order; the desync answers once the appliers move."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.options: object = OPTIONS
        self.variable: int | None = None  # servers since 11.4
        self.appliers_move = threading.Event()
        self.refuses = ""
        self.desyncs = 0

    def connect(self, _seconds: int) -> Server:
        return self

    def close(self) -> None:
        """Nothing is open."""

    def rows(self, query: str, _values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        if "wsrep_provider_gcs_fc_limit" in query:
            return () if self.variable is None else (("wsrep_provider_gcs_fc_limit", str(self.variable)),)
        if "wsrep_provider_options" in query:
            return ((self.options,),)
        if "wsrep_slave_threads" in query:
            return ((4,),)
        return (("wsrep_desync_count", str(self.desyncs)),)

    def change(self, statement: str, _values: tuple[object, ...] = ()) -> int:
        self.told.append(statement.removeprefix("SET GLOBAL "))
        if self.refuses and self.refuses in statement:
            raise ServerError("no")
        if statement.endswith("wsrep_desync=ON"):
            self.desyncs = 1
            assert self.appliers_move.wait(10)
        return 0


@pytest.fixture
def server() -> Server:
    return Server()


LIFTED, AS_BEFORE = (f"wsrep_provider_options='gcs.fc_limit={limit}'" for limit in (NO_LIMIT, 16))


def test_the_limit_is_lifted_an_applier_notices_and_all_is_as_before_while_the_desync_waits(server: Server):
    out = threading.Thread(target=step_out, args=(server.connect,))
    out.start()
    for _moment in range(100):
        if AS_BEFORE in server.told:
            break
        out.join(0.05)
    assert server.told == [LIFTED, "wsrep_slave_threads=5", "wsrep_slave_threads=4", "wsrep_desync=ON", AS_BEFORE]
    assert out.is_alive()
    server.appliers_move.set()
    out.join(5)
    assert not out.is_alive()


def test_a_server_with_variables_of_its_own_for_the_options_is_told_by_them(server: Server):
    server.variable = 20
    server.appliers_move.set()
    step_out(server.connect)
    assert server.told[0] == f"wsrep_provider_gcs_fc_limit={NO_LIMIT}"
    assert server.told[-1] == "wsrep_provider_gcs_fc_limit=20"


def test_options_come_as_bytes_as_well(server: Server):
    server.options = OPTIONS.encode()
    server.appliers_move.set()
    step_out(server.connect)
    assert server.told[-1] == AS_BEFORE


@pytest.mark.parametrize("refused", ["wsrep_slave_threads=5", "wsrep_desync=ON"])
def test_whatever_is_refused_the_limit_is_what_it_was(server: Server, refused: str):
    server.refuses = refused
    with pytest.raises(ServerError, match="no"):
        step_out(server.connect)
    assert server.told[-1] == AS_BEFORE


def test_without_a_limit_to_come_back_to_nothing_is_done(server: Server):
    server.options = "gcache.size = 128M"
    with pytest.raises(ServerError, match=r"no gcs\.fc_limit"):
        step_out(server.connect)
    assert server.told == []


def test_a_group_that_does_not_answer_leaves_the_limit_as_it_was(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flow_control, "OUT_SECONDS", 0.2)
    server.appliers_move.set()
    step_out(server.connect)
    assert server.told[-1] == AS_BEFORE


def test_stepping_in_resets_the_desync(server: Server):
    step_in(server.connect)
    assert server.told == ["wsrep_desync=OFF"]
