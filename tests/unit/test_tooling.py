"""The promises of the tooling itself: what a newcomer types, what is locked, and what must never enter the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
LOCK = (ROOT / "requirements.lock").read_text()
DRAWERS = {"utils.py", "util.py", "common.py", "helpers.py", "misc.py", "manager.py"}

GENERATED = {".git", ".venv", ".cache", ".galera", "build", "dist", "__pycache__"}


def sources() -> Iterator[Path]:
    """Every file that may enter the tree; found without git, so that it also holds for an unpacked archive."""
    for folder, names, files in os.walk(ROOT):
        names[:] = [name for name in names if name not in GENERATED and not name.endswith(("_cache", ".egg-info"))]
        yield from (Path(folder, file) for file in files)


def targets() -> list[str]:
    return re.findall(r"^([a-z][a-z0-9-]*):(?!=)", MAKEFILE, flags=re.MULTILINE)


def test_make_help_shows_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z0-9-]+) ", shown, flags=re.MULTILINE)) == set(targets())


def test_every_target_is_phony() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    assert sorted(phony.split()) == sorted(targets())


def test_every_locked_requirement_is_pinned_and_has_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert entries
    unfit = [
        entry.splitlines()[0] for entry in entries if not re.match(r"[a-z0-9._-]+==\S+ .*\n +--hash=sha256:", entry)
    ]
    assert unfit == []


def test_the_lock_names_no_place_to_download_from() -> None:
    assert re.findall(r"^\s*(?:--?(?!hash)[a-z].*|.*://.*)$", LOCK, flags=re.MULTILINE) == []


def test_no_file_sets_a_package_index() -> None:
    """Where packages come from is the business of the machine, not of the tree."""
    setting = re.compile(
        r"(?:index-url|trusted-host|find-links)[ =]+\S*(?:://|\.[a-z]{2,})|GOPROXY\s*=\s*http|registry\s*=\s*http"
    )
    assert [str(path) for path in sources() if setting.search(path.read_text(errors="replace"))] == []


def test_no_module_is_a_drawer() -> None:
    assert [str(path) for path in sources() if path.name in DRAWERS] == []


def fake_server(folder: Path, version: str, *, without: str = "") -> dict[str, str]:
    """An environment whose PATH and library folder hold a pretended MariaDB; `without` names what it lacks."""
    programs = [
        "mariadbd",
        "mariadb",
        "mariadb-install-db",
        "mariadb-backup",
        "mbstream",
        "socat",
        "wsrep_sst_mariabackup",
    ]
    for program in programs:
        if program != without:
            (folder / program).write_text(f"#!/bin/sh\necho 'mariadbd  Ver {version} for Linux on x86_64'\n")
            (folder / program).chmod(0o755)
    if without != "libgalera_smm.so":
        (folder / "libgalera_smm.so").touch()
    for tool in ("sh", "dirname", "sed", "tr", "paste"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return {"PATH": str(folder), "GALERA_LIBRARY_DIRS": str(folder), "SYSTEM_PATH": ""}


@pytest.mark.parametrize(
    ("version", "without", "complaint"),
    [
        pytest.param("10.11.0-MariaDB", "", None, id="the oldest supported release is enough"),
        pytest.param("11.8.2-MariaDB-deb13", "", None, id="a newer major release is enough"),
        pytest.param("10.6.21-MariaDB", "", "MariaDB >= 10.11 (found: 10.6)", id="an older minor release is not"),
        pytest.param("5.5.68-MariaDB", "", "MariaDB >= 10.11 (found: 5.5)", id="an older major release is not"),
        pytest.param("10.11.0-MariaDB", "mariadbd", "missing: mariadbd\n", id="a missing server is named"),
        pytest.param("10.11.0-MariaDB", "socat", "missing: socat\n", id="a missing tool is named"),
        pytest.param(
            "10.11.0-MariaDB", "libgalera_smm.so", "missing: libgalera_smm.so\n", id="a missing Galera is named"
        ),
    ],
)
def test_the_server_is_found_or_what_is_missing_is_named(
    tmp_path: Path, version: str, without: str, complaint: str | None
) -> None:
    env = fake_server(tmp_path, version, without=without)
    looked = subprocess.run(
        [ROOT / "scripts/obtain-server", "--check"], env=env, capture_output=True, text=True, check=False
    )
    if complaint is None:
        assert looked.returncode == 0, looked.stderr
        assert version in looked.stdout
    else:
        assert looked.returncode == 1
        assert complaint in looked.stderr
        assert "install the packages: mariadb-server mariadb-backup galera-4 socat" in looked.stderr
