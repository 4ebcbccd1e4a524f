"""Where and with what the figures were measured."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.clients import Account, Line
from bench.seed import ENVIRONMENT


def conditions() -> dict[str, str]:
    """The machine, the versions, and how busy it was before the first measurement."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    said = subprocess.run(["mariadbd", "--version"], env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Machine": f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}",
        "Load average before the run (1, 5, 15 minutes)": load,
        "MariaDB": said.split("Ver ", 1)[1].split()[0],
        "Python": platform.python_version(),
        "Galera Kit": version("galera-kit"),
    }


def galera_version(account: Account) -> str:
    """What the provider of a running server is: "4.23(r...)" is 26.4.23."""
    line = Line(account)
    rows = line.run("SHOW GLOBAL STATUS LIKE 'wsrep_provider_version'")
    line.close()
    return "26." + str(rows[0][1]).partition("(")[0]  # 26 is the version of the interface, and part of the name


def processor() -> str:
    """The model of the CPU."""
    for row in Path("/proc/cpuinfo").read_text().splitlines():
        if row.startswith("model name"):
            return row.partition(":")[2].strip()
    return platform.machine()
