"""What is defined on each server, and where servers differ.

Theory. A schema is a set of definitions: of databases, tables, views, routines, triggers, events and sequences, each
the text that makes it. What counts up by itself (AUTO_INCREMENT, the next value of a sequence), when something was
made, and whether an event is enabled here (Galera enables it on the node that made it, and on no other) is no part of
it. Galera applies a DDL statement on all nodes at one point of their history (TOI), so at equal points the schemas
are equal; where they are not, somebody has changed one server alone (`wsrep_on=OFF`, RSU), or it failed there.

Two servers are never read at the same moment. But every read waits for all that the group had ordered before. So a
difference counts only if a second reading, begun when the first one had ended everywhere, finds both servers as they
were: then the one definition was older than the other at no time, unless it was changed and changed back in between.

*Odd* are the nodes that differ from more than half of all. Of two nodes nobody can say which is right.
"""

from __future__ import annotations

import difflib
import enum
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LINES = 12  # of a definition that are shown as different
_COUNTER = re.compile(r"^(\) ENGINE=\S+) AUTO_INCREMENT=\d+", re.MULTILINE)


class Kind(enum.StrEnum):
    """What can be defined."""

    DATABASE = "database"
    TABLE = "table"
    SEQUENCE = "sequence"
    VIEW = "view"
    PROCEDURE = "procedure"
    FUNCTION = "function"
    PACKAGE = "package"
    PACKAGE_BODY = "package body"
    TRIGGER = "trigger"
    EVENT = "event"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One object."""

    kind: Kind
    database: str
    name: str = ""

    def __str__(self) -> str:
        """Say it as people do."""
        return f"{self.kind} {self.database}.{self.name}" if self.name else f"{self.kind} {self.database}"


Schema = Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is not the same everywhere; `texts` has it by node, None where it is not there."""

    key: Key
    texts: Mapping[str, str | None]

    @property
    def odd(self) -> tuple[str, ...]:
        """The nodes that differ from more than half of all; none where no text is that of so many."""
        return odd_ones(self.texts)


def table_text(shown: str) -> str:
    """Give the text of SHOW CREATE TABLE without what counts up by itself."""
    return _COUNTER.sub(r"\1", shown)


def digest(schema: Schema) -> str:
    """Give one number for a whole schema, in hexadecimal."""
    found = hashlib.sha256()
    for key in sorted(schema):
        found.update("\0".join((key.kind, key.database, key.name, schema[key], "")).encode())
    return found.hexdigest()


def differences(schemas: Mapping[str, Schema]) -> tuple[Difference, ...]:
    """List the objects that are not the same on all nodes."""
    keys = sorted({key for schema in schemas.values() for key in schema})
    found = (Difference(key, {name: schema.get(key) for name, schema in schemas.items()}) for key in keys)
    return tuple(one for one in found if len(set(one.texts.values())) > 1)


def lasting(before: Iterable[Difference], after: Iterable[Difference]) -> tuple[Difference, ...]:
    """Of what differs now, give what was just the same in the reading before."""
    known = {one.key: one.texts for one in before}
    return tuple(one for one in after if known.get(one.key) == one.texts)


def odd_ones(values: Mapping[str, object]) -> tuple[str, ...]:
    """Name the nodes whose value is not that of more than half."""
    (common, count), *_rest = Counter(values.values()).most_common(1)
    return tuple(name for name, one in values.items() if one != common) if count * 2 > len(values) else ()


def described(one: Difference) -> tuple[str, ...]:
    """Say how the nodes differ, in lines; the first names the object."""
    groups = dict[str | None, list[str]]()
    for name, text in one.texts.items():
        groups.setdefault(text, []).append(name)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    lacks = [f"{', '.join(names)}: not there" for text, names in ordered if text is None]
    texts = [(text, names) for text, names in ordered if text is not None]
    lines = [str(one.key), *(f"  {line}" for line in lacks)]
    if len(texts) == 1:
        return (*lines, f"  {', '.join(texts[0][1])}: there")
    common, common_names = texts[0]
    for text, names in texts[1:]:
        lines.append(f"  {', '.join(names)} (+) and {', '.join(common_names)} (-) differ:")
        lines += [f"    {line}" for line in changed_lines(common, text)]
    return tuple(lines)


def changed_lines(before: str, after: str) -> list[str]:
    """Give the lines of a text that are other ones, behind - and +; not more than LINES."""
    whole = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    found = [line for line in whole if not line.startswith(("---", "+++", "@@"))]
    return found if len(found) <= LINES else [*found[:LINES], f"... and {len(found) - LINES} more lines"]
