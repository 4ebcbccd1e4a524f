"""A real API server takes every example of values, in a namespace that enforces `restricted`, without a warning."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.support import kubectl as kube
from tests.support.release import CHART

EXAMPLES = sorted((CHART / "ci").glob("*-values.yaml"))


@pytest.fixture(scope="module")
def restricted(namespaces) -> Iterator[kube.Namespace]:
    level = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    namespace = namespaces("galera-examples", **level)
    yield namespace
    namespace.delete()


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.name.removesuffix("-values.yaml"))
def test_the_api_server_takes_it(restricted: kube.Namespace, values):
    version = json.loads(kube.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    rendering = ("template", "galera", str(CHART), "-n", restricted.name, "-f", str(values))
    text = kube.helm(*rendering, "--kube-version", version)
    command = ["kubectl", "-n", restricted.name, "apply", "--dry-run=server", "-f", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "statefulset.apps/" in done.stdout
