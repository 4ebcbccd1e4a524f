"""What docs/decisions.md says of the rules and their examples; scripts/decision-docs puts it there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from entrypoint.core.decision import decide, summarise
from entrypoint.core.rules import RULES, STEPS, VIGIL, Rule
from entrypoint.run.planning import plan_text
from tests.support.examples.decision import PLANNED, examples_of
from tests.support.examples.example import Example
from tests.support.examples.vigil import WATCHES
from tests.support.examples.vote import COUNTS, LAST_LOOKS, VOTES
from tests.support.reports import FOREIGN, OURS


def parts() -> dict[str, str]:
    """Each part by the name that its markers have."""
    return {
        "the rules": _rules(),
        **{f"rule {rule.number}": _rule(rule) for rule in RULES},
        "the steps of a vote": _table(
            ("", "Step", "Without it"),
            ((str(place), step.what, step.without) for place, step in enumerate(STEPS, start=1)),
        ),
        "what is said in a vote": _votes(),
        "a server that lost its Primary": _vigil(),
        "a plan": f"```\n{plan_text(PLANNED.facts, summarise(decide(PLANNED.facts)), running=False)}\n```\n",
    }


def heading(rule: Rule) -> str:
    """The heading of the part about one rule."""
    return f"Rule {rule.number}: {rule.name}"


def shown(text: str) -> str:
    """What a program says, as it is shown: the two histories of the examples by short names."""
    return f"`{text.replace(OURS, 'UUID').replace(FOREIGN, 'OTHER')}`" if text else ""


def row_of(example: Example) -> tuple[str, str, str]:
    """An example as it stands in the table of its rule."""
    rule = f" (rule {example.decided_by})" if example.decided_by else ""
    return example.sentence, f"{example.kind.__name__}{rule}: {shown(example.reason)}", shown(example.remedy)


def _rules() -> str:
    rows = []
    for rule in RULES:
        anchor = re.sub(r"[^\w\- ]", "", heading(rule).lower()).replace(" ", "-")
        rows.append((f"[{rule.number}](#{anchor})", rule.when, rule.then))
    return _table(("Rule", "When", "Then"), rows)


def _rule(rule: Rule) -> str:
    table = _table(("Example", "The node says", "What ends it"), map(row_of, examples_of(rule.number)))
    return f"### {heading(rule)}\n\n{table}"


def _votes() -> str:
    answers = [(one.step, f"a voter: {one.sentence}", one.granted, one.reason) for one in VOTES]
    counts = [(one.step, f"the candidate: {one.sentence}", False, one.reason) for one in COUNTS if one.reason]
    looks = [(one.step, f"the candidate: {one.sentence}", False, one.reason) for one in LAST_LOOKS if one.reason]
    rows = (
        (str(step), seen, f"{'granted' if granted else 'no'}: {shown(reason)}")
        for step, seen, granted, reason in (*counts, *answers, *looks)
    )
    return _table(("Step", "Seen", "Said"), rows)


def _vigil() -> str:
    rows = []
    for place, watched in enumerate(VIGIL, start=1):
        stops = [one.stop for one in WATCHES if one.watched == place and one.stop]
        rows.append((watched.seen, watched.done, "<br>".join(shown(stop.reason) for stop in stops)))
    return _table(("Seen", "Done", "The log says, behind `stopping the server:`"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
