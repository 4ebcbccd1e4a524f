"""POST /v1/copy: the data of this node as a stream, for a backup or for a node that joins (see `copier`)."""
# ruff: noqa: D102 - post and on_connection_close are tornado's methods

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from tornado.iostream import StreamClosedError

from peerfinder.adapters.mariadb_backup import NoBackup
from peerfinder.core.codec import from_json
from peerfinder.core.copying import CopyOrder, Refused
from peerfinder.serve.copier import STALL_SECONDS
from peerfinder.serve.handler import Private

KIND = "application/vnd.galerakit.copy"
"""The type of the answer: frames (`core.frames`)."""


class Copy(Private):
    """POST /v1/copy."""

    _giving: asyncio.Task[None] | None = None

    async def post(self) -> None:
        try:
            order = from_json(CopyOrder, json.loads(self.request.body or b"{}"))
        except (ValueError, RecursionError) as error:
            self.tell(400, f"no well-formed order for a copy: {error}")
            return
        self._giving = asyncio.create_task(self._give(order))
        with suppress(asyncio.CancelledError, ConnectionError):  # who asked is gone: there is nobody to tell
            await self._giving

    def on_connection_close(self) -> None:
        if self._giving is not None:
            self._giving.cancel()

    async def _give(self, order: CopyOrder) -> None:
        copier = self.watch.copier
        async with copier.turn(order, self.request.remote_ip or "?") as verdict:
            if isinstance(verdict, Refused):
                told = {"ok": False, "why": verdict.why, "reason": verdict.reason, "remedy": verdict.remedy}
                self.answer(409, json.dumps(told | {"passing": verdict.passing}))
                return
            self.set_header("Content-Type", KIND)
            try:
                await copier.stream(self._send)
            except NoBackup as error:
                self.tell(503, str(error))
                return
            except ConnectionError:
                self.detach().close()  # half of a stream has no good end
                raise
        self.finish()

    async def _send(self, frame: bytes) -> None:
        self.write(frame)
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self.flush()
        except TimeoutError:
            raise ConnectionError(f"nothing was taken for {STALL_SECONDS:.0f} s") from None
        except StreamClosedError:
            raise ConnectionError("the connection was closed") from None
