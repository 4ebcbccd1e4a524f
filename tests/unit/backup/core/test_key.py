"""Keys, in the forms in which people keep them."""

from __future__ import annotations

import base64

import pytest

from backup.core.key import BadKey, key_id, parse_key

KEY = bytes(range(100, 132))


@pytest.mark.parametrize(
    "content", [KEY, KEY.hex().encode(), KEY.hex().upper().encode() + b"\n", base64.b64encode(KEY) + b"\n"]
)
def test_a_key(content):
    assert parse_key(content) == KEY


@pytest.mark.parametrize("content", [b"", b"hush", KEY[:-1], KEY + b"xy", base64.b64encode(KEY[:-1]), b"zz" * 32])
def test_what_is_none_says_nothing_of_itself(content):
    with pytest.raises(BadKey) as caught:
        parse_key(content)
    assert str(caught.value).startswith(f"{len(content)} bytes that are neither")


def test_a_key_is_named_by_a_hash():
    assert key_id(KEY) == key_id(KEY)
    assert key_id(KEY) != key_id(KEY[::-1])
    assert len(key_id(KEY)) == 16
