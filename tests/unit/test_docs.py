"""The documentation names what the programs have: commands, options, variables, codes, metrics, paths, rules, files."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

import entrypoint.core.decision
import entrypoint.core.options
from entrypoint.cli import cli as entrypoint_cli
from galeractl.cli import cli as galeractl_cli
from galeractl.core.diagnose import Diagnosis, State
from galeractl.core.nodeline import NodeLine, Role
from galeractl.core.programs import Programs
from galeractl.core.trouble import Code
from galeractl.local.zone import Mode
from peerfinder.adapters import run_directory
from peerfinder.core.report import Phase
from peerfinder.dropin.flags import FLAGS
from peerfinder.dropin.listing import command as list_command
from peerfinder.serve.command import command as serve_command

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
OPERATIONS = (DOCS / "operations.md").read_text()
DECISIONS = (DOCS / "decisions.md").read_text()
ARCHITECTURE = (DOCS / "architecture.md").read_text()
NOT_OURS = {"keepachangelog.com", "semver.org"}  # the only hosts that a page may name

Named = tuple[str, click.Command]


def commands(name: str, command: click.Command) -> Iterator[Named]:
    """A command and all below it, each with the words that a user types."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from commands(f"{name} {below}", found)


COMMANDS = (
    *commands("galeractl", galeractl_cli),
    *commands("entrypoint", entrypoint_cli),
    *commands("peerfinder serve", serve_command),
    *commands("peerfinder list", list_command),
)
EACH = pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _command in COMMANDS])


@functools.cache
def sections() -> dict[str, str]:
    """The parts of operations.md by their headings, what lies below a heading included."""
    found = {}
    for match in re.finditer(r"^(##+) (.*)$", OPERATIONS, re.MULTILINE):
        deeper = len(match[1])
        end = re.compile(rf"^#{{2,{deeper}}} ", re.MULTILINE).search(OPERATIONS, match.end())
        found[match[2]] = OPERATIONS[match.end() : end.start() if end else None]
    return found


def section(name: str) -> str:
    """The part about a command, or about the one that it belongs to."""
    while name not in sections():
        name = name.rpartition(" ")[0]
        assert name, "no section"
    return sections()[name]


def is_said(word: str, text: str) -> bool:
    """Whether `word` stands in something that is set as code, as a word of its own."""
    whole = re.compile(rf"(?:^|[ \[]){re.escape(word)}(?![\w-])")
    return any(whole.search(code) for code in re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("name", [name for name, _command in COMMANDS])
def test_every_command_is_named(name):
    assert is_said(name, OPERATIONS) or name in sections()


@EACH
def test_every_option_is_in_the_part_of_its_command(name, command):
    options = [one for parameter in command.params if isinstance(parameter, click.Option) for one in parameter.opts]
    assert [one for one in options if not is_said(one, section(name))] == []


@EACH
def test_every_variable_of_an_option_is_beside_it(name, command):
    prefix = (command.context_settings or {}).get("auto_envvar_prefix")
    lacking = []
    for option in (one for one in command.params if isinstance(one, click.Option)):
        given = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
        if prefix and not given and option.opts[0] != "--help":
            given = [f"{prefix}_{option.name}".upper()]
        rows = [line for line in section(name).splitlines() if is_said(option.opts[-1], line)]
        lacking += [one for one in given if not any(is_said(one, row) for row in rows)]
    assert lacking == []


def codes_in(text: str) -> list[str]:
    """The numbers of `Exit codes: 0 done, 1 failed ...`."""
    told = re.search(r"Exit (?:codes|status):(.*?)(?:\n\s*\n|$)", text, re.DOTALL)
    return re.findall(r"(?:^|[,;]|\.)\s*(\d+)(?= )", told[1]) if told else []


def documented_codes(text: str) -> set[str]:
    """Codes in rows of a table and in sentences."""
    sentences = " ".join(re.findall(r"Exit codes:? ((?:.|\n)*?)\.\s", text))
    return {*re.findall(r"^\| (\d+) \|", text, re.MULTILINE), *re.findall(r"(?:^|[ ,;])(\d+)\b", sentences)}


@EACH
def test_every_exit_code_of_its_help_is_in_the_part_of_a_command(name, command):
    whole = section(name) + (section(name.split()[0]) if name.startswith(("galeractl", "entrypoint")) else "")
    assert set(codes_in(command.help or "")) <= documented_codes(whole)


def test_exit_codes_are_read_from_help():
    assert codes_in(galeractl_cli.help or "") == ["0", "1", "2", "3", "4"]
    assert codes_in(entrypoint_cli.help or "") == ["0", "1", "2"]
    assert codes_in(serve_command.help or "") == ["0", "1", "2"]


def test_the_table_of_exit_codes_is_the_programs():
    listed = re.findall(r"^\| (\d+) \|", OPERATIONS.partition("### galeractl status")[0], re.MULTILINE)
    assert [int(code) for code in listed] == [*(int(code) for code in Code), 130]


def sources(*rooms: str) -> Iterator[tuple[str, str]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def variables_that_are_read() -> set[str]:
    found = set()
    for path, text in sources("peerfinder", "entrypoint", "galeractl"):
        found |= set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', text))
        if path == "entrypoint/core/passwords.py":
            found |= {f"MARIADB_{name}" for name in re.findall(r'\bvalue\("([A-Z_]+)"\)', text)}
        found |= set(re.findall(r'^MARKER = "([A-Z_]+)"', text, re.MULTILINE))
        found |= set(re.findall(r'setdefault\("([A-Z_]+)"', text))
    return found - {"PATH"}


@pytest.mark.parametrize("variable", sorted(variables_that_are_read()))
def test_every_variable_that_is_read_is_named(variable):
    assert is_said(variable, OPERATIONS)


def metrics() -> list[str]:
    text = (ROOT / "peerfinder/serve/metrics.py").read_text()
    gauges = re.findall(r'_gauge\("(\w+)"', text)
    return [f"galerakit_{name}" for name in gauges] + [f"{one}_info" for one in re.findall(r'"(galerakit_\w+)"', text)]


def test_the_metrics_are_the_programs():
    assert sorted(re.findall(r"^\| `(galerakit_\w+)` \|", OPERATIONS, re.MULTILINE)) == sorted(metrics())


def paths() -> list[str]:
    found = re.findall(r'\(r"(/[^"]+)", \w+, everything\)', (ROOT / "peerfinder/serve/api.py").read_text())
    return [path.replace(both[0], one) for path in found for both in [alternatives(path)] for one in both[1]]


def alternatives(path: str) -> tuple[str, list[str]]:
    several = re.search(r"\((.*)\)", path)
    return (several[0], several[1].split("|")) if several else (path, [path])


def test_the_paths_are_the_programs():
    table = sections()["HTTP API of the agent"]
    assert sorted(re.findall(r"^\| `(?:GET|POST) (/\S+)` \|", table, re.MULTILINE)) == sorted(paths())


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


WORDS = {
    "a field of status": [one.name for one in (*fields(Diagnosis), *fields(NodeLine)) if one.name != "nodes"],
    "a role": list(Role),
    "a phase": list(Phase),
    "a state of programs": [one for one in Programs if one is not Programs.UNKNOWN],
    "a fault of DNS": [one.value for one in Mode],
    "a protected option": list(entrypoint.core.options.PROTECTED),
}


@pytest.mark.parametrize("kind", WORDS)
def test_every_word_of_an_answer_is_explained(kind):
    assert [str(word) for word in WORDS[kind] if f"`{word}`" not in OPERATIONS] == []


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_cluster_is_explained(state):
    assert f"| {state} | " in OPERATIONS


@pytest.mark.parametrize("flag", [flag.name for flag in FLAGS])
def test_every_flag_of_the_dropin_has_its_row(flag):
    rows = [line for line in (DOCS / "peerfinder-dropin.md").read_text().splitlines() if line.startswith("| `-")]
    assert any(f"`-{flag}`" in row for row in rows)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made where pages are shown."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_machine_a_registry_or_unfinished_work(page):
    text = page.read_text()
    assert re.findall(r"(?<![\w.])/(?:work|root|home|mnt|opt|(?<!/var/)tmp)/\S+", text) == []
    assert {host for host in re.findall(r"\w+://([\w.-]+)", text) if not host.startswith("127.")} <= NOT_OURS
    assert re.findall(r"\b\w[\w-]*\.(?:io|dev|com|net)/\S+", re.sub(r"https?://\S+", "", text)) == []
    assert re.findall(r"\b(?:TODO|FIXME|TBD|XXX)\b", text) == []


@pytest.mark.parametrize("page", sorted((DOCS / "design").glob("*")), ids=lambda page: page.name)
def test_a_design_note_carries_its_date(page):
    assert re.fullmatch(r"20\d{6}-[a-z0-9-]+\.md", page.name)


def test_the_readme_names_the_two_commands_and_every_page():
    readme = (ROOT / "README.md").read_text()
    assert re.findall(r"^    (make \w+) ", readme, re.MULTILINE) == ["make demo", "make test"]
    assert [page.name for page in sorted(DOCS.glob("*.md")) if f"](docs/{page.name})" not in readme] == []
