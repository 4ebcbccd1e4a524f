"""galeractl demo: three nodes, three disasters, and an honest count of what was lost.

A client writes all the time and remembers which rows were promised to it. After each disaster one line tells what
happened; in the end every promised row must be there, and all nodes must hold the same table.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

import click

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.adapters.terminal import say
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import answer, answers_json, selection

PARENT = Path("/var/tmp")  # noqa: S108 - below it mkdtemp makes a directory of our own; mariadbd's user can reach it


@click.command("demo")
@click.option("--dir", "directory", metavar="D", help="A directory that is not there yet.  [default: below /var/tmp]")
@click.option("--keep", is_flag=True, help="Leave the cluster running at the end.")
@answers_json
def command(*, directory: str | None, keep: bool) -> None:
    """Start three nodes here, break them in three ways, count what was lost.

    One node is stopped and started, one suffers a power cut, then all three at once, while a client writes. The
    cluster and its directory are removed at the end, unless something failed or --keep is given. Takes a minute or two.

    Exit codes: 0 every acknowledged row is there and all nodes are equal, 1 they are not, 3 a node did not come back.
    """
    from galeractl.local import disasters

    if directory and Path(directory).exists():
        raise Trouble(f"{directory} exists; the demo works in a new directory only", "name another --dir", Code.USAGE)
    place = _new_place(directory)
    tell = say if selection().json else _print
    signal.signal(signal.SIGTERM, _interrupt)
    proven = interrupted = False
    try:
        verdict = disasters.play(place, tell)
        proven = verdict.holds
        answer(verdict.told(), str(verdict))
    except KeyboardInterrupt:
        interrupted = True
    finally:
        if interrupted or (proven and not keep):
            _remove(place)
        elif place.exists:
            say(f"the cluster is kept; to end it: galeractl --local {place.root} local stop, and remove it")
    sys.exit(130 if interrupted else Code.OK if proven else Code.FAILED)  # 130: what a shell gives after Ctrl-C


def _new_place(directory: str | None) -> Place:
    if directory:
        return Place(Path(directory).absolute())
    root = Path(tempfile.mkdtemp(prefix="galera-demo-", dir=PARENT))
    root.chmod(0o755)  # mkdtemp makes it 0700, which mariadbd's own user could not enter
    return Place(root)


def _remove(place: Place) -> None:
    """Stop what runs, without ceremony, and remove the directory."""
    from galeractl.local import naming, orders

    if place.exists:
        orders.cut_off(place, local_dir.read_settings(place).names)
        naming.stop_names(place)
    shutil.rmtree(place.root, ignore_errors=True)


def _print(text: str) -> None:
    print(text, flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
