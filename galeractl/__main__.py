"""python -m galeractl."""

from galeractl.cli import main

if __name__ == "__main__":
    main()
