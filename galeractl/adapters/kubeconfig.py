"""Kubeconfig files: which cluster, which namespace, as whom. KUBECONFIG names them, else ~/.kube/config.

The `kubernetes` package reads them (certificates, tokens, programs that give credentials) and is imported only when a
file is there, because that takes half a second.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT = "~/.kube/config"
VARIABLE = "KUBECONFIG"


class NoConfig(Exception):
    """There is no kubeconfig file; the message says where one was looked for."""


class NoPackage(Exception):
    """The `kubernetes` package is not installed."""


class NoContext(Exception):
    """A context was named that is not there, or none is the current one; `known` are those that are there."""

    def __init__(self, name: str | None, known: tuple[str, ...]) -> None:
        super().__init__(name or "")
        self.name, self.known = name, known


class Unusable(Exception):
    """A file, or what it says of the user, cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Access:
    """The way into one Kubernetes."""

    context: str
    namespace: str  # '' where the context names none
    server: str
    configuration: Any  # of the `kubernetes` package
    complaints: tuple[str, ...] = ()  # what the package said of the credentials, a program that gave none say


def files() -> tuple[Path, ...]:
    """The kubeconfig files that are there."""
    return tuple(path for path in _named() if path.is_file())


def open_access(context: str | None) -> Access:
    """Read the files and get the credentials; raises NoConfig, NoPackage, NoContext and Unusable."""
    if not files():
        raise NoConfig(", ".join(map(str, _named())))
    try:
        from kubernetes import client
        from kubernetes.config.config_exception import ConfigException
        from yaml import YAMLError
    except ImportError as error:
        raise NoPackage(str(error)) from None
    paths = os.pathsep.join(map(str, files()))
    try:
        with _listening() as complaints:
            chosen = _context(paths, context)
            configuration = client.Configuration()
            _package().load_kube_config(
                config_file=paths, context=chosen["name"], client_configuration=configuration, persist_config=False
            )
    except NoContext:
        raise
    except (ConfigException, YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{paths}: {' '.join(str(error).split()) or type(error).__name__}") from None
    configuration.retries = False  # an API server that does not answer is to be said now
    within = chosen.get("context") or {}
    return Access(chosen["name"], within.get("namespace") or "", configuration.host, configuration, tuple(complaints))


def _context(paths: str, name: str | None) -> dict[str, Any]:
    merged = _package().KubeConfigMerger(paths).config
    listed = (merged.value if merged is not None else {}).get("contexts") or []
    contexts = {one["name"]: one for one in (getattr(one, "value", one) for one in listed)}
    wanted = name or (merged.value.get("current-context") if merged is not None else None)
    if wanted not in contexts:
        raise NoContext(wanted or None, tuple(contexts))
    found: dict[str, Any] = contexts[wanted]
    return found


def _package() -> Any:
    """The module that reads the files; its functions have no types."""
    from kubernetes.config import kube_config

    return kube_config


def _named() -> tuple[Path, ...]:
    told = os.environ.get(VARIABLE) or DEFAULT
    return tuple(Path(one).expanduser() for one in told.split(os.pathsep) if one)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Hear what the package logs, instead of having it on the terminal."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    ear, root = Ear(logging.WARNING), logging.getLogger()
    root.addHandler(ear)
    try:
        yield said
    finally:
        root.removeHandler(ear)
