"""SST, IST or nothing: lines of real logs (MariaDB 10.11, galera-4)."""

from __future__ import annotations

import pytest

from galeractl.core.gaps import longest_gap
from galeractl.core.transfer import describe_transfer

IST = "2026-11-21  5:42:20 0 [Note] WSREP: Receiving IST... 100.0% (1/1 events) complete.\n"
SST = "WSREP_SST: [INFO] Proceeding with SST (20261121 05:42:20.361)\n"
NONE = (
    "2026-11-21  5:44:46 2 [Note] WSREP: Cert index reset to 00000000-...:-1 (proto: 11), state transfer needed: no\n"
)


@pytest.mark.parametrize(
    ("log", "how"),
    [
        pytest.param(SST + IST, "SST", id="an SST is followed by an IST"),
        pytest.param(IST, "IST of 1 write sets", id="an IST"),
        pytest.param(IST + IST.replace("1/1", "41/41"), "IST of 42 write sets", id="two tries are added up"),
        pytest.param(NONE, "no transfer needed", id="nothing was missed"),
        pytest.param("", "transfer unknown", id="an empty log is not guessed about"),
    ],
)
def test_transfer(log: str, how: str) -> None:
    assert describe_transfer(log) == how


@pytest.mark.parametrize(
    ("moments", "gap"),
    [
        pytest.param([], 10.0, id="no write at all"),
        pytest.param([1, 2, 3, 9], 6.0, id="between two writes"),
        pytest.param([8, 9], 8.0, id="before the first"),
        pytest.param([1, 2], 8.0, id="after the last"),
        pytest.param([-5, 5, 20], 5.0, id="what lies outside does not count"),
    ],
)
def test_longest_gap(moments: list[float], gap: float) -> None:
    assert longest_gap(moments, 0.0, 10.0) == gap
