"""The pages of the documentation, and how to find a word in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
OPERATIONS = (DOCS / "operations.md").read_text()
DECISIONS = (DOCS / "decisions.md").read_text()
ARCHITECTURE = (DOCS / "architecture.md").read_text()


@functools.cache
def sections() -> dict[str, str]:
    """The parts of operations.md by their headings, what lies below a heading included."""
    found = {}
    for match in re.finditer(r"^(##+) (.*)$", OPERATIONS, re.MULTILINE):
        deeper = len(match[1])
        end = re.compile(rf"^#{{2,{deeper}}} ", re.MULTILINE).search(OPERATIONS, match.end())
        found[match[2]] = OPERATIONS[match.end() : end.start() if end else None]
    return found


def section(name: str) -> str:
    """The part about a command, or about the one that it belongs to."""
    while name not in sections():
        name = name.rpartition(" ")[0]
        assert name, "no section"
    return sections()[name]


def is_said(word: str, text: str) -> bool:
    """Whether `word` stands in something that is set as code, as a word of its own."""
    whole = re.compile(rf"(?:^|[ \[]){re.escape(word)}(?![\w-])")
    return any(whole.search(code) for code in re.findall(r"`([^`\n]+)`", text))


def sources(*rooms: str) -> Iterator[tuple[str, str]]:
    """Path and text of each module below these folders."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()
