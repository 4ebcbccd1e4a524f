"""A person with a kubeconfig, what is in their pretended Kubernetes, and `galeractl` as they call it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema

from tests.support.kube_api import KubeApi
from tests.support.kube_objects import a_stateful_set
from tests.support.pages import DOCS
from tests.support.sidecars import TOKEN

LABELS = {"app.kubernetes.io/name": "galera", "app.kubernetes.io/instance": "my", "app.kubernetes.io/component": "node"}
STATUS = json.loads((DOCS / "status.schema.json").read_text())


class Laptop:
    """A person with a kubeconfig, and what is in their Kubernetes."""

    def __init__(self, api: KubeApi, home: Path) -> None:
        self.api, self.home = api, home
        self.context = "lab"
        self.write_config()

    def write_config(self, **changes: Any) -> None:
        """Write the kubeconfig."""
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": self.context,
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "jane", "namespace": "shop"}}],
            "clusters": [{"name": "lab", "cluster": {
                "server": self.api.url, "certificate-authority": str(self.api.directory / "ca.crt")}}],
            "users": [{"name": "jane", "user": {"token": self.api.token}}],
        }  # fmt: skip
        (self.home / "config").write_text(json.dumps(config | changes))

    def __call__(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("POD_", "KUBE"))}
        given = clean | {"KUBECONFIG": str(self.home / "config")} | environment
        command = [sys.executable, "-m", "galeractl", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env=given, cwd=self.home, timeout=100, check=False
        )

    def status(self, *words: str) -> Any:
        """The answer of status --json."""
        told = self(*words, "status", "--json")
        assert told.returncode == 1, told.stderr  # nothing here is ever whole
        answer = json.loads(told.stdout)
        jsonschema.validate(answer, STATUS)
        return answer

    def put_release(self, name: str, full_name: str, memory: dict[str, Any], **secrets: str) -> None:
        """Make what the chart makes of a release."""
        found = a_stateful_set(name, fullnameOverride=full_name)
        self.api.put("statefulsets", full_name, found)
        self.api.put("configmaps", f"{full_name}-memory", {"data": {"memory": json.dumps(memory)}})
        data = {key: base64.b64encode(one.encode()).decode() for key, one in ({"agent-token": TOKEN} | secrets).items()}
        self.api.put("secrets", full_name, {"data": data})

    def put_pod(self, raw: dict[str, Any]) -> None:
        """Make a pod."""
        raw["metadata"]["labels"] = LABELS
        self.api.put("pods", raw["metadata"]["name"], raw)
