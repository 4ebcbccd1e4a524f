"""The terminal: colours and moving lines where somebody looks, plain lines where nobody does.

Answers go to standard output, everything said on the way to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Self

from galeractl.core.diagnose import Diagnosis
from galeractl.core.nodeline import NodeLine
from galeractl.core.topology import render_topology
from peerfinder.core.standing import Standing
from peerfinder.core.state import State

if TYPE_CHECKING:
    from rich.text import Text

_COLOURS = {
    State.ONLINE: "green",
    State.ONLINE_PARTIAL: "yellow",
    State.INITIALIZING: "cyan",
    State.UNKNOWN: "magenta",
}  # every other state is red
_ROLE_COLOURS = {role: "green" for role in Standing if role.takes_part} | {
    Standing.REFUSING: "red",
    Standing.NON_PRIMARY: "red",
}


def say(text: str) -> None:
    """Tell how things go."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """One line that moves on a terminal; elsewhere a line whenever the text has changed."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._moves = sys.stderr.isatty()
        self._last = ""

    def show(self, text: str, clock: str = "") -> None:
        """Show where things stand; `clock` alone makes no new line."""
        if self._quiet:
            return
        if self._moves:
            print(f"\r\x1b[2K{clock}{' ' if clock else ''}{text}", end="", file=sys.stderr, flush=True)
        elif text != self._last:
            say(text)
        self._last = text

    def done(self) -> None:
        """Leave the moving line."""
        if self._moves and self._last and not self._quiet:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
        self._last = ""


class Picture:
    """A topology that is drawn again in place on a terminal; elsewhere one drawing below the other, for each change."""

    def __init__(self, *, quiet: bool = False) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(highlight=False)
        in_place = self._console.is_terminal and not self._console.is_dumb_terminal and not quiet
        self._live = Live(console=self._console, auto_refresh=False) if in_place else None
        self._last = ""

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()  # the last drawing stays

    def show(self, seen: Diagnosis | str) -> None:
        """Draw what was seen now, or say why nothing was."""
        from rich.text import Text

        text = _topology(seen) if isinstance(seen, Diagnosis) else Text(seen)
        if self._live:
            self._live.update(text, refresh=True)
        elif text.plain != self._last:
            print(text.plain, flush=True)
        self._last = text.plain


def print_topology(diagnosis: Diagnosis) -> None:
    """Print the answer of `topology`."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(_topology(diagnosis))


def _topology(diagnosis: Diagnosis) -> Text:
    """The drawing; with colours where they are shown."""
    from rich.text import Text

    text = Text(render_topology(diagnosis))
    lines = text.split()
    lines[0].highlight_words([str(diagnosis.state)], style=f"bold {_COLOURS.get(diagnosis.state, 'red')}")
    roles = {node.name: node.role for node in diagnosis.nodes}
    for line in lines[1:]:
        name = line.plain.lstrip("+- ").partition(" ")[0]
        line.highlight_words([name], style=_ROLE_COLOURS.get(roles[name], "yellow"))
    return Text("\n").join(lines)


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Print a table; columns of `right` are numbers, the last one may have sentences."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, no_wrap=title != titles[-1], justify="right" if title in right else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    Console(highlight=False, width=None if console.is_terminal else 240).print(table)  # 240: no wrapping in pipes


def print_diagnosis(diagnosis: Diagnosis, address: Callable[[str], str]) -> None:
    """Print the answer of `status`: a sentence, a table, and what to do next (`address` makes commands fit)."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    head = Text(f"{diagnosis.cluster}  ")
    head.append(str(diagnosis.state), style=f"bold {_COLOURS.get(diagnosis.state, 'red')}")
    console.print(head)
    console.print(Text(address(diagnosis.summary)))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("node", "address", "role", "state", "seqno", "queue", "version", "mode", "flags"):
        table.add_column(title, no_wrap=True, justify="right" if title in ("seqno", "queue") else "left")
    for node in diagnosis.nodes:
        table.add_row(*_cells(node))
    Console(highlight=False, width=None if console.is_terminal else 160).print(table)  # 160: no wrapping in pipes
    for sentence in _advice(diagnosis):
        console.print(Text(address(sentence)))


def _cells(node: NodeLine) -> Iterable[Text]:
    from rich.text import Text

    mode = "-" if node.read_only is None else "ro" if node.read_only else "rw"
    texts = [node.address, None, node.state, node.seqno, node.recv_queue, node.version, mode, ",".join(node.flags)]
    cells = [Text(node.name), *(Text("-" if one is None else str(one)) for one in texts)]
    cells[2] = Text(str(node.role), style=_ROLE_COLOURS.get(node.role, "yellow"))
    return cells


def _advice(diagnosis: Diagnosis) -> Iterable[str]:
    if diagnosis.state is State.OFFLINE and diagnosis.nodes:  # all for the same reason
        yield "  to do: galeractl local start"
        return
    for node in diagnosis.nodes:
        if node.reason and (node.remedy or not node.role.takes_part):
            yield f"{node.name}: {node.reason}" + (f"\n  to do: {node.remedy}" if node.remedy else "")
