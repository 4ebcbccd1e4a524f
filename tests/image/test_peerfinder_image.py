"""The image of peerfinder and galeractl, and the programs it puts into containers of other images.

The other images are one that is entirely empty, so that nothing of it can be used, and Debian without Python.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator

import pytest

from tests.support import containers
from tests.support.containers import LABEL, PEERFINDER, Ended, run

MEGABYTES = 1_000_000
EMPTY = "galera-kit-test/empty:1"
DEBIAN = "debian:trixie-slim"
PROGRAMS = {"peerfinder", "peer-finder", "galeractl", "kubectl-galera"}


pytestmark = pytest.mark.usefixtures("peerfinder_image")


@pytest.fixture(scope="module")
def installed() -> Iterator[str]:
    """A volume that an init container has filled."""
    with containers.volume() as name:
        done = run(PEERFINDER, ["install-to", "/work-dir"], volumes=mounted(name), user="0:0", network_mode="none")
        assert done.status == 0, done.output
        yield name


@pytest.fixture(scope="module")
def empty_image() -> Iterator[str]:
    """An image with nothing in it."""
    engine, nothing = containers.client(), io.BytesIO()
    tarfile.open(fileobj=nothing, mode="w").close()
    engine.api.import_image_from_data(nothing.getvalue(), *EMPTY.split(":"))
    yield EMPTY
    engine.images.remove(EMPTY, force=True)


def mounted(volume: str, place: str = "/work-dir", mode: str = "rw") -> dict[str, dict[str, str]]:
    return {volume: {"bind": place, "mode": mode}}


def elsewhere(image: str, volume: str, *command: str, place: str = "/elsewhere", **options) -> Ended:
    confined = {**containers.CONFINED, "tmpfs": {}, "network_mode": "none", "user": "1234:1234", **options}
    return run(image, list(command), volumes=mounted(volume, place, "ro"), **confined)


def test_the_image_is_small_and_runs_as_nobody_special(peerfinder_image) -> None:
    assert peerfinder_image.attrs["Size"] <= 120 * MEGABYTES
    assert peerfinder_image.attrs["Config"]["User"] == "65532:65532"
    assert not peerfinder_image.attrs["Config"].get("Healthcheck")
    assert {"org.opencontainers.image.version", "org.opencontainers.image.revision"} <= peerfinder_image.labels.keys()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["peerfinder", "-version"], "peerfinder 0."),
        (["peerfinder", "-h"], "-on-start"),
        (["peer-finder", "-h"], "-on-start"),
        (["peerfinder", "serve", "--help"], "--token-file"),
        (["galeractl", "status", "--help"], "--help"),
        (["kubectl-galera", "--help"], "kubectl galera"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_programs_run_in_it_and_in_an_image_that_holds_nothing(
    installed: str, empty_image: str, command: list[str], words: str
) -> None:
    here = run(PEERFINDER, command, network_mode="none", **containers.CONFINED)
    there = elsewhere(empty_image, installed, f"/elsewhere/{command[0]}", *command[1:])
    assert here == there
    assert here.status == 0
    assert words in here.output


@pytest.mark.usefixtures("galera_image")
def test_the_drop_in_runs_scripts_of_the_other_image(installed: str, tmp_path) -> None:
    """A name server, and Debian without Python that asks it; the script runs in Debian's shell and environment."""
    host = {"address": "10.1.2.3", "ready": True}
    zone = {"domain": "cluster.local", "namespace": "test", "service": "db", "mode": "ok", "hosts": {"db-0": host}}
    tmp_path.chmod(0o755)
    (tmp_path / "zone.json").write_text(json.dumps(zone))
    server = ["-m", "galeractl.local.nameserver", "--listen", "127.0.0.1:5353", "--zone", "/zone/zone.json"]
    with containers.container(
        containers.GALERA, server, entrypoint=["/opt/galera-kit/bin/python"], init=True, network_mode="none",
        volumes={str(tmp_path): {"bind": "/zone", "mode": "ro"}},
    ) as nameserver:  # fmt: skip
        done = elsewhere(
            DEBIAN, installed, "/elsewhere/peerfinder", "-service=db", "-ns=test", "-domain=cluster.local",
            "-hostname=db-0", "-nameserver=127.0.0.1:5353", "-timeout=20s",
            "-on-start=read peer; echo got $peer; env | grep -i python; type python3",
            network_mode=f"container:{nameserver.id}",
        )  # fmt: skip
    assert "got db-0.db.test.svc.cluster.local" in done.output
    assert "PYTHON" not in done.output, "the interpreter's own settings must not reach scripts"
    assert "python3: not found" in done.output
    assert done.status == 1  # of `type`


def test_a_name_that_is_no_program_is_told_the_programs(installed: str, empty_image: str) -> None:
    done = elsewhere(empty_image, installed, "/elsewhere/galera-kit/launch")
    assert done.status == 2
    assert "there are: peerfinder" in done.output


def test_a_second_init_container_replaces_what_the_first_left() -> None:
    with containers.volume() as name:
        for _ in range(2):
            done = run(PEERFINDER, ["install-to", "/work-dir"], volumes=mounted(name), user="0:0", network_mode="none")
            assert done.status == 0, done.output
        listed = run(DEBIAN, ["ls", "/work-dir"], volumes=mounted(name), network_mode="none").output
        assert set(listed.split()) == PROGRAMS | {"galera-kit"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param([], 2, "usage: install-to DIRECTORY", id="no directory"),
        pytest.param(["/not-there"], 1, "/not-there is no directory; mount a volume there", id="a missing directory"),
        pytest.param(["/etc"], 1, "may user 65532:65532 write there?", id="a directory that it may not write"),
    ],
)
def test_install_to_says_what_is_wrong(arguments: list[str], status: int, words: str) -> None:
    done = run(PEERFINDER, ["install-to", *arguments], network_mode="none", **containers.CONFINED)
    assert done.status == status
    assert words in done.output
    assert "Traceback" not in done.output


def test_everything_it_makes_is_labelled_for_the_clean_up(installed: str) -> None:
    assert LABEL in containers.client().volumes.get(installed).attrs["Labels"]
