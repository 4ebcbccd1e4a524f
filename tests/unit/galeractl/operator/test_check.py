"""What `galeractl check` says where nobody listens; against real servers it runs as `helm test`."""

from __future__ import annotations

import json
import socket

import pytest
from click.testing import CliRunner

from galeractl.cli import cli


@pytest.fixture
def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


def test_a_server_that_does_not_answer_in_time_is_named_with_its_reason(closed_port, tmp_path):
    (tmp_path / "password").write_text("secret\n")
    asked = ["check", "--host", "127.0.0.1", "--port", str(closed_port), "--user", "app", "--timeout", "0"]
    ended = CliRunner().invoke(cli, ["--json", *asked, "--password-file", str(tmp_path / "password")])
    assert ended.exit_code == 3
    assert f"127.0.0.1:{closed_port}" in json.loads(ended.stdout)["error"]


def test_without_a_host_it_is_wrong_usage():
    assert CliRunner().invoke(cli, ["check", "--user", "app"]).exit_code == 2
