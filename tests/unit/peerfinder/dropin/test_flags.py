"""The grammar of Go's flag package, as manifests in the wild rely on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerfinder.dropin.flags import FLAGS, HelpWanted, Settings, UsageError, parse, seconds, usage

READS = {
    "nothing at all is nothing given": ([], Settings()),
    "value behind an equals sign": (["-service=db"], Settings(service="db")),
    "value in the next argument": (["-service", "db"], Settings(service="db")),
    "two dashes are one": (["--service=db", "--ns", "x"], Settings(service="db", ns="x")),
    "a value may start with a dash": (["-on-start", "-x", "-service", "--y"], Settings(on_start="-x", service="--y")),
    "a value may hold equals signs and quotes": (
        ['-on-start="/work-dir/on-start.sh"', "-on-change=A=1 tee"],
        Settings(on_start='"/work-dir/on-start.sh"', on_change="A=1 tee"),
    ),
    "a value may be empty": (["-service=db", "-ns="], Settings(service="db")),
    "the last repetition wins": (["-service=a", "-service", "b"], Settings(service="b")),
    "the first word that is no flag ends them": (["-service=db", "serve", "-nonsense"], Settings(service="db")),
    "two dashes alone end them": (["-service=db", "--", "-nonsense"], Settings(service="db")),
    "one dash alone is no flag": (["-service=db", "-", "-nonsense"], Settings(service="db")),
    "a switch takes no next argument": (["-version", "-ns", "x"], Settings(version=True, ns="x")),
    "a switch may be told its value": (["-version=F"], Settings()),
    "durations in Go's form": (["-timeout=1m30s", "-poll", "500ms"], Settings(timeout=90.0, poll=0.5)),
    "durations in plain seconds": (["-timeout=90", "-poll=0.5"], Settings(timeout=90.0, poll=0.5)),
    "numbers": (["-min-peers=3"], Settings(min_peers=3)),
}

REFUSES = {
    "unknown flag": (["-foo=1"], "flag provided but not defined: -foo"),
    "no abbreviations": (["-serv=db"], "flag provided but not defined: -serv"),
    "missing value": (["-ns=x", "-service"], "flag needs an argument: -service"),
    "three dashes": (["---service=db"], "bad flag syntax: ---service=db"),
    "no name": (["-=x"], "bad flag syntax: -=x"),
    "no switch value": (["-version=maybe"], 'invalid boolean value "maybe" for -version: parse error'),
    "no number": (["-min-peers=many"], 'invalid value "many" for flag -min-peers: parse error'),
    "no duration": (["-timeout=soon"], 'invalid value "soon" for flag -timeout: parse error'),
    "negative duration": (["-timeout=-1s"], 'invalid value "-1s" for flag -timeout: parse error'),
    "a poll that would flood DNS": (["-poll=0"], "-poll must be at least 50ms"),
    "addresses instead of names": (["-address-type=IP"], "-address-type can only be DNS: peers are looked up by name"),
    "a selector": (["-selector=app=db"], "-selector must be empty: peers are those behind -service, not pods chosen"),
}


@pytest.mark.parametrize(("arguments", "expected"), READS.values(), ids=READS)
def test_reads(arguments, expected):
    assert parse(arguments) == expected


@pytest.mark.parametrize(("arguments", "message"), REFUSES.values(), ids=REFUSES)
def test_refuses(arguments, message):
    refused = parse(arguments)
    assert isinstance(refused, UsageError)
    assert refused.message.startswith(message)


@pytest.mark.parametrize("word", ["-h", "--h", "-help", "--help", "-h=x"])
def test_help_is_wanted_where_a_flag_is_read(word):
    assert parse(["-service=db", word]) == HelpWanted()


def test_help_is_a_value_where_a_value_is_read():
    assert parse(["-service", "-help"]) == Settings(service="-help")


def test_flags_of_a_relative_are_taken_with_a_warning():
    settings = parse(["-address-type=DNS", "-selector=", "-v=3", "-service=db"])
    assert isinstance(settings, Settings)
    assert settings.service == "db"
    assert [warning.split()[0] for warning in settings.warnings] == ["-address-type=DNS", "-selector", "-v"]


def test_the_usage_shows_every_flag_that_is_not_there_for_a_relative():
    text = usage()
    for flag in FLAGS:
        assert (f"\n  -{flag.name} {flag.kind.value}".rstrip() + "\n" in text) != flag.hidden


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0.0),
        ("1h2m3.5s", 3723.5),
        ("100us", 1e-4),
        ("1m", 60.0),
        ("", None),
        ("1x", None),
        ("9" * 30, None),
    ],
)
def test_seconds(text, expected):
    assert seconds(text) == (None if expected is None else pytest.approx(expected))


@given(st.lists(st.text(alphabet="-=abhnosvtx1 \"'", max_size=8), max_size=6))
def test_any_arguments_give_one_of_the_three_outcomes(arguments):
    assert isinstance(parse(arguments), Settings | UsageError | HelpWanted)
