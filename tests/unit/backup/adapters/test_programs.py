"""The programs that prove a backup, pretended: what is held against it, and what against this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backup.adapters import dump, lone_server, mariadb_backup, mbstream_program
from backup.adapters.dump import DumpFailed, Login, What
from backup.core.damage import Damaged
from backup.core.proof import CannotVerify


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a program of a shell script; nothing else but the system's own is on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def make(name: str, script: str) -> None:
        (folder / name).write_text("#!/bin/sh\n" + script)
        (folder / name).chmod(0o755)

    return make


def test_unpacked(programs, tmp_path):
    programs("mbstream", f'cat > {tmp_path}/came; echo "$@" > {tmp_path}/words\n')
    mbstream_program.unpack([b"abc", memoryview(b"def")], tmp_path, 3)
    assert (tmp_path / "came").read_bytes() == b"abcdef"
    assert (tmp_path / "words").read_text() == f"--extract --parallel=3 --directory={tmp_path}\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "it ended with 1"),
        ("cat >/dev/null; echo 'Can not create file' >&2; exit 0", "Can not create file"),
        ("exec <&-; exit 2", "it ended with 2"),
    ],
)
def test_what_cannot_be_unpacked_here_is_not_the_backups_fault(programs, tmp_path, script, message):
    programs("mbstream", script + "\n")
    with pytest.raises(CannotVerify, match=message):
        mbstream_program.unpack((b"x" * 100_000 for _ in range(100)), tmp_path, 1)


def test_what_the_pieces_raise_ends_the_program(programs, tmp_path):
    programs("mbstream", "exec cat >/dev/null\n")

    def pieces():
        yield b"x"
        raise Damaged("cut")

    with pytest.raises(Damaged, match="cut"):
        mbstream_program.unpack(pieces(), tmp_path, 1)


@pytest.mark.parametrize(
    ("script", "raised", "message"),
    [
        ("echo '[00] a b completed OK!' >&2", None, ""),
        ("echo '[00] a b Error: bad page' >&2; exit 1", Damaged, "it cannot be prepared: .* Error: bad page"),
        ("echo '[00] a b No space left on device' >&2; exit 1", CannotVerify, "could not be prepared"),
        ("kill -9 $$", CannotVerify, "was ended by signal 9"),
        ("exit 0", Damaged, "ended with 0, and not with 'completed OK!'"),
    ],
)
def test_prepared(programs, tmp_path, script, raised, message):
    programs("mariadb-backup", script + "\n")
    if raised is None:
        mariadb_backup.prepare(tmp_path, 1 << 20)
        return
    with pytest.raises(raised, match=message):
        mariadb_backup.prepare(tmp_path, 1 << 20)


@pytest.mark.parametrize("module", [mariadb_backup, lone_server])
def test_versions(programs, module):
    for name in ("mariadb-backup", "mariadbd"):
        programs(name, f"echo '{name} based on MariaDB server 10.11.19-MariaDB debian'\n")
    assert module.check_version("10.11.6-MariaDB") == "10.11.19-MariaDB"
    with pytest.raises(CannotVerify, match=r"the data are those of a server 11\.8, and .* is 10\.11\.19-MariaDB"):
        module.check_version("11.8.6-MariaDB")


def test_a_server_that_does_not_start(programs, tmp_path):
    programs(
        "mariadbd", 'for w; do case "$w" in --log-error=*) echo "x [ERROR] bad data" > "${w#*=}";; esac; done; exit 1\n'
    )
    with (
        pytest.raises(Damaged, match="a server does not start on it: bad data"),
        lone_server.running(tmp_path, tmp_path, 9),
    ):
        pass


LOGIN = Login("root", b'hu"sh', host="127.0.0.1", port=3307)
WHOLE = "-- Server version\\t10.11.19-MariaDB-log\\nCREATE TABLE t;\\n-- Dump completed on a day\\n"
PRINT = f"printf '%b' \"{WHOLE}\""


def dumped(what: What) -> tuple[bytes, str]:
    with dump.dumping(LOGIN, what) as found:
        return b"".join(found.pieces()), found.server_version


def test_a_dump(programs, tmp_path):
    script = f'cp "${{1#--defaults-file=}}" {tmp_path}/my.cnf; echo "$@" > {tmp_path}/words; {PRINT}'
    programs("mariadb-dump", script + "\n")
    content, version = dumped(What(("shop", "stock"), routines=False, users=True))
    assert content.endswith(b"-- Dump completed on a day\n")
    assert version == "10.11.19-MariaDB-log"
    words = (tmp_path / "words").read_text().split()
    assert words[1:] == [
        "--single-transaction", "--quick", "--hex-blob", "--default-character-set=utf8mb4", "--triggers", "--events",
        "--system=users", "--databases", "shop", "stock",
    ]  # fmt: skip
    assert "sh" not in " ".join(words).replace("shop", "")
    options = (tmp_path / "my.cnf").read_text()
    assert options.splitlines()[1:] == [
        'user="root"', 'password="hu\\"sh"', 'host="127.0.0.1"', 'port="3307"', 'protocol="tcp"']  # fmt: skip
    assert not Path(words[0].partition("=")[2]).exists()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'Got error: 1045: no' >&2; exit 2", "mariadb-dump ended with 2: Got error: 1045: no"),
        ("echo 'CREATE TABLE'", "mariadb-dump ended with 0: its last line is missing"),
        (f"{PRINT}; exit 1", "mariadb-dump ended with 1: it does not say why"),
    ],
)
def test_a_dump_that_is_none(programs, script, message):
    programs("mariadb-dump", script + "\n")
    with pytest.raises(DumpFailed, match=message):
        dumped(What())
