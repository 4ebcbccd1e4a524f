"""What a statement of a file does, told by its first words, and what it is about.

    DDL         the group does it on all nodes at one point of its history (TOI)
    ACCOUNT     users and rights: the same
    SESSION     SET of a session, USE: for the statements behind it
    DML         rows: what else there is, TRUNCATE and CREATE TABLE ... SELECT among them
    REFUSED     transactions, since each statement is done or not done by itself; what decides how it is replicated;
                what would be of one node alone, or is no matter of a schema; commands of a client

What a statement is *about* is for people: the name behind TABLE, VIEW, ON ... as it stands there. The text of a
statement is never shown: it may hold a password.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from galeractl.core.script import Piece, Word, pieces

_DDL = frozenset(("ALTER", "CREATE", "DROP", "RENAME"))
_ACCOUNT = frozenset(("GRANT", "REVOKE"))
_ACCOUNTS = frozenset(("USER", "ROLE"))
_TRANSACTION = frozenset(("BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "XA"))
_SERVER = frozenset(
    ("LOCK", "UNLOCK", "FLUSH", "BACKUP", "SHUTDOWN", "KILL", "RESET", "PURGE", "CHANGE", "STOP", "INSTALL",
     "UNINSTALL", "BINLOG")
)  # fmt: skip
_CLIENT = frozenset(("SOURCE", "SYSTEM", "TEE", "NOTEE", "PAGER", "NOPAGER", "CONNECT", "WARNINGS", "NOWARNING"))
_REPLICATION = frozenset(("WSREP_ON", "WSREP_OSU_METHOD", "SQL_LOG_BIN", "AUTOCOMMIT"))
_OBJECTS = frozenset(
    ("TABLE", "TABLES", "VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "PACKAGE", "EVENT", "SEQUENCE", "DATABASE",
     "SCHEMA", "INDEX", "USER", "ROLE", "SERVER")
)  # fmt: skip
_ROWS_OF = frozenset(("INTO", "FROM", "UPDATE", "TABLE"))
_BEFORE_A_NAME = frozenset(("IF", "NOT", "EXISTS", "IGNORE", "BODY"))
_HEAD = 14  # words in which the kind of object stands: CREATE OR REPLACE DEFINER = `a` @ `b` SQL SECURITY INVOKER VIEW


class Kind(enum.StrEnum):
    """What a statement does."""

    DDL = "ddl"
    ACCOUNT = "account"
    SESSION = "session"
    DML = "dml"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `number` counts from 1, `line` is where it begins, `why` says why it is refused."""

    number: int
    line: int
    text: str
    kind: Kind
    verb: str  # ALTER TABLE
    about: str = ""
    why: str = ""

    def __str__(self) -> str:
        """Say which one it is."""
        return f"{self.number} (line {self.line}) {self.verb} {self.about}".rstrip()


def statements(text: str) -> tuple[Statement, ...]:
    """Read a file; raises Unclosed."""
    return tuple(_statement(number, piece) for number, piece in enumerate(pieces(text), start=1))


def _statement(number: int, piece: Piece) -> Statement:
    kind, why = _kind(piece.words)
    return Statement(number, piece.line, piece.text, kind, _verb(piece.words), _about(piece.words, kind), why)


def _kind(words: tuple[Word, ...]) -> tuple[Kind, str]:
    upper = [word.upper for word in words]
    first, head = upper[0], upper[1:5]
    if head[:2] != ["NOT", "ATOMIC"] and first in _TRANSACTION:
        return Kind.REFUSED, "each statement is done or not done by itself, so there are no transactions here"
    if first in _SERVER:
        return Kind.REFUSED, f"{first} is no matter of a schema"
    if first in _CLIENT or words[0].text == "\\":
        return Kind.REFUSED, "that is a command of a client, and not of the server"
    if first == "SET":
        return _kind_of_set(upper)
    if first == "USE":
        return Kind.SESSION, ""
    if first in _ACCOUNT or (first in _DDL and _ACCOUNTS & {*head} and "TABLE" not in head):
        return Kind.ACCOUNT, ""
    if first not in _DDL or "TEMPORARY" in head:
        return Kind.DML, ""
    makes_rows = first == "CREATE" and "TABLE" in head and ("SELECT" in upper or "VALUES" in _outside_brackets(words))
    return (Kind.DML if makes_rows else Kind.DDL), ""


def _kind_of_set(upper: list[str]) -> tuple[Kind, str]:
    names = [word.lstrip("@") for word in upper]
    if "GLOBAL" in names:
        return Kind.REFUSED, "SET GLOBAL is of one node alone: it belongs into a snippet of the configuration"
    if found := _REPLICATION & {*names}:
        return Kind.REFUSED, f"{min(found)} decides whether and how it is replicated"
    return (Kind.ACCOUNT if names[1:2] in (["PASSWORD"], ["DEFAULT"]) else Kind.SESSION), ""


def _outside_brackets(words: Iterable[Word]) -> Iterator[str]:
    depth = 0
    for word in words:
        depth += (word.text == "(") - (word.text == ")")
        if depth == 0:
            yield word.upper


def _verb(words: tuple[Word, ...]) -> str:
    first = words[0].upper or words[0].text
    place = _object(words) if first in _DDL else 0
    return f"{first} {words[place].upper}" if place else first


def _object(words: tuple[Word, ...]) -> int:
    """Where the kind of object stands, 0 where it is not told."""
    return next((number for number, word in enumerate(words[:_HEAD]) if word.upper in _OBJECTS), 0)


def _about(words: tuple[Word, ...], kind: Kind) -> str:
    if kind not in (Kind.DDL, Kind.DML):
        return ""
    is_of_object = words[0].upper in _DDL
    place = _object(words) if is_of_object else _place(words, _ROWS_OF, 0)
    if is_of_object and words[place].upper == "INDEX":
        place = _place(words, {"ON"}, place)
    return _name(words, place + 1) if place or words[0].upper == "UPDATE" else ""


def _place(words: tuple[Word, ...], wanted: Iterable[str], begin: int) -> int:
    wanted = frozenset(wanted)
    return next((number for number, word in enumerate(words) if number >= begin and word.upper in wanted), 0)


def _name(words: tuple[Word, ...], at: int) -> str:
    """The name that begins here, with the one before its point."""
    while at < len(words) and words[at].upper in _BEFORE_A_NAME:
        at += 1
    parts = [word.name for word in words[at : at + 3]]
    has_point = [word.text for word in words[at + 1 : at + 2]] == ["."]
    return f"{parts[0]}.{parts[2]}" if has_point and len(parts) == 3 else (parts or [""])[0]
