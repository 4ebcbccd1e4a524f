# ruff: noqa: INP001 - a program by itself, in no package
"""What `launch` runs: the program named by the first argument, from the folder's own packages alone."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

PROGRAMS = {
    "peerfinder": "peerfinder.cli",
    "peer-finder": "peerfinder.cli",  # as the program was called whose place it takes
    "galeractl": "galeractl.cli",
    "kubectl-galera": "galeractl.cli",
    "install-to": "install_to",
}


def main() -> int | None:
    """Run it; gives its exit status."""
    sys.path.append(str(Path(__file__).parent))
    del sys.argv[0]
    module = PROGRAMS.get(sys.argv[0])
    if module is None:
        print(f"galera-kit: no program is called {sys.argv[0]}; there are: {', '.join(PROGRAMS)}", file=sys.stderr)
        return 2
    status: int | None = import_module(module).main()
    return status


if __name__ == "__main__":
    sys.exit(main())
