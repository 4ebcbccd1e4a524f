"""The file of a key is for its owner alone."""

from __future__ import annotations

import pytest

from backup.adapters.key_file import read_key
from backup.core.store import StoreTrouble


def test_a_key(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o640)
    assert read_key(path) == b"k" * 32


def test_what_everybody_can_read_is_refused(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o644)
    with pytest.raises(StoreTrouble, match="can be read by everybody") as caught:
        read_key(path)
    assert caught.value.remedy == f"chmod 600 {path}"


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), (b"short", "5 bytes that are neither")])
def test_what_is_no_key(tmp_path, content, message):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(StoreTrouble, match=message) as caught:
        read_key(path)
    assert "head -c 32 /dev/urandom" in caught.value.remedy
