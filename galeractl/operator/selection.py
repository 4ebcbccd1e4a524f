"""Which cluster does a command speak of, and in which form does it answer?

`--local DIR` names a local cluster; `--context`, `--namespace` and `--release` one in Kubernetes. Without any of them:
inside a pod the cluster of the pod, elsewhere `./.galera` if a cluster is there, else the kubeconfig's. The same two
questions stand on every command, so their options are declared here once.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from galeractl.adapters.local_dir import Place
from galeractl.core.trouble import Code, Trouble

DEFAULT_DIRECTORY = ".galera"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Pod:
    """The pod that this program runs in, as its environment tells it; the same in each of its containers."""

    name: str
    namespace: str
    run_dir: Path
    port: int
    token_file: str
    ip: str = ""
    root_password_file: str = ""

    @property
    def cluster(self) -> str:
        """The name of the cluster: that of the set of pods."""
        return self.name.rpartition("-")[0]

    @property
    def logs(self) -> str:
        """What shows the log of its sidecar."""
        return f"kubectl logs -n {self.namespace} {self.name} -c peerfinder"

    def address(self, text: str) -> str:
        """Make the commands in a text ones for a machine with kubectl."""
        run = f"kubectl exec -n {self.namespace} {self.name} -c galera -- galeractl "
        return re.sub(r"\bgaleractl (?!local |--local )", run, text)


def this_pod() -> Pod | None:
    """Tell the pod that this program runs in, None outside of one."""
    name, run_dir = os.environ.get("POD_NAME"), os.environ.get("PEERFINDER_RUN_DIR")
    if not name or not run_dir:
        return None
    return Pod(
        name,
        os.environ.get("POD_NAMESPACE", "default"),
        Path(run_dir),
        int(os.environ.get("PEERFINDER_PORT", "8008")),
        os.environ.get("PEERFINDER_TOKEN_FILE", ""),
        os.environ.get("POD_IP", ""),
        os.environ.get("MARIADB_ROOT_PASSWORD_FILE", ""),
    )


@dataclass(slots=True)
class Selection:
    """What the options say so far; the options of a sub-command may still change it."""

    directory: str | None = None
    json: bool = False
    context: str | None = None
    namespace: str | None = None
    release: str | None = None
    names_kubernetes: bool = False  # one of the three stands on the command line
    _found: tuple[str, str, str] | None = None  # context, namespace and name of the release

    @property
    def pod(self) -> Pod | None:
        """The pod of whose cluster a command speaks: this one, unless another cluster was named."""
        return None if self.directory or self.names_kubernetes else this_pod()

    @property
    def is_local(self) -> bool:
        """Whether a command speaks of a local cluster: it was named, or is here and no other one was."""
        return bool(self.directory) or (self.place.exists and not self.names_kubernetes)

    def is_found(self, context: str, namespace: str, release: str = "") -> None:
        """Remember where it is, and which release once that is known, for the commands in answers."""
        self._found = (context, namespace, release)

    @property
    def place(self) -> Place:
        """The directory that the options name, whether a cluster is there or not."""
        return Place(Path(self.directory or DEFAULT_DIRECTORY).absolute())

    def forward(self, node: str, port: int) -> str | None:
        """Give the command that brings a node's port to a machine with kubectl; None where no Kubernetes is between."""
        if self._found:
            context, namespace, _release = self._found
            there = shlex.join(["--context", context])
            return f"kubectl {there} port-forward -n {namespace} {node} {port}:{port}"
        return f"kubectl port-forward -n {self.pod.namespace} {self.pod.name} {port}:{port}" if self.pod else None

    def address(self, text: str) -> str:
        """Make the commands in a text fit this cluster: without the option they would mean the one in `./.galera`."""
        if self._found:
            return _from_a_laptop(text, *self._found)
        if not self.directory:
            return self.pod.address(text) if self.pod else text
        return re.sub(r"\bgaleractl (?!--local )", f"galeractl --local {shlex.quote(self.directory)} ", text)

    @property
    def cluster(self) -> Place:
        """The directory of a cluster that is there; Trouble if none is."""
        if self.place.exists:
            return self.place
        if self.directory:
            raise Trouble(f"there is no cluster in {self.place.root}", "galeractl local start", Code.USAGE)
        raise self.nowhere

    @property
    def nowhere(self) -> Trouble:
        """What is said where no cluster was named, and none is here."""
        seen = f"no cluster was named, and there is none in ./{DEFAULT_DIRECTORY}"
        remedy = "name one with --local DIR, or with --context NAME, or start one here: galeractl local start"
        return Trouble(seen, remedy, Code.USAGE)


def _from_a_laptop(text: str, context: str, namespace: str, release: str) -> str:
    """Name the release in each command for galeractl, and the context in each for kubectl."""
    there = shlex.join(["--context", context])
    named = f"galeractl {there} {shlex.join(['-n', namespace, *(['--release', release] if release else [])])} "
    text = re.sub(r"(?<!-- )\bgaleractl (?!local |--)", lambda _: named, text)  # behind `--` it runs in a pod
    return re.sub(r"\bkubectl (?!--context )", lambda _: f"kubectl {there} ", text)


def selection() -> Selection:
    """The selection of the command that runs."""
    return click.get_current_context().ensure_object(Selection)


def answers_json(function: Function) -> Function:
    """Give a command the option --json."""

    def remember(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
        ctx.ensure_object(Selection).json |= value

    add = click.option("--json", is_flag=True, expose_value=False, callback=remember, help="Answer in JSON.")
    return add(function)


def takes_directory(function: Function) -> Function:
    """Give a command the option --dir, which says the same as --local before it."""

    def remember(ctx: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.ensure_object(Selection).directory = value

    add = click.option(
        "--dir", metavar="D", expose_value=False, callback=remember,
        help=f"The directory of the cluster.  [default: ./{DEFAULT_DIRECTORY}]",
    )  # fmt: skip
    return add(function)


def answer(data: object, text: str) -> None:
    """Print the answer of a command in the form that was asked for."""
    if selection().json:
        print(json.dumps(data, indent=2))
    elif text:
        print(text)
