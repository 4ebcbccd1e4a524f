"""What mariadb-backup tells of the place in history."""

from __future__ import annotations

import pytest

from backup.core.whereabouts import BinlogPosition, NoPosition, Whereabouts, whereabouts
from peerfinder.core.position import Position
from tests.support.mbstreams import UUID

GALERA = {"galera_info": f"{UUID}:1461 100\n".encode()}

TOLD = {
    "with a domain": (GALERA, Whereabouts(Position(UUID, 1461), "100")),
    "without one": ({"galera_info": f"{UUID}:0".encode()}, Whereabouts(Position(UUID, 0))),
    "with binary logs": (
        GALERA | {"binlog_info": b"binlog.000004\t379\t100-1-1458\n"},
        Whereabouts(Position(UUID, 1461), "100", BinlogPosition("binlog.000004", 379, "100-1-1458"))),
    "with binary logs and no GTID": (
        GALERA | {"binlog_info": b"binlog.000004\t379\n"},
        Whereabouts(Position(UUID, 1461), "100", BinlogPosition("binlog.000004", 379))),
    "everything": (
        GALERA | {"checkpoints": b"to_lsn = 65273\n", "info": b"tool_version = 1.2.3\nserver_version = 1.2.4\nx"},
        Whereabouts(Position(UUID, 1461), "100", None, 65273, "1.2.3", "1.2.4")),
    "the LSN of the info": (
        GALERA | {"info": b"innodb_to_lsn = 7\n"}, Whereabouts(Position(UUID, 1461), "100", to_lsn=7)),
    "no binary log": (GALERA | {"binlog_info": b"\n"}, Whereabouts(Position(UUID, 1461), "100")),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_it_is_read(case):
    info, found = TOLD[case]
    assert whereabouts(info) == found


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ({}, "galera_info is missing"),
        ({"galera_info": b""}, "'' in galera_info is none"),
        ({"galera_info": b"abc:1"}, "'abc:1' in galera_info is none"),
        ({"galera_info": b"00000000-0000-0000-0000-000000000000:-1"}, "is that of no history"),
        ({"galera_info": f"{UUID}:-1".encode()}, "is that of no history"),
        (GALERA | {"binlog_info": b"binlog.000004"}, "binlog_info says no position"),
    ],
)
def test_no_position_is_an_error(info, message):
    with pytest.raises(NoPosition, match=message):
        whereabouts(info)
