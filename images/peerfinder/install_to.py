# ruff: noqa: INP001 - a program by itself, in no package
"""install-to DIRECTORY: puts the programs into a directory that containers of other images share.

DIRECTORY gets the folder `galera-kit` and links to the programs in it. The folder is copied aside and then renamed, so
a container that was killed half-way leaves nothing that looks whole, and a second run replaces what the first left.

Exit codes: 0 done, 1 failed, 2 usage.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

FOLDER = "galera-kit"
LINKS = ("peerfinder", "peer-finder", "galeractl", "kubectl-galera")


def install(source: Path, directory: Path) -> None:
    """Copy the folder `source` into `directory`; raises OSError."""
    new, old, target = (directory / f"{FOLDER}{end}" for end in (".new", ".old", ""))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(source, new, symlinks=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    for name in LINKS:
        link, aside = directory / name, directory / f"{name}.new"
        aside.unlink(missing_ok=True)
        aside.symlink_to(f"{FOLDER}/launch")
        aside.replace(link)


def main() -> int:
    """Run the command line; gives the exit status."""
    arguments = sys.argv[1:]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: install-to DIRECTORY\n\nCopies peerfinder and galeractl into DIRECTORY.", file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    directory = Path(arguments[0])
    if not directory.is_dir():
        print(f"install-to: {directory} is no directory; mount a volume there", file=sys.stderr)
        return 1
    try:
        install(Path(__file__).parents[1], directory)
    except (OSError, shutil.Error) as error:
        print(f"install-to: {error}; may user {os.geteuid()}:{os.getegid()} write there?", file=sys.stderr)
        return 1
    print(f"install-to: {', '.join(LINKS)} are in {directory}")
    return 0
