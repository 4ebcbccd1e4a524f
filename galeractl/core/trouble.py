"""What an order can end in, for scripts (the exit code) and for people (what was seen, what to do next).

An order that cannot be carried out raises `Trouble` from wherever that is noticed; one place in the command line turns
it into a message. Anything else that is raised is a mistake in the program.
"""

from __future__ import annotations

import enum


class Code(enum.IntEnum):
    """Exit codes, the same for every command."""

    OK = 0  # done
    FAILED = 1  # tried and failed, or (status) the cluster is not whole
    USAGE = 2  # the command line cannot be understood, or names what does not exist
    TIMED_OUT = 3  # not finished within the time allowed; it may still finish by itself
    REFUSED = 4  # carrying it out could lose data, or contradict what is seen


class Trouble(Exception):
    """An order ends here: `seen` is what was found, `remedy` what to do next, `code` the exit code."""

    def __init__(self, seen: str, remedy: str = "", code: Code = Code.FAILED) -> None:
        super().__init__(seen)
        self.seen = seen
        self.remedy = remedy
        self.code = code
