"""Faults below Kubernetes: a node's power, the API server, DNS. Only a machine that is given to the tests has them.

The end-to-end tests run on any cluster that KUBECONFIG names. Those that cut power need the program that can: `lab`
(see CONTRIBUTING.md), found by GALERA_KIT_LAB or beside the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.cluster import wait_for
from tests.support.kubectl import kubectl, run

BESIDE = Path(__file__).parents[3] / "shared/lab/lab"
PATH = Path(os.environ.get("GALERA_KIT_LAB", BESIDE))


def is_there() -> bool:
    """Whether this machine has the program."""
    return PATH.is_file()  # an empty name says that there is none


def lab(*arguments: str) -> str:
    """Run a command of it."""
    return run(str(PATH), *arguments, seconds=120)


@contextmanager
def power_cut(node: str) -> Iterator[None]:
    """A node without power while the block runs; afterwards it boots, and the block's end waits until it is Ready."""
    lab("node", "stop", node)
    try:
        yield
    finally:
        lab("node", "start", node)
        wait_for(f"{node} to be Ready again", lambda: is_ready(node), 120)


@contextmanager
def without_api() -> Iterator[None]:
    """No API server while the block runs."""
    lab("api", "stop")
    try:
        yield
    finally:
        lab("api", "start")
        wait_for("the API server", api_answers, 60)


@contextmanager
def without_dns() -> Iterator[None]:
    """No DNS server while the block runs."""
    lab("dns", "stop")
    try:
        yield
    finally:
        lab("dns", "start")


def kill(node: str, pod: str, program: str) -> None:
    """SIGKILL the processes of a pod whose command line contains `program`, from the machine that runs them.

    From inside a container its own first process cannot be killed, and without the API nobody gets inside.
    """
    script = (
        "import os,pathlib,sys\n"
        "for p in pathlib.Path('/proc').glob('[0-9]*'):\n"
        "    try: env, line = (p/'environ').read_bytes().split(b'\\0'), (p/'cmdline').read_bytes()\n"
        "    except OSError: continue\n"
        "    if ('POD_NAME=' + sys.argv[1]).encode() in env and sys.argv[2].encode() in line.replace(b'\\0', b' '):\n"
        "        os.kill(int(p.name), 9); print(p.name)\n"
    )
    assert lab("node", "shell", node, "python3", "-c", script, pod, program).split(), f"no {program} of {pod} on {node}"


def api_answers() -> bool:
    """Whether kubectl gets an answer."""
    try:
        kubectl("get", "--raw", "/readyz", seconds=10)
    except (AssertionError, TimeoutError):
        return False
    return True


def is_ready(node: str) -> bool:
    """Whether Kubernetes calls a node Ready."""
    path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    return kubectl("get", "node", node, "-o", path) == "True"
