"""`make server` promises a MariaDB that can really be a Galera node: its library loads and a position is recovered."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_server_that_was_found_loads_the_galera_that_was_found(tmp_path: Path) -> None:
    env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    looked = subprocess.run([ROOT / "scripts/obtain-server", "--check"], capture_output=True, text=True, check=True)
    library = looked.stdout.split(" with ")[-1].strip()
    as_me = ["--no-defaults", f"--datadir={tmp_path / 'data'}", f"--user={getpass.getuser()}"]
    subprocess.run(
        ["mariadb-install-db", *as_me, "--auth-root-authentication-method=normal", "--skip-test-db"],
        env=env,
        capture_output=True,
        check=True,
    )
    galera = ["--wsrep-on=ON", f"--wsrep-provider={library}", "--wsrep-cluster-address=gcomm://", "--binlog-format=ROW"]
    recovered = subprocess.run(
        ["mariadbd", *as_me, *galera, "--wsrep-recover", "--skip-networking", f"--socket={tmp_path / 'sock'}"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"WSREP: Recovered position: [0-9a-f-]{36}:-?\d+", recovered.stderr), recovered.stderr
