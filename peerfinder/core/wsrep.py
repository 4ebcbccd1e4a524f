"""What a running server says of itself: status rows and the status file, parsed once at this border."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from peerfinder.core.position import ZERO_UUID


class WsrepState(enum.StrEnum):
    """The node's state in Galera's own words (wsrep_local_state_comment, wsrep_status_file)."""

    UNKNOWN = ""  # nothing could be read
    DISCONNECTED = "Disconnected"  # the provider has no connection to any component
    CONNECTED = "Connected"  # connected, not (yet) part of a Primary component
    JOINING = "Joining"  # receives a state transfer
    JOINED = "Joined"  # has the state, catches up
    SYNCED = "Synced"  # takes part and applies what comes
    DONOR = "Donor/Desynced"  # takes part, may lag (a donor, or wsrep_desync)


class WriteAccess(enum.StrEnum):
    """What the sidecar has made of `read_only` on the own server."""

    FREE = ""  # it leaves it alone
    UNSURE = "unsure"  # it is to keep it, and has not set it yet, or does not know what came of it
    OPEN = "open"  # it has set it OFF
    CLOSED = "closed"  # it has set it ON


class ServerError(Exception):
    """The server gave no answer, or said no; the message is a sentence, `code` the server's or the client's."""

    def __init__(self, sentence: str, code: int = 0) -> None:
        super().__init__(sentence)
        self.code = code


_FROM_FILE = {
    "DISCONNECTED": WsrepState.DISCONNECTED,
    "CONNECTED": WsrepState.CONNECTED,
    "JOINING": WsrepState.JOINING,
    "JOINED": WsrepState.JOINED,
    "SYNCED": WsrepState.SYNCED,
    "DONOR": WsrepState.DONOR,
    "DISCONNECTING": WsrepState.DISCONNECTED,
}
_FROM_NUMBER = {"1": WsrepState.JOINING, "2": WsrepState.DONOR, "3": WsrepState.JOINED, "4": WsrepState.SYNCED}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """One look at the local server. Without SQL (`sql` False) only `state` and `comment` mean anything."""

    sql: bool = False
    state: WsrepState = WsrepState.UNKNOWN
    comment: str = ""  # e.g. 'Receiving SST', from the status file
    cluster_status: str = ""  # 'Primary' | 'non-Primary' | 'Disconnected'
    ready: bool = False
    cluster_size: int = 0
    conf_id: int = -1
    uuid: str = ""
    committed: int = -1  # wsrep_last_committed
    recv_queue: int = 0
    read_only: bool = False
    access: WriteAccess = WriteAccess.FREE  # what the sidecar has made of read_only
    desynced: bool = False
    reject_queries: bool = False
    version: str = ""
    provider_version: str = ""
    gcomm_uuid: str = ""
    error: str = ""  # why SQL did not answer
    progress_done: int = 0
    progress_total: int = 0
    donor_seconds: float = 0.0  # how long it has been Donor/Desynced; the sidecar counts
    stuck: str = ""  # why its appliers count as stuck, as the sidecar judges
    stepped_out: bool = False  # the sidecar has desynced it, for that or for maintenance
    maintenance: str = ""  # since when a person has taken the node out of service; '' where nobody has
    silent_seconds: float = 0.0  # how long SQL has not answered: what it said is so old; the sidecar counts
    ready_seconds: float = 0.0  # how long it has been ready without a break; the sidecar counts

    @property
    def is_primary(self) -> bool:
        """Whether this server is a member of a Primary component."""
        return self.sql and self.cluster_status == "Primary" and self.ready

    @property
    def is_read_only_by_hand(self) -> bool:
        """Whether read_only is ON by another hand than that of the sidecar, which would take it back with the role."""
        return self.read_only and self.access in (WriteAccess.FREE, WriteAccess.OPEN)

    @property
    def is_synced(self) -> bool:
        """Whether it holds the whole state of that component (a donor does too)."""
        return self.is_primary and self.state in (WsrepState.SYNCED, WsrepState.DONOR)


def parse_status(rows: Mapping[str, str], variables: Mapping[str, str]) -> ServerFacts:
    """Read SHOW GLOBAL STATUS rows and global variables (names in lower case) into facts."""

    def number(name: str, default: int = 0) -> int:
        text = rows.get(name, "")
        return int(text) if re.fullmatch(r"-?\d+", text) else default

    def flag(name: str) -> bool:
        return variables.get(name, "OFF").upper() in ("ON", "1")

    return ServerFacts(
        sql=True,
        state=_state(rows),
        cluster_status=rows.get("wsrep_cluster_status", ""),
        ready=rows.get("wsrep_ready") == "ON",
        cluster_size=number("wsrep_cluster_size"),
        conf_id=number("wsrep_cluster_conf_id", -1),
        uuid=_known(rows.get("wsrep_cluster_state_uuid", "").lower()),
        committed=number("wsrep_last_committed", -1),
        recv_queue=number("wsrep_local_recv_queue"),
        read_only=variables.get("read_only", "OFF").upper() not in ("OFF", "0"),  # 12.0 has more words for "on"
        desynced=flag("wsrep_desync"),
        reject_queries=variables.get("wsrep_reject_queries", "NONE").upper() != "NONE",
        version=variables.get("version", ""),
        provider_version=rows.get("wsrep_provider_version", ""),
        gcomm_uuid=rows.get("wsrep_gcomm_uuid", "").lower(),
    )


def _known(uuid: str) -> str:
    """A joiner that has just received its state is in a Primary, and its uuid is zero for a moment: not known yet."""
    return "" if uuid == ZERO_UUID else uuid


def _state(rows: Mapping[str, str]) -> WsrepState:
    if rows.get("wsrep_cluster_status") != "Primary":
        return WsrepState.CONNECTED if rows.get("wsrep_connected") == "ON" else WsrepState.DISCONNECTED
    return _FROM_NUMBER.get(rows.get("wsrep_local_state", ""), WsrepState.UNKNOWN)


def parse_status_file(text: str) -> ServerFacts | None:
    """Read wsrep_status_file (10.9+), the only word of a server before SQL opens; None when it is not whole.

    It may hold raw tabs inside strings (wsrep-lib `reporter.cpp`), so parsing is lenient about control
    characters. A stale file stays after a crash: the caller checks that a server runs.
    """
    try:
        status = json.loads(text, strict=False)["status"]
        progress = status.get("progress") or {}
        return ServerFacts(
            state=_FROM_FILE.get(str(status["state"]), WsrepState.UNKNOWN),
            comment=str(status.get("comment", "")),
            progress_done=int(progress.get("done", 0)),
            progress_total=int(progress.get("total", 0)),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
