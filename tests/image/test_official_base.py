"""The same Dockerfile on an official image of MariaDB: here on a stand-in with their layout, which lacks Galera.

It is built by plain docker, on the machine's own network: packages come from where this machine gets them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import containers

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BASE = "galera-kit-test/official-layout:1"
BUILT = "galera-kit-test/galera:1"

pytestmark = [pytest.mark.usefixtures("galera_image"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    given = ["docker", "build", "--network=host", "-q", "-t", BASE, "-f", str(HERE / "official-layout.Dockerfile")]
    environment = {**os.environ, "GALERA_KIT_LAB": "", "BUILD_OPTIONS": "--network=host"}
    environment |= {"REPOSITORY": "galera-kit-test", "TAG": "1", "BASE_IMAGE": BASE}
    commands = ([*given, str(HERE)], [str(ROOT / "scripts/build-images"), "galera"])
    for command in commands:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    yield BUILT
    for name in (BUILT, BASE):
        containers.client().images.remove(name, force=True)


def test_what_the_base_lacked_was_added_and_its_server_is_kept(image: str) -> None:
    def said(name: str) -> str:
        what = "mariadbd --version; ls /usr/lib/galera/libgalera_smm.so; id -u mysql"
        lines = containers.run(name, ["-c", what], entrypoint=["bash"], network_mode="none").output.splitlines()
        return "\n".join(
            line for line in lines if "MAC address" not in line
        )  # it misses a network, where there is none

    assert "No such file" in said(BASE)
    assert "No such file" not in said(image)
    assert said(image).splitlines()[0] == said(BASE).splitlines()[0]
    assert said(image).splitlines()[-1] == "999"


def test_two_nodes_of_it_form_a_cluster(image: str, tmp_path: Path) -> None:
    with containers.cluster(tmp_path, 2, image=image) as made:
        made.start()
        first, second = made.nodes
        first.sql("CREATE DATABASE there")
        assert second.sql("SET SESSION wsrep_sync_wait = 1; SHOW DATABASES LIKE 'there'") == "there"
