#!/usr/bin/env python3
"""Prints the part of requirements.lock that some requirements need, with its hashes.

usage: locked_requirements.py [NAME]...     without a name: the run-time dependencies in pyproject.toml

The lock holds the tools of developers, too. Who needs a distribution stands behind `# via` in its entry, so the part is
what the named ones need, and what those need. Reads both files in the current directory.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

_ENTRY = re.compile(r"^(?=[a-z0-9][a-z0-9._-]*==)", re.MULTILINE)
_VIA = re.compile(r"^ +#(?: via)? +([a-z0-9][a-z0-9._-]*)$", re.MULTILINE)


def part(lock: str, wanted: set[str]) -> str:
    """Give the entries of `lock` that `wanted` and everything below it need; raises KeyError for what is not locked."""
    entries = {entry.partition("==")[0]: entry for entry in _ENTRY.split(lock)[1:]}
    for name in wanted:
        entries[name]
    needed_by = {name: set(_VIA.findall(entry)) for name, entry in entries.items()}
    taken = set(wanted)
    while more := {name for name, parents in needed_by.items() if parents & taken} - taken:
        taken |= more
    return "".join(re.sub(r"^ *#.*\n", "", entries[name], flags=re.MULTILINE) for name in entries if name in taken)


def run_time(project: str) -> set[str]:
    """The names of the run-time dependencies in a pyproject.toml."""
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in tomllib.loads(project)["project"]["dependencies"]}


if __name__ == "__main__":
    print(
        part(Path("requirements.lock").read_text(), set(sys.argv[1:]) or run_time(Path("pyproject.toml").read_text()))
    )
