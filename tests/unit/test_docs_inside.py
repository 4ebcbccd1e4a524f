"""The pages about the inside say what the code says: rules, quoted sentences, modules, files of the run directory."""

from __future__ import annotations

import re

import pytest

import entrypoint.core.decision
from entrypoint.core.writer_tables import MONITOR_GRANT, TABLE_STATEMENTS
from peerfinder.adapters import run_directory
from tests.support.pages import ARCHITECTURE, DECISIONS, OPERATIONS, ROOT, is_said, sources

RULES = re.findall(r"^ (\d)\. (.*)$", entrypoint.core.decision.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize(("number", "text"), RULES)
def test_every_rule_stands_on_its_page_with_its_sentence(number, text):
    condition = text.partition(" -> ")[0]
    row = next(line for line in DECISIONS.splitlines() if line.startswith(f"| {number} | "))
    words = {word for word in re.findall(r"[a-z']+", condition.partition(" (see")[0].lower()) if word != "that"}
    assert words <= set(re.findall(r"[a-z']+", row.lower()))
    assert f"### Rule {number}: " in DECISIONS


def test_there_are_eight_rules_and_no_other_on_the_page():
    assert [number for number, _text in RULES] == re.findall(r"^### Rule (\d): ", DECISIONS, re.MULTILINE)
    assert len(RULES) == 8


def quoted() -> list[str]:
    """The sentences of decisions.md that the programs are said to say."""
    return re.findall(r"^> `(.*)`$", DECISIONS, re.MULTILINE)


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
