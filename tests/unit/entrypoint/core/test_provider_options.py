"""What users add to Galera's option string is checked before a server sees it."""

from __future__ import annotations

import pytest

from entrypoint.core.provider_options import FAST, format_options, parse, problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("a=1;b = 2 ; ", {"a": "1", "b": "2"}, id="spaces and a last semicolon"),
        pytest.param("a=1;a=2", {"a": "2"}, id="the last of repeated names"),
        pytest.param("a=x=y", {"a": "x=y"}, id="an equals sign in a value"),
        pytest.param("a", {"a": ""}, id="a name alone"),
    ],
)
def test_parsing(text, expected):
    assert parse(text) == expected


def test_what_is_written_is_read_back():
    assert parse(format_options(FAST)) == FAST


def test_the_fast_family_is_accepted_as_a_whole():
    assert problems(FAST) == ()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param(
            {"evs.suspect_timout": "PT2S"}, "did you mean 'evs.suspect_timeout'", id="a typo, with the right word"
        ),
        pytest.param({"zzz": "1"}, "unknown provider option 'zzz'", id="an unknown word"),
        pytest.param(
            {"evs.suspect_timeout": "PT2S"}, "keepalive_period must be at most a third", id="suspicion alone (measured)"
        ),
        pytest.param({"evs.suspect_timeout": "2"}, "not a duration like PT2S", id="a bare number"),
        pytest.param({"evs.install_timeout": "PT1M"}, "install_timeout must not exceed", id="an install time too long"),
        pytest.param({"pc.ignore_sb": "true"}, "must stay off", id="ignoring split brain"),
        pytest.param({"pc.bootstrap": "YES"}, "must stay off", id="forming a Primary by option"),
    ],
)
def test_what_is_found(options, sentence):
    (found, *_others) = problems(options)
    assert sentence in found


def test_switching_a_dangerous_option_off_is_fine():
    assert problems({"pc.ignore_sb": "false", "pc.ignore_quorum": "no", "pc.bootstrap": "0"}) == ()


@pytest.mark.parametrize("text", ["PT2S", "pt2s", "PT1M", "PT0.5S", "PT1H1M1S"])
def test_durations_as_galera_reads_them(text):
    assert not [one for one in problems({"evs.join_retrans_period": text}) if "not a duration" in one]
