"""All examples of the numbered rules, and the one that is shown as `entrypoint plan` prints it."""

from __future__ import annotations

from tests.support.examples import absence, election, primary
from tests.support.examples.example import Example

EXAMPLES: tuple[Example, ...] = (*primary.EXAMPLES, *absence.EXAMPLES, *election.EXAMPLES)
PLANNED = next(one for one in EXAMPLES if one.sentence == "a member of the newest view is waited for")


def examples_of(rule: int) -> tuple[Example, ...]:
    """The examples of one rule."""
    return tuple(one for one in EXAMPLES if one.rule == rule)
