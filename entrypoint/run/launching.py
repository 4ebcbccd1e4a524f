"""Starting the server: configuration, saved position, the announcement, the process.

The order of the last steps is the point: the record says what is being started (durable), peers are told
"starting", the saved view is gone and grastate.dat carries the exact position, before anything runs.
"""

from __future__ import annotations

import logging
import subprocess

from entrypoint.adapters.children import end_leftovers
from entrypoint.adapters.server import Server
from entrypoint.core.following import STATE_TRANSFER
from entrypoint.core.options import Peers, ServerFiles
from entrypoint.core.settings import Settings
from entrypoint.run.configuring import values_for, write_and_check
from entrypoint.run.desk import Desk
from peerfinder.core.position import UNDEFINED_SEQNO, ZERO_UUID, Position
from peerfinder.core.record import Start, StartKind, starting
from peerfinder.core.report import Datadir, Phase

logger = logging.getLogger(__name__)


class Launcher:
    """Turns a permission into a running server."""

    def __init__(
        self, settings: Settings, desk: Desk, server: Server, monitor_password: str, owner: tuple[int, int] | None
    ) -> None:
        """`owner` is the (uid, gid) of the server where it is not this process's."""
        self.settings = settings
        self.owner = owner
        self._desk = desk
        self._server = server
        self._monitor_password = monitor_password

    @property
    def files(self) -> ServerFiles:
        """Where the server finds and puts things."""
        run = self._desk.run_directory
        return ServerFiles(
            str(self._desk.volume.datadir),
            str(run.socket),
            str(run.pid_file),
            str(run.status_file),
            self._server.provider,
        )

    def prepare(self, peers: Peers) -> None:
        """Write and check the configuration; raises BadConfiguration. No data are touched."""
        values = values_for(self.settings, self.files, peers, self._monitor_password, self._desk.facts.version)
        write_and_check(self._server, self._desk.run_directory, values, self.owner)

    def announce(self, start: Start) -> None:
        """Make the start durable and public; from here on nobody takes this node for frozen."""
        desk = self._desk
        fills = start.kind is StartKind.JOIN and start.position is None
        desk.remember(
            starting(desk.record, start, incomplete=STATE_TRANSFER if fills else desk.record.incomplete),
            phase=Phase.STARTING,
        )

    def start(self, *, discard: bool) -> subprocess.Popen[str]:
        """Put the position where the server looks for it and start it."""
        desk, volume, start = self._desk, self._desk.volume, self._desk.record.start
        if start is None:
            raise RuntimeError("a start that was not announced")
        end_leftovers()
        volume.remove_transfer_marks()
        desk.run_directory.clear_server_files()
        arguments = ["--wsrep-new-cluster"] if start.kind is StartKind.BOOTSTRAP else []
        position = start.position
        if position is None and start.kind is StartKind.JOIN:
            if desk.facts.datadir is Datadir.INCOMPLETE:
                volume.clear()
            else:
                volume.make_datadir()
            if discard:
                volume.write_grastate(Position(ZERO_UUID, UNDEFINED_SEQNO), safe_to_bootstrap=False)
        elif position is not None and not position.is_undefined:
            volume.write_grastate(position, safe_to_bootstrap=start.kind is StartKind.BOOTSTRAP)
            arguments.append(f"--wsrep-start-position={position}")
        elif volume.grastate() is not None:  # adopted data that never belonged to a history
            volume.write_grastate(Position(ZERO_UUID, UNDEFINED_SEQNO), safe_to_bootstrap=True)
        volume.remove_saved_view()
        process = self._server.start(arguments, volume.lock_fd)
        desk.change(phase=Phase.RUNNING, server_pid=process.pid, position=None, position_source="")
        logger.info("started %s pid=%d position=%s", start.kind, process.pid, position)
        return process
