"""Looking at the volume while the server does not run: what is there, how far does it reach?"""

from __future__ import annotations

import logging
from collections.abc import Callable

from entrypoint.adapters.children import end_orphans
from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.server import Server
from entrypoint.adapters.volume import Volume
from entrypoint.core.aftermath import settled
from entrypoint.core.following import followed
from entrypoint.core.kinship import corrected
from entrypoint.core.recovery import NotRecovered, parse_recovery
from entrypoint.run.desk import Desk
from peerfinder.core.position import Position
from peerfinder.core.report import Datadir, Phase
from peerfinder.core.view import Member

logger = logging.getLogger(__name__)


def observe(desk: Desk, server: Server, configure: Callable[[], str]) -> None:
    """Find out what the volume holds, fold the last view into the record, publish both; never raises OSError.

    `configure` sees to it that the server has a configuration to recover its position with: in a new pod there is
    none yet. It gives a sentence where that cannot be.
    """
    try:
        _observe(desk, server, configure)
    except (OSError, ValueError) as error:
        _unreadable(desk, str(error))


def _observe(desk: Desk, server: Server, configure: Callable[[], str]) -> None:
    volume = desk.volume
    problem = volume.check()
    owned = _take(volume) if volume.root.is_dir() else problem
    problem = problem or owned
    with desk.lock:
        record = volume.read_record()
        desk.record_known = not owned  # a record that another process may change is not ours to write
        desk.change(record=record)
    if problem:
        _unreadable(desk, problem)
        return
    content = volume.inspect(record)
    if content.state is Datadir.UNREADABLE:
        _unreadable(desk, content.reason)
        return
    position, source, safe = None, "", None
    if content.state is Datadir.PRESENT:
        grastate = volume.grastate()
        safe = grastate.safe_to_bootstrap if grastate else None
        if grastate and grastate.is_clean:
            position, source = grastate.position, "grastate.dat"
        else:
            found = configure() or _recovered(desk, server)
            if isinstance(found, str):
                _unreadable(desk, found)
                return
            position, source = found, "--wsrep-recover"
    with desk.lock:
        in_order = source == "grastate.dat"
        new = settled(desk.record, volume.saved_view(), position, _names(desk.run_directory), in_order=in_order)
        desk.remember(
            new,
            phase=Phase.WAITING,
            datadir=content.state,
            position=position,
            position_source=source,
            safe_to_bootstrap=safe,
            problem=content.reason,
            server_pid=0,
        )
    logger.info("observed datadir=%s position=%s source=%s %s", content.state, position, source or "-", content.reason)


def _take(volume: Volume) -> str:
    """Take the volume, from what a dead server's state transfer left of itself if need be; '' or who has it."""
    problem = volume.lock()
    if problem and (ended := end_orphans(volume.lock_file)):
        logger.info("ended %d processes of a state transfer whose server and entrypoint are gone", len(ended))
        return volume.lock()
    return problem


def _recovered(desk: Desk, server: Server) -> Position | str:
    """The position that the storage engine holds, or why there is none."""
    desk.change(phase=Phase.OBSERVING)
    logger.info("recovering the position with mariadbd --wsrep-recover")
    result = parse_recovery(*server.recover(desk.run_directory.root))
    return result.reason if isinstance(result, NotRecovered) else result.position


def _unreadable(desk: Desk, reason: str) -> None:
    if desk.facts.problem != reason:
        logger.error("cannot use the volume: %s", reason)
    desk.change(phase=Phase.WAITING, datadir=Datadir.UNREADABLE, position=None, problem=reason, server_pid=0)


def _names(run_directory: RunDirectory) -> dict[str, Member]:
    snapshot = run_directory.snapshot()
    return dict(snapshot.names) if snapshot else {}


def fold_views(desk: Desk, volume: Volume) -> None:
    """While the server runs: keep the record's views and epoch up with what Galera and SQL show."""
    snapshot = desk.run_directory.snapshot()
    own = snapshot.own_report if snapshot and snapshot.boot_id == desk.boot_id else None
    with desk.lock:
        current = own.server if own and own.facts.server_pid == desk.facts.server_pid else None
        new = followed(desk.record, volume.saved_view(), snapshot, current, receives_sst=volume.receives_sst)
        new = corrected(new, desk.gather())
        whole = current is not None and current.is_synced and not new.incomplete
        if whole and desk.facts.datadir is not Datadir.PRESENT:
            desk.change(datadir=Datadir.PRESENT, problem="")
        if new != desk.record:
            desk.remember(new)
