"""`python -m entrypoint`."""

from entrypoint.cli import main

main()
