"""The pages as pages: links, names of machines, unfinished work, dates of design notes, the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.pages import (
    DOCS,
    PAGES,
    ROOT,
)

NOT_OURS = {"keepachangelog.com", "semver.org"}  # the only hosts that a page may name
PLACES = {"bucket", "container", "minio"}  # and what stands for a store in examples


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
    assert {host for host in re.findall(r"\w+://([\w.-]+)", text) if not host.startswith("127.")} <= NOT_OURS | PLACES
    beside = re.sub(r"https?://\S+|(?:[\w-]+\.)*(?:kubernetes|k8s)\.io/", "", text)  # names of labels and annotations
    assert re.findall(r"\b\w[\w-]*\.(?:io|dev|com|net)/\S+", beside) == []
    assert re.findall(r"\b(?:TODO|FIXME|TBD|XXX)\b", text) == []


@pytest.mark.parametrize("page", sorted((DOCS / "design").glob("*")), ids=lambda page: page.name)
def test_a_design_note_carries_its_date(page):
    assert re.fullmatch(r"20\d{6}-[a-z0-9-]+\.md", page.name)


def test_the_picture_of_the_status_page_is_no_burden():
    assert (DOCS / "page.png").stat().st_size < 150_000


def test_the_readme_names_the_two_commands_and_every_page():
    readme = (ROOT / "README.md").read_text()
    assert re.findall(r"^    (make \w+) ", readme, re.MULTILINE) == ["make demo", "make test"]
    assert [page.name for page in sorted(DOCS.glob("*.md")) if f"](docs/{page.name})" not in readme] == []
