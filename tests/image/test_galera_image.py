"""What the image of a database node holds, and what it must not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import containers

MEGABYTES = 1_000_000
SITE = "/opt/galera-kit/lib/python3*/site-packages"


pytestmark = pytest.mark.usefixtures("galera_image")


@pytest.fixture(scope="module")
def inside() -> Iterator[Any]:
    """A container of the image that does nothing, for a look around."""
    with containers.container(
        containers.GALERA, ["infinity"], entrypoint=["sleep"], init=True, network_mode="none", **containers.CONFINED
    ) as one:
        yield one


def said(inside, *command: str) -> str:
    done = inside.exec_run(list(command))
    assert done.exit_code == 0, done.output.decode()
    return done.output.decode().strip()


def test_the_image_is_small_enough(galera_image) -> None:
    assert galera_image.attrs["Size"] <= 600 * MEGABYTES


def test_labels_say_what_it_is_and_of_which_commit(galera_image) -> None:
    prefix = "org.opencontainers.image."
    labels = {name.removeprefix(prefix): value for name, value in galera_image.labels.items() if value}
    assert {"title", "description", "licenses", "version", "revision", "base.name"} <= labels.keys()
    assert len(labels["revision"].removesuffix("-dirty")) == 40


def test_it_runs_the_entrypoint_as_user_999_and_asks_no_shell_for_its_health(galera_image) -> None:
    config = galera_image.attrs["Config"]
    assert config["User"] == "999:999"
    assert (config["Entrypoint"], config["Cmd"]) == (["entrypoint"], ["run"])
    assert not config.get("Healthcheck")


@pytest.mark.parametrize(
    "command",
    [
        ["entrypoint", "--version"],
        ["peerfinder", "-version"],
        ["galeractl", "--help"],
        ["kubectl-galera", "--help"],
        ["mariadbd", "--version"],
        ["mariadb-backup", "--version"],
        ["socat", "-V"],
        [
            "bash",
            "-c",
            "command -v mbstream mariadb-install-db wsrep_sst_mariabackup mariadb mariadb-dump lsof ip gzip",
        ],
    ],
    ids=lambda command: command[0],
)
def test_the_programs_of_a_node_are_there(inside, command: list[str]) -> None:
    assert said(inside, *command)


def test_what_only_a_build_needs_is_not(inside) -> None:
    looked = inside.exec_run(["bash", "-c", "command -v gcc cc g++ make pip pip3"])
    assert looked.output.decode().split() == []
    found = said(
        inside, "bash", "-c",
        f"ls -d {SITE}/pip {SITE}/setuptools /opt/build /root/.cache/* /var/lib/apt/lists/* /source 2>/dev/null; true",
    )  # fmt: skip
    assert found == ""


def test_all_byte_code_is_there_so_that_a_read_only_root_costs_no_start(inside) -> None:
    """Each module has its compiled form beside it, of the interpreter that runs."""
    count = (
        "import pathlib, importlib.util as u, sysconfig as s\n"
        "files = [f for d in (s.get_path('purelib'), s.get_path('stdlib')) for f in pathlib.Path(d).rglob('*.py')]\n"
        "assert len(files) > 1000\n"
        "print([str(f) for f in files if not pathlib.Path(u.cache_from_source(str(f))).exists()][:5])"
    )
    assert said(inside, "/opt/galera-kit/bin/python", "-c", count) == "[]"


def test_the_user_owns_no_program_and_no_configuration(inside) -> None:
    """Whoever breaks into the server cannot replace what runs next time, where the root file system is writable."""
    found = said(inside, "find", "/usr", "/opt", "/etc", "/docker-entrypoint-initdb.d", "-xdev", "-user", "mysql")
    assert found.split() in ([], ["/usr/lib/mysql/plugin/auth_pam_tool_dir"])  # the package's; what is in it is root's


def test_a_program_answers_soon(inside) -> None:
    started = time.monotonic()
    said(inside, "peerfinder", "-version")
    assert time.monotonic() - started < 1.5  # 0.1 s on an idle machine; without byte code it would not be
