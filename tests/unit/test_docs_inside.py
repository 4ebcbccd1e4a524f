"""The pages about the inside say what the code says: rules, quoted sentences, modules, files of the run directory."""

from __future__ import annotations

import re

import pytest

from entrypoint.core.rules import RULES, STEPS, VIGIL
from entrypoint.core.writer_tables import MONITOR_GRANT, TABLE_STATEMENTS
from peerfinder.adapters import run_directory
from tests.support.examples.decision import EXAMPLES
from tests.support.examples.page import heading, parts
from tests.support.examples.vigil import WATCHES
from tests.support.examples.vote import COUNTS, LAST_LOOKS, VOTES
from tests.support.pages import ARCHITECTURE, DECISIONS, OPERATIONS, ROOT, is_said, sources
from tests.support.reports import FOREIGN, OURS


def part(heading: str) -> str:
    """What decisions.md says below a heading, up to the next one."""
    _before, found, after = DECISIONS.partition(f"\n{heading}\n")
    assert found, heading
    assert f"\n{heading}\n" not in after
    return re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_its_row_and_its_part(rule):
    row = next(line for line in part("## The rules").splitlines() if line.startswith(f"| [{rule.number}](#rule-"))
    assert row.endswith(f" | {rule.when} | {rule.then} |")
    why, _, ending = part(f"### {heading(rule)}").partition("\n**What ends it.** ")
    assert "\n**Why.** " in why
    assert ending


def test_no_other_rule_is_on_the_page():
    assert re.findall(r"^### Rule .*$", DECISIONS, re.MULTILINE) == [f"### {heading(rule)}" for rule in RULES]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_example_is_told_with_its_sentence_and_its_remedy(example):
    rule = next(rule for rule in RULES if rule.number == example.rule)
    row = next(line for line in part(f"### {heading(rule)}").splitlines() if line.startswith(f"| {example.sentence} |"))
    said = row.replace("UUID", OURS).replace("OTHER", FOREIGN)
    assert f"| {example.kind.__name__}" in said
    assert f"`{example.reason}` |" in said
    assert not example.remedy or said.endswith(f"| `{example.remedy}` |")


@pytest.mark.parametrize("one", [one for one in (*VOTES, *COUNTS, *LAST_LOOKS) if one.reason], ids=str)
def test_every_sentence_of_a_vote_is_told_beside_its_step(one):
    rows = [line for line in part("## The vote").splitlines() if line.startswith(f"| {one.step} | ")]
    assert f"| {one.step} | {STEPS[one.step - 1].what} | {STEPS[one.step - 1].without} |" in rows
    assert any(f"{one.sentence} | " in row and row.endswith(f": `{one.reason}` |") for row in rows)


@pytest.mark.parametrize("watched", VIGIL, ids=lambda watched: watched.seen)
def test_whatever_is_watched_for_is_told_with_what_is_said_then(watched):
    rows = part("## A server that lost its Primary").splitlines()
    row = next(line for line in rows if line.startswith(f"| {watched.seen} | {watched.done} | "))
    stops = [one.stop for one in WATCHES if one.stop and VIGIL[one.watched - 1] == watched]
    assert [one.reason for one in stops if f"`{one.reason}`" not in row] == []


def test_what_is_made_of_the_code_is_up_to_date():
    for name, made in parts().items():
        begin, end = f"<!-- {name}: made by scripts/decision-docs -->\n", f"<!-- end of {name} -->\n"
        assert begin + made + end in DECISIONS, "run make decision-docs"


def quoted() -> list[str]:
    """What decisions.md says by hand that programs say, and what in the examples is said by other programs."""
    by_hand = re.findall(r"^> `(.*)`$", DECISIONS, re.MULTILINE)
    seen = [one.facts for one in EXAMPLES]
    why = {why for facts in seen for why in facts.silent.values()} | {facts.memory_problem for facts in seen}
    return [*by_hand, *sorted(why - {""})]


@pytest.mark.parametrize("sentence", quoted())
def test_a_quoted_sentence_is_one_of_the_programs(sentence):
    """Its fixed parts stand in the code."""
    fixed = re.split(r"\b(?:UUID|OTHER|VOLUME)\S*|db-\d|\b\d[\d./a-z-]*|'[^']*'|[;:,()]", sentence)
    pieces = [piece.strip(" ,").removeprefix("it ") for piece in fixed]
    pieces = [piece for piece in pieces if len(piece.split()) >= 3]
    assert pieces
    texts = [re.sub(r'"\s*\n\s*f?"', "", text) for _path, text in sources("entrypoint", "peerfinder")]
    assert [piece for piece in pieces if not any(piece in text for text in texts)] == []


MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for room in ("peerfinder", "entrypoint", "galeractl", "backup")
    for pattern in ("*.py", "*.j2")
    for path in (ROOT / room).rglob(pattern)
    if path.name != "__init__.py"
)


def test_the_table_of_files_is_the_tree():
    assert sorted(re.findall(r"^\| `([\w/.]+\.(?:py|j2))` \| .", ARCHITECTURE, re.MULTILINE)) == MODULES


def run_directory_names() -> list[str]:
    values = [getattr(run_directory, name) for name in vars(run_directory) if name.isupper()]
    return [value for value in values if isinstance(value, str)]


@pytest.mark.parametrize("name", run_directory_names())
def test_every_file_of_the_run_directory_is_explained(name):
    assert is_said(name, ARCHITECTURE)


def test_the_statements_for_older_data_make_the_tables_of_a_new_cluster():
    def words(text: str) -> str:
        return re.sub(r"\s+", " ", text).replace("IF NOT EXISTS ", "").replace("( ", "(").replace(" )", ")")

    for statement in (*TABLE_STATEMENTS, f"GRANT {MONITOR_GRANT} TO monitor@localhost"):
        assert words(statement) + ";" in words(OPERATIONS)
