"""The processes of a container, reached from inside it: the image has Python, and no shell is relied on."""

from __future__ import annotations

from tests.support.kubectl import Namespace

PYTHON = "/opt/galera-kit/bin/python"

_SIGNAL = """
import os, pathlib, signal, sys
for path in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        line = (path / "cmdline").read_bytes().decode().replace(chr(0), " ")
    except OSError:
        continue
    if int(path.name) != os.getpid() and sys.argv[1] in line:
        os.kill(int(path.name), getattr(signal, sys.argv[2]))
"""


def send_signal(namespace: Namespace, pod: str, container: str, pattern: str, signal: str) -> None:
    """Signal the processes of a container whose command line contains `pattern`; its first one cannot be killed so."""
    namespace.exec(pod, container, PYTHON, "-c", _SIGNAL, pattern, signal)
