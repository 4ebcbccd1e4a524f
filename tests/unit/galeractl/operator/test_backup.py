"""What a person types about backups that are there already, and what is said; on a directory as the store."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backup.adapters.objectstore import Store
from galeractl.cli import cli
from tests.support.mbstreams import AT, a_backup

KEY = b"k" * 32
NAME = "2026-11-28.173005.db-1"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Store:
    return Store(f"file://{root}", {}, {})


def said(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["backup", words[0], "--from", f"file://{root}", *words[1:]])


def told(root: Path, *words: str, code: int = 0) -> Any:
    result = said(root, *words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_store_without_backups(root: Path) -> None:
    assert told(root, "list") == []
    assert "there is no backup" in said(root, "list").stderr
    assert told(root, "verify", code=2)["error"] == f"file://{root}: there is no backup"


def test_a_store_that_is_none() -> None:
    for url, error in (("file:///nowhere/at/all", "there is no such directory"), ("backups", "is no URL of a store")):
        result = CliRunner().invoke(cli, ["backup", "list", "--from", url, "--json"])
        assert error in json.loads(result.stdout)["error"]
    result = CliRunner().invoke(
        cli, ["backup", "list", "--from", "s3://b/p", "--store-option", "secret_access_key=hush"]
    )
    assert (result.exit_code, "hush" in result.output) == (2, False)


def test_the_store_by_the_environment(root: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    a_backup(store)
    monkeypatch.setenv("GALERACTL_STORE", f"file://{root}")
    result = CliRunner().invoke(cli, ["backup", "list", "--json"])
    assert [one["name"] for one in json.loads(result.stdout)] == [NAME]


def test_list(root: Path, store: Store) -> None:
    a_backup(store)
    broken = a_backup(store, at=AT + timedelta(hours=1))
    (root / broken.name / "manifest.json").write_text("{")
    store.put("2026-11-28.190000.db-2/part-00000.mbstream.zst", b"left")
    listed = told(root, "list")
    assert [one["state"] for one in listed] == ["stored", "bad", "leftover"]
    assert listed[0]["manifest"]["galera"]["seqno"] == 1461
    assert "no JSON, or was cut" not in listed[0]["problem"]
    assert "cannot be used" in listed[1]["problem"]
    text = said(root, "list").stdout
    assert f"{NAME}  physical" in text
    assert "no manifest: a job is at work, or died" in text


def test_verify_and_what_is_stored_of_it(root: Path, store: Store) -> None:
    made = a_backup(store)
    found = told(root, "verify", "--level", "checksum")
    assert (found["name"], found["ok"], found["counts"]) == (NAME, True, {"bytes": made.raw_bytes, "files": 4})
    (listed,) = told(root, "list")
    assert (listed["state"], listed["verified"]["level"]) == ("verified", "checksum")
    part = root / NAME / made.parts[1].name
    part.write_bytes(part.read_bytes()[::-1])
    error = told(root, "verify", NAME, "--level", "checksum", code=1)["error"]
    assert error.startswith(f"{NAME} is bad: ")
    (listed,) = told(root, "list")
    assert (listed["state"], listed["problem"]) == ("bad", error.partition(": ")[2])


def test_verify_with_keys(root: Path, store: Store, tmp_path: Path) -> None:
    a_backup(store, key=KEY)
    for name, key in (("key", KEY), ("other", KEY[::-1] + b"")):
        (tmp_path / name).write_bytes(key if name == "key" else b"x" * 32)
        (tmp_path / name).chmod(0o600)
    assert told(root, "verify", "--level", "checksum", "--encrypt-key-file", str(tmp_path / "key"))["ok"]
    error = told(root, "verify", "--level", "checksum", "--encrypt-key-file", str(tmp_path / "other"), code=2)["error"]
    assert "was encrypted by the key" in error
    assert "is encrypted, by the key" in told(root, "verify", "--level", "checksum", code=2)["error"]
    (listed,) = told(root, "list")
    assert listed["state"] == "verified"  # who has not the key has found nothing out


def test_what_cannot_be_found_out_is_not_called_bad(root: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    a_backup(store)
    monkeypatch.setenv("PATH", "/nowhere")
    error = told(root, "verify", code=4)
    assert error["error"] == "mariadb-backup is not on PATH"
    assert told(root, "list")[0]["state"] == "stored"


@pytest.mark.parametrize("name", ["nonsense", "2026-11-28.173009.db-1"])
@pytest.mark.parametrize("command", [("verify", "--level", "checksum"), ("delete", "--yes")])
def test_a_name_that_is_not_there(root: Path, store: Store, name: str, command: tuple[str, ...]) -> None:
    a_backup(store)
    error = told(root, command[0], name, *command[1:], code=2)
    assert name in error["error"]
    assert error["remedy"] == "galeractl backup list"


def test_delete(root: Path, store: Store) -> None:
    first, second = a_backup(store), a_backup(store, at=AT + timedelta(hours=1))
    assert "nobody can be asked here" in said(root, "delete", first.name).stderr
    told(root, "verify", first.name, "--level", "checksum")
    assert told(root, "delete", first.name, "--yes", code=4)["error"] == (
        f"{first.name} is the only backup that was verified"
    )
    assert told(root, "delete", second.name, "--yes")["deleted"] == second.name
    assert told(root, "delete", first.name, "--yes", code=4)["error"] == f"{first.name} is the last backup"
    assert told(root, "delete", first.name, "--yes", "--force")["deleted"] == first.name
    assert list(root.iterdir()) == []


def test_prune(root: Path, store: Store) -> None:
    made = [a_backup(store, at=AT + timedelta(days=number)) for number in range(4)]
    plan = told(root, "prune", "--keep-last", "2", "--dry-run")
    assert [one["keep"] for one in plan["backups"]] == [True, True, False, False]
    assert len(told(root, "list")) == 4
    assert told(root, "prune", "--keep-last", "2")["backups"] == plan["backups"]
    assert [one["name"] for one in told(root, "list")] == [made[2].name, made[3].name]
    text = said(root, "prune", "--keep-last", "1", "--keep-daily", "3", "--max-age", "0.5").stdout
    assert f"keep    {made[3].name}  the newest" in text
    assert f"delete  {made[2].name}  1 days older than the newest" in text
    assert "1 deleted, " in text


def test_options_of_dumps_are_of_dumps(root: Path) -> None:
    for words in (("--database", "x"), ("--users",), ("--no-events",)):
        result = CliRunner().invoke(cli, ["backup", "create", "--to", f"file://{root}", *words])
        assert (result.exit_code, "is of a dump" in result.stderr) == (2, True)
