"""How mariadb-backup is run, by a pretended one: what it is told, that it ends, and what is left."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from peerfinder.adapters.mariadb_backup import Account, NoBackup, Running, running


@pytest.fixture
def account(tmp_path: Path) -> Account:
    (tmp_path / "password").write_bytes(b"hu'sh \"#\n")
    return Account("monitor", tmp_path / "password", Path("/run/mysqld.sock"))


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a program called mariadb-backup first on PATH; gives the directory that a run may have."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "mariadb-backup"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "copy"


async def whole(found: Running) -> bytes:
    read = b""
    while piece := await found.read(1000):
        read += piece
    return read


def test_stream_log_and_exit_code_and_what_it_is_told(tmp_path, monkeypatch, account):
    script = 'echo "$@"; echo one >&2; printf "two, without its end" >&2; cat "${1#--defaults-file=}"; exit 3\n'
    directory = program(tmp_path, monkeypatch, script)
    lines: list[str] = []

    async def story() -> tuple[bytes, int]:
        async with running(directory, account, 3, lines.append) as found:
            assert directory.stat().st_mode & 0o777 == 0o700
            assert (directory / "my.cnf").stat().st_mode & 0o777 == 0o600
            return await whole(found), await found.wait()

    said, code = asyncio.run(story())
    words, _, options = said.decode().partition("\n")
    assert code == 3
    assert lines == ["one", "two, without its end"]
    assert words.split() == [
        f"--defaults-file={directory}/my.cnf", "--backup", "--stream=mbstream", "--galera-info", "--parallel=3",
        f"--target-dir={directory}", f"--tmpdir={directory}",
    ]  # fmt: skip
    assert options == '[client]\nuser="monitor"\nsocket="/run/mysqld.sock"\npassword="hu\'sh \\"#"\n'
    assert not directory.exists()


def test_it_does_not_outlive_its_block(tmp_path, monkeypatch, account):
    directory = program(tmp_path, monkeypatch, "echo $$; exec sleep 60\n")

    async def story() -> int:
        async with running(directory, account, 1, lambda _line: None) as found:
            return int(await found.read(100))

    pid = asyncio.run(story())
    assert not Path(f"/proc/{pid}").exists()
    assert not directory.exists()


def test_what_a_killed_one_left_is_in_nobodys_way(tmp_path, monkeypatch, account):
    directory = program(tmp_path, monkeypatch, "echo done\n")
    directory.mkdir()
    (directory / "my.cnf").write_text("old")

    async def story() -> bytes:
        async with running(directory, account, 1, lambda _line: None) as found:
            return await whole(found)

    assert asyncio.run(story()) == b"done\n"


async def begin(directory: Path, account: Account) -> None:
    async with running(directory, account, 1, lambda _line: None):
        raise AssertionError("it has begun")


def test_where_it_is_not_installed(tmp_path, monkeypatch, account):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("peerfinder.adapters.mariadb_backup._PLACES", str(tmp_path))
    with pytest.raises(NoBackup, match="mariadb-backup is not on PATH"):
        asyncio.run(begin(tmp_path / "copy", account))
    assert not (tmp_path / "copy").exists()


def test_where_the_password_cannot_be_read(tmp_path):
    with pytest.raises(NoBackup, match="the password file of the monitor user 'monitor' cannot be read"):
        asyncio.run(begin(tmp_path / "copy", Account("monitor", tmp_path / "none", Path("/s"))))


def test_where_its_directory_cannot_be_made(tmp_path, account):
    (tmp_path / "file").write_text("")
    with pytest.raises(NoBackup, match="mariadb-backup cannot be started: Not a directory"):
        asyncio.run(begin(tmp_path / "file" / "copy", account))
