"""What is said of the takeovers that were measured."""

from __future__ import annotations

from bench.takeover import DOCUMENT, MARKS, Takeovers, render

COUNTS = {"short": 900, "long": 9, "moves": 12, "retried": 1}


def test_the_table_has_what_was_measured_and_whether_it_is_enough() -> None:
    measured = Takeovers([0.02, 0.05, 0.03], [0.004, 0.006, 0.005], [1.5, 2.5, 2.0], [], COUNTS)
    text = render({"Machine": "two cores"}, measured)
    assert "- Machine: two cores" in text
    assert "| 3 takeovers | p50 | p99 | worst |" in text
    assert "| Writes interrupted (target: p99 < 0.3 s, met) | 0.030 s | 0.050 s | 0.050 s |" in text
    assert "Failed: 0 of 900 short and 9 long transactions (target: none,\nmet). Connections that were closed" in text


def test_what_is_not_enough_stays_in_it() -> None:
    text = render({}, Takeovers([0.9], [0.9], [2.0], ["db-0: lost"], COUNTS))
    assert "(target: p99 < 0.3 s, **missed**)" in text
    assert "(target: none,\n**missed**)" in text


def test_the_document_has_a_place_for_it() -> None:
    text = DOCUMENT.read_text()
    assert text.index(MARKS[0]) < text.index(MARKS[1])
