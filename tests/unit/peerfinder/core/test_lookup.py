"""What answers about single hosts say of the nodes behind them."""

import pytest

from peerfinder.core.lookup import Answer, Cause, Lookup, NoAnswer, Target, addresses_of

BEFORE = {"db-0": "10.0.0.1", "db-1": "10.0.0.2"}


def at(*addresses: str) -> Answer:
    return Answer((Target("host", addresses),))


def no(cause: Cause) -> NoAnswer:
    return NoAnswer(cause, f"no {cause.value}")


CASES: dict[str, tuple[dict[str, Lookup], dict[str, str], str]] = {
    "each name has its first address": (
        {"db-0": at("10.0.0.1"), "db-1": at("10.0.0.9", "fd00::9")},
        {"db-0": "10.0.0.1", "db-1": "10.0.0.9"},
        "",
    ),
    "a name that does not exist is a node that is not there": (
        {"db-0": at("10.0.0.1"), "db-1": no(Cause.NXDOMAIN)},
        {"db-0": "10.0.0.1"},
        "",
    ),
    "a name that got no answer keeps its address, and DNS has a problem": (
        {"db-0": at("10.0.0.1"), "db-1": no(Cause.TIMEOUT)},
        BEFORE,
        "no timeout",
    ),
    "no answer and no address before": (
        {"db-0": at("10.0.0.1"), "db-2": no(Cause.REFUSED)},
        {"db-0": "10.0.0.1"},
        "no refused",
    ),
    "no name exists at all: that is DNS, not the nodes": (
        {"db-0": no(Cause.NXDOMAIN), "db-1": no(Cause.EMPTY)},
        {},
        "no nxdomain; no empty",
    ),
}


@pytest.mark.parametrize(("answers", "addresses", "problem"), CASES.values(), ids=CASES)
def test_addresses_of(answers: dict[str, Lookup], addresses: dict[str, str], problem: str) -> None:
    assert addresses_of(answers, BEFORE) == (addresses, problem)


def test_an_answer_of_nobody_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="use NoAnswer"):
        Answer(())
