"""The HAProxy that `make proxy` finds takes the configuration of every example of the chart."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.chart import EXAMPLES, example, render
from tests.support.haproxy import program

ROOT = Path(__file__).parents[2]


def test_it_is_there() -> None:
    done = subprocess.run([ROOT / "scripts/obtain-haproxy", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("HAProxy version ")


@pytest.mark.parametrize("name", [name for name in EXAMPLES if example(name).get("proxy")])
def test_it_takes_the_configuration(name: str, tmp_path: Path) -> None:
    text = render(example(name)).one("ConfigMap", "my-galera-proxy")["data"]["haproxy.cfg"]
    (tmp_path / "haproxy.cfg").write_text(text)
    done = subprocess.run(
        [program(), "-c", "-f", tmp_path / "haproxy.cfg"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr
