"""An option file says what was meant, whatever is in a password (tests/integration shows that programs read it so)."""

from __future__ import annotations

from peerfinder.core.option_file import option_file


def test_a_group():
    assert option_file("client", {"user": "monitor", "socket": "/run/a b.sock"}) == (
        b'[client]\nuser="monitor"\nsocket="/run/a b.sock"\n'
    )


def test_what_means_something_is_escaped():
    found = option_file("client", {"password": b" '\"\\#;\n\t\xff "})
    assert found == b'[client]\npassword=" \'\\"\\\\#;\\n\\t\xff "\n'
