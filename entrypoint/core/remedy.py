"""Which command ends a wait for nodes that do not come back?

`galeractl recover --without` takes nodes out of who counts, and is refused where the election would not follow it. So
the command that is shown has to name everybody whom the election would still wait for: also those that count only once
others are left out, and those that an order before this one left out, whose place it takes.
"""

from __future__ import annotations

from entrypoint.core.evidence import gather_evidence
from entrypoint.core.facts import Facts
from entrypoint.core.override import fitting_override
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import Phase


def left_out(facts: Facts) -> tuple[str, ...]:
    """List the nodes to leave out so that only nodes that report are waited for; none when it is so already."""
    if facts.expected is None:
        return ()
    override = fitting_override(facts)
    before = names = frozenset(override.without) if override else frozenset()
    while silent := gather_evidence(facts, facts.expected, names).missing - frozenset(facts.reports):
        names |= silent  # a member without a name was one of these, or is somebody else: then it is waited for next
    return by_ordinal(names) if names != before else ()


def ending_of_wait(facts: Facts) -> str:
    """Give the command and what has to be done before it.

    '' where it could not be accepted: there is nobody to leave out, or nobody with data to go on from.
    """
    names = left_out(facts)
    if not names or not any(report.facts.holds_data for report in facts.reports.values()):
        return ""
    order = "galeractl recover " + " ".join(f"--without {name}" for name in names)
    there = by_ordinal(frozenset(names) & facts.answering)
    runs = by_ordinal([name for name, one in facts.reports.items() if one.facts.phase is Phase.RUNNING])
    first = [f"stop {', '.join(there)} for good"] if there else []
    if runs:  # outside of a Primary, and kept there by the absence of those that are to be left out
        first.append(f"restart {', '.join(runs)}")
    return f"{' and '.join(first)}, then {order}" if first else order
