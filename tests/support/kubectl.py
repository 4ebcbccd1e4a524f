"""kubectl and helm as a test uses them: commands in, parsed answers out. KUBECONFIG says which cluster."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

SECONDS = 60.0


class Failed(AssertionError):
    """A command did not end with 0."""

    def __init__(self, command: tuple[str, ...], status: int, stdout: str, stderr: str) -> None:
        super().__init__(f"{' '.join(command)} ended with {status}\n{stdout[-1500:]}\n{stderr[-3000:]}")
        self.stdout, self.stderr = stdout, stderr


def run(*command: str, given: str | None = None, seconds: float = SECONDS) -> str:
    """Run a command; its standard output, or Failed."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise Failed(command, -1, "", f"no end after {seconds:.0f} s") from late
    if done.returncode != 0:
        raise Failed(command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def kubectl(*arguments: str, given: str | None = None, seconds: float = SECONDS) -> str:
    """Run kubectl."""
    return run("kubectl", *arguments, given=given, seconds=seconds)


def helm(*arguments: str, seconds: float = SECONDS) -> str:
    """Run helm."""
    return run("helm", *arguments, seconds=seconds)


class Namespace:
    """One namespace: what is asked of it goes there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create(self, **labels: str) -> None:
        """Make it, with labels."""
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": labels}}
        kubectl("apply", "-f", "-", given=json.dumps(manifest))

    def delete(self) -> None:
        """Remove it with all that is in it, without asking the pods to end well, and do not wait for it."""
        self("delete", "statefulset,pod", "--all", "--force", "--grace-period=0", "--wait=false")
        kubectl("delete", "namespace", self.name, "--wait=false", "--ignore-not-found")

    def __call__(self, *arguments: str, given: str | None = None, seconds: float = SECONDS) -> str:
        """Run kubectl in it."""
        return kubectl("-n", self.name, *arguments, given=given, seconds=seconds)

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """One object; None when it is not there."""
        text = self("get", kind, name, "-o", "json", "--ignore-not-found")
        return dict(json.loads(text)) if text.strip() else None

    def objects(self, kind: str, selector: str = "") -> list[dict[str, Any]]:
        """All objects of a kind."""
        return list(json.loads(self("get", kind, "-l", selector, "-o", "json"))["items"])

    def apply(self, *manifests: dict[str, Any]) -> None:
        """Create or change objects."""
        items = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self("apply", "-f", "-", given=json.dumps(items))

    def exec(self, pod: str, container: str, *command: str, seconds: float = SECONDS) -> str:
        """Run a command in a container."""
        return self("exec", pod, "-c", container, "--", *command, seconds=seconds)

    def events(self) -> list[str]:
        """What was said of its objects, oldest first."""
        items = json.loads(self("get", "events", "-o", "json", "--sort-by=.metadata.creationTimestamp"))["items"]
        return [
            f"{i['involvedObject']['kind']}/{i['involvedObject'].get('name')} {i['reason']}: {i['message']}"
            for i in items
        ]


def write_values(path: Path, values: dict[str, Any]) -> Path:
    """A values file (JSON is YAML)."""
    path.write_text(json.dumps(values))
    return path
