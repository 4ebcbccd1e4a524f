"""How read_only is set: in a session that Galera does not see, and without waiting for long."""

from __future__ import annotations

import pytest

from peerfinder.adapters.read_only import switch


class Server:
    """What it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        self.told.append(statement)
        return 0


@pytest.mark.parametrize(("on", "word"), [(True, "ON"), (False, "OFF")])
def test_the_provider_is_not_paused_and_a_running_statement_is_not_waited_for(on: bool, word: str) -> None:
    server = Server()
    switch(server, on=on)
    assert server.told == ["SET SESSION wsrep_on=OFF, SESSION lock_wait_timeout=1", f"SET GLOBAL read_only={word}"]
