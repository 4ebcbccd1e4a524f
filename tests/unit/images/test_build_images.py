"""scripts/build-images with a pretended docker that writes down how it was called."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.chart import render
from tests.support.images import built
from tests.support.pages import PAGES

ROOT = Path(__file__).parents[3]
DOCKER = """#!/bin/sh
echo "$*" >> "$CALLS"
[ "$1" != info ] || exit ${ENGINE-0}
[ "$1" != image ] || echo 60000000
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with docker."""
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    return {"PATH": f"{tmp_path}:/usr/bin:/bin", "CALLS": str(tmp_path / "calls"), "GALERA_KIT_LAB": ""}


def build(machine: dict[str, str], *images: str, **more: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    done = subprocess.run(
        [ROOT / "scripts/build-images", *images], env=machine | more, capture_output=True, text=True, check=False
    )
    calls = Path(machine["CALLS"])
    said = calls.read_text().splitlines() if calls.exists() else []
    return done, [line for line in said if line.startswith("build ")]


def test_all_images_are_built_and_their_sizes_told(machine: dict[str, str]) -> None:
    done, calls = build(machine)
    assert done.returncode == 0, done.stderr
    assert f"-t {built('peerfinder')} " in calls[0]
    assert f"-t {built('galera')} " in calls[1]
    assert f"-t {built('haproxy')} " in calls[2]
    assert f"{built('galera')} is there, 60 MB" in done.stdout


def test_the_chart_takes_what_is_built() -> None:
    pod = render().pod["spec"]
    assert {one["image"] for one in (*pod["containers"], *pod["initContainers"])} == {built("galera")}


def test_the_pages_name_what_is_built() -> None:
    pages = (*PAGES, ROOT / "charts/galera/README.md")
    named = {
        one
        for page in pages
        for one in re.findall(r"galera-kit/(?:galera|peerfinder|haproxy):[\w.-]+", page.read_text())
    }
    assert named == {built("galera"), built("peerfinder"), built("haproxy")}


def test_what_is_set_is_handed_over_and_what_is_not_is_not(machine: dict[str, str]) -> None:
    _, (bare,) = build(machine, "galera")
    assert "PIP_" not in bare
    assert "BASE_IMAGE" not in bare
    assert "--build-arg VERSION=" in bare
    assert "--build-arg REVISION=" in bare
    given = {"BASE_IMAGE": "mariadb:11.8", "PIP_INDEX_URL": "index", "TAG": "1.0", "REPOSITORY": "mine"}
    _, (_, full) = build(machine, "galera", BUILD_OPTIONS="--network=host", **given)
    assert "--network=host -t mine/galera:1.0 " in full
    assert "--build-arg PIP_INDEX_URL=index --build-arg BASE_IMAGE=mariadb:11.8" in full


def test_a_program_that_builds_and_loads_is_used_where_it_is(machine: dict[str, str], tmp_path: Path) -> None:
    lab = tmp_path / "lab"
    lab.write_text('#!/bin/sh\necho "lab $*"\n')
    lab.chmod(0o755)
    done, calls = build(machine, "peerfinder", GALERA_KIT_LAB=str(lab))
    assert calls == []
    assert f"lab image build {built('peerfinder')} . -f images/peerfinder/Dockerfile --build-arg" in done.stdout


@pytest.mark.parametrize(
    ("change", "images", "sentence"),
    [
        pytest.param({"ENGINE": "1"}, [], "docker is here, but no engine answers it", id="no engine"),
        pytest.param(
            {}, ["mariadb"], "no image is called mariadb; there are peerfinder, galera and haproxy", id="no such image"
        ),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    machine: dict[str, str], change: dict[str, str], images: list[str], sentence: str
) -> None:
    done, calls = build(machine, *images, **change)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert calls == []


def test_a_machine_without_docker_is_told_what_to_install(machine: dict[str, str], tmp_path: Path) -> None:
    for tool in ("sh", "dirname", "sed", "git", "head", "date"):
        path = next(p for p in os.environ["PATH"].split(":") if (Path(p) / tool).exists())
        (tmp_path / tool).symlink_to(Path(path) / tool)
    (tmp_path / "docker").unlink()
    done, _ = build(machine, PATH=str(tmp_path))
    assert done.returncode == 1
    assert "no docker on PATH; install Docker" in done.stderr
