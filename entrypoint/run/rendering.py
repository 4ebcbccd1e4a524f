"""`python -m entrypoint.run.rendering`: template values as JSON on standard input, the configuration on output."""

from __future__ import annotations

import json
import sys

from entrypoint.adapters.render import render


def main() -> None:
    """Render once."""
    sys.stdout.write(render(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
