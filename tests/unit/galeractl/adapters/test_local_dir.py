"""The directory of a local cluster: secrets stay secret, the lock holds, damage is named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Code, Trouble


def test_secrets_are_for_their_owner_only_and_stay_the_same(tmp_path: Path) -> None:
    place = Place(tmp_path)
    local_dir.make_secrets(place)
    first = {name: local_dir.read_secret(place, name) for name in ("token", "root", "monitor", "app")}
    local_dir.make_secrets(place)
    assert {name: local_dir.read_secret(place, name) for name in first} == first
    assert len(set(first.values())) == 4
    assert {stat.S_IMODE(place.secret(name).stat().st_mode) for name in first} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_one_password_is_awkward(tmp_path: Path) -> None:
    local_dir.make_secrets(Place(tmp_path))
    password = local_dir.read_secret(Place(tmp_path), "monitor")
    assert all(letter in password for letter in "'\"\\ $`é")


def test_settings_survive_the_file(tmp_path: Path) -> None:
    place, settings = Place(tmp_path), ClusterSettings("local-1", 7, 3, "mysql", ("a=1",))
    local_dir.write_settings(place, settings)
    assert local_dir.read_settings(place) == settings
    assert place.replicas.read_text() == "3\n"
    assert stat.S_IMODE(place.settings.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "seen"), [(None, "there is no cluster"), ("{", "is damaged"), ('{"name": 3}', "is damaged")]
)
def test_what_is_wrong_with_the_settings_is_named(tmp_path: Path, text: str | None, seen: str) -> None:
    if text is not None:
        Place(tmp_path).settings.write_text(text)
    with pytest.raises(Trouble, match=seen):
        local_dir.read_settings(Place(tmp_path))


def test_two_commands_do_not_change_a_cluster_at_once(tmp_path: Path) -> None:
    one, other = local_dir.exclusive(Place(tmp_path)), local_dir.exclusive(Place(tmp_path), seconds=0.2)
    with one, pytest.raises(Trouble) as late, other:
        raise AssertionError("both hold the lock")
    assert late.value.code is Code.TIMED_OUT


def test_pids_that_cannot_be_read_name_nobody(tmp_path: Path) -> None:
    (tmp_path / "pids.json").write_text("nonsense")
    assert local_dir.read_pids(tmp_path / "pids.json") == {}
