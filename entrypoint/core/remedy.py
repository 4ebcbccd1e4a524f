"""Which command ends a wait for nodes that do not come back, or a refusal?

`galeractl recover --without` takes nodes out of who counts, and is refused where the election would not follow it. So
the command that is shown has to name everybody whom the election would still wait for: also those that count only once
others are left out, and those that an order before this one left out, whose place it takes. `--bootstrap` likewise is
shown only where the election would follow it.
"""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.doubt import Doubt
from entrypoint.core.election import Elected, elect
from entrypoint.core.evidence import gather_evidence, holders
from entrypoint.core.facts import Facts
from entrypoint.core.override import fitting_override, override_as_seen
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import Position
from peerfinder.core.report import Phase

LOOK = "galeractl status"
"""What is shown where a person has to understand first: no command would end it by itself."""


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
    order = f"galeractl recover {_without(names)}"
    there = by_ordinal(frozenset(names) & facts.answering)
    runs = by_ordinal([name for name, one in facts.reports.items() if one.facts.phase is Phase.RUNNING])
    first = [f"stop {', '.join(there)} for good"] if there else []
    if runs:  # outside of a Primary, and kept there by the absence of those that are to be left out
        first.append(f"restart {', '.join(runs)}")
    return f"{' and '.join(first)}, then {order}" if first else order


def ending_of_trouble(facts: Facts) -> str:
    """Say what to do about a volume that cannot be used."""
    repair = "repair what the message names; this node looks again by itself"
    primaries = any(report.in_primary for report in facts.others)
    return f"{repair}. Or give it an empty volume: the Primary fills it" if primaries else repair


def ending_of_doubt(facts: Facts, doubt: Doubt) -> str:
    """Give what a person may say to complete reports of which nothing follows."""
    if doubt.rule == 7:
        return "bring the volumes back; only if this is to be a new, empty cluster: remove all volumes and the memory"
    if doubt.give_up:
        return "; ".join(discard(name) for name in doubt.give_up)  # none of them but the last makes a Primary form
    held = {name: one.facts.position for name, one in holders(facts).items() if one.facts.position}
    for name, position in sorted(held.items(), key=lambda one: (one[1].seqno, one[0]), reverse=True):
        order = _naming(facts, name, position)
        if order:
            return order
    return LOOK


def discard(name: str) -> str:
    """The command that gives up the data of a node that is there."""
    return f"galeractl recover --discard {name}"


def _naming(facts: Facts, name: str, position: Position) -> str:
    """The command that names a node to bootstrap, '' where the election would not follow it."""
    fits = fitting_override(facts)
    without = fits.without if fits else ()
    memory = facts.memory or ClusterMemory()
    order = override_as_seen(facts, memory, without, name, position, named=True)
    outcome = elect(replace(facts, memory=replace(memory, override=order), memory_fresh=True))
    if not isinstance(outcome, Elected) or outcome.winner != name:
        return ""
    words = ("galeractl recover", _without(without), f"--bootstrap {name} --expect-seqno {position.seqno}")
    return " ".join(word for word in words if word)


def _without(names: tuple[str, ...]) -> str:
    return " ".join(f"--without {name}" for name in names)
