"""A file of SQL, cut into statements as the command line client cuts it.

Theory. Only the server knows its grammar, and it is asked (`PREPARE`) before anything is done. What it cannot tell is
where a statement of a file ends. For that the text is cut into *words*: strings, quoted names, comments, and the
delimiter, which ends a statement wherever it stands outside of the others. `DELIMITER` is a word to the client, at the
beginning of a line; a comment that the server executes (`/*! ... */`) is code. Quotes are those of the server's default
sql_mode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(
    r"""(?P<space>\s+)
    | (?P<comment>--(?=\s|\Z)[^\n]* | \#[^\n]* | /\*(?!!|M!).*?(?:\*/|\Z))
    | (?P<code>/\*M?!\d* | \*/)
    | (?P<string>'(?:[^'\\]|\\.|'')*(?:'|\Z) | "(?:[^"\\]|\\.|"")*(?:"|\Z))
    | (?P<name>`(?:[^`]|``)*(?:`|\Z))
    | (?P<word>@{0,2}[\w$]+)
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_DELIMITER = re.compile(r"[ \t]*delimiter[ \t]+(\S+)[^\n]*(?:\n|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `kind` is word, string, name (quoted by backticks) or other, `at` where it begins in the file."""

    kind: str
    text: str
    at: int = 0

    @property
    def upper(self) -> str:
        """A word that may be one of the language, in upper case; '' for what is quoted."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """What may be a name, without its quotes; '' for all else."""
        if self.kind == "name":
            return self.text[1:-1].replace("``", "`")
        return self.text if self.kind == "word" else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a file; `line` is that of its first word."""

    line: int
    text: str
    words: tuple[Word, ...]


class Unclosed(ValueError):
    """A string, name or comment does not end; the message says where it begins."""


def pieces(text: str) -> Iterator[Piece]:
    """Give the statements of a file; raises Unclosed."""
    delimiter, at, begin, words = ";", 0, 0, list[Word]()
    while at < len(text):
        if not words and (at == 0 or text[at - 1] == "\n") and (command := _DELIMITER.match(text, at)):
            delimiter, at = command[1], command.end()
            begin = at
        elif text.startswith(delimiter, at):
            if words:
                yield _piece(text, begin, at, words)
            at += len(delimiter)
            begin, words = at, []
        else:
            word, at = _word(text, at, delimiter)
            words += [word] if word.kind not in ("space", "comment", "code") else []
    if words:
        yield _piece(text, begin, len(text), words)


def _piece(text: str, begin: int, end: int, words: list[Word]) -> Piece:
    return Piece(text.count("\n", 0, words[0].at) + 1, text[begin:end].strip(), tuple(words))


def _word(text: str, at: int, delimiter: str) -> tuple[Word, int]:
    """Give the word that begins here, and where the next one does."""
    found = _WORD.match(text, at)
    assert found is not None  # noqa: S101 - the last of its ways takes anything
    kind, end = found.lastgroup or "other", found.end()
    if kind == "word" and (inside := found[0].find(delimiter, 1)) > 0:
        end = at + inside  # END$$ where that is the delimiter
    quote = {"string": text[at], "name": "`"}.get(kind, "*/" if text.startswith("/*", at) and kind == "comment" else "")
    if quote and (end - at < 1 + len(quote) or not text.startswith(quote, end - len(quote))):
        raise Unclosed(f"the {kind} that begins in line {text.count(chr(10), 0, at) + 1} does not end")
    return Word(kind, text[at:end], at), end
