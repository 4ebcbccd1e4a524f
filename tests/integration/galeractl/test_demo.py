"""The demo is a promise: three disasters, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(600)
def test_the_demo_loses_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "galeractl", "demo", "--json"], capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["ok"]
    assert len(told["steps"]) == 3
    assert told["present"] == told["acknowledged"] > 100
    assert "\x1b" not in done.stdout + done.stderr
