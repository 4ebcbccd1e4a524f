"""The tables of the rules hold for the code: its numbers are those of RULES, each of its sentences has an example."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields

import pytest

from entrypoint.core.decision import Bootstrap, Join, Refuse, Wait
from entrypoint.core.doubt import Doubt
from entrypoint.core.election import Elected, Undecided
from entrypoint.core.rules import RULES, STEPS, VIGIL, name_of
from entrypoint.core.vigil import Stop
from tests.support.examples.decision import EXAMPLES, examples_of
from tests.support.examples.vigil import WATCHES
from tests.support.examples.vote import COUNTS, LAST_LOOKS, VOTES
from tests.support.pages import ROOT, sources

VOTING = (*VOTES, *COUNTS, *LAST_LOOKS)
DECIDED = (Bootstrap, Join, Wait, Refuse, Elected, Undecided, Doubt)
NEVER = {
    "no expected node reports": "some node is always expected, and waited for under rule 5",
    "no node holds data of the newest lineage": "the data that have the newest lineage are part of it",
}
"""Sentences that no facts lead to: they stand where the code must not go on."""


def calls(*types: type) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """Where the code makes one of these values: the place, the rule's number and the sentence as they are written."""
    named = {one.__name__: [field.name for field in fields(one)] for one in types}
    for path, text in sources("entrypoint"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in named:
                given = dict(zip(named[node.func.id], node.args, strict=False))
                given |= {one.arg: one.value for one in node.keywords if one.arg}
                yield f"{path}:{node.lineno}", given.get("rule", ast.Constant(None)), given["reason"]


def told(sentence: ast.expr) -> str:
    """The sentence with `...` where the code fills something in; '' where it is made elsewhere."""
    if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
        return sentence.value
    if isinstance(sentence, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "..." for one in sentence.values)
    return ""


def put_together(tree: ast.AST) -> Iterator[str]:
    """The sentences in which a function fills something in, not what is filled in."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr):
            yield told(child)
        else:
            yield from put_together(child)


def is_said(sentence: str, reasons: Iterable[str]) -> bool:
    form = re.compile(".*".join(map(re.escape, sentence.split("..."))))
    return any(form.fullmatch(reason) for reason in reasons)


def test_the_numbers_count_and_the_names_differ():
    assert [rule.number for rule in RULES] == list(range(1, len(RULES) + 1))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert [name_of(rule.number) for rule in RULES] == [rule.name for rule in RULES]
    assert name_of(0) == ""


def test_the_code_emits_every_number_and_no_other():
    found = {}
    for place, rule, _reason in calls(*DECIDED):
        if isinstance(rule, ast.Constant):
            found.setdefault(rule.value, place)
        else:  # the number of an outcome that was made elsewhere
            assert ast.unparse(rule) == "outcome.rule", place
    assert sorted(found) == [rule.number for rule in RULES], found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_two_examples_of_decisions_that_carry_its_number(rule):
    assert len([one for one in examples_of(rule.number) if not one.decided_by]) >= 2


def test_no_sentence_of_an_example_is_told_twice():
    for table in (EXAMPLES, WATCHES, VOTING):
        ids = [str(one) for one in table]
        assert sorted(set(ids)) == sorted(ids)


def test_only_an_override_leaves_the_decision_to_another_rule():
    assert {one.rule for one in EXAMPLES if one.decided_by} == {4}


DECIDING = sorted({told(reason) for *_place, reason in calls(*DECIDED)} - {""})
STOPPING = sorted({told(reason) for *_place, reason in calls(Stop)} - {""})
VOTE = sorted(
    {
        sentence
        for one in ast.parse((ROOT / "entrypoint/core/ballot_box.py").read_text()).body
        if isinstance(one, ast.FunctionDef)
        for sentence in put_together(one)
    }
)


@pytest.mark.parametrize("sentence", DECIDING)
def test_every_sentence_of_a_decision_has_an_example(sentence):
    assert is_said(sentence, [one.reason for one in EXAMPLES]) != (sentence in NEVER)


@pytest.mark.parametrize("sentence", STOPPING)
def test_every_sentence_of_a_stop_has_an_example(sentence):
    assert is_said(sentence, [one.stop.reason for one in WATCHES if one.stop])


@pytest.mark.parametrize("sentence", VOTE)
def test_every_sentence_of_a_vote_has_an_example(sentence):
    assert is_said(sentence, [one.reason for one in VOTING])


def test_sentences_were_found():
    assert {*NEVER, "two Primary components answer (...): a split brain, joining neither"} <= set(DECIDING)
    assert "non-Primary for ... s beside ...: its position is made final" in STOPPING
    assert "... promised ballot ... already" in VOTE


@pytest.mark.parametrize("place", range(1, len(VIGIL) + 1))
def test_whatever_is_watched_for_has_an_example_in_which_that_is_done(place):
    examples = [one for one in WATCHES if one.watched == place]
    assert examples
    assert any(one.stop for one in examples) == VIGIL[place - 1].done.startswith("stop")


def test_examples_of_a_vote_belong_to_steps_that_can_fail_there():
    assert {one.step for one in VOTING} == {3, 4, 5, 6, 7, 11}
    assert STEPS[11 - 1].what.startswith("look once more")
