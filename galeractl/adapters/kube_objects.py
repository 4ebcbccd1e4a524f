"""Objects of the Kubernetes API, as its JSON has them, turned into the facts that are asked of them.

    StatefulSet -> Release      everything that is needed to reach the nodes: nothing is guessed from names
    Pod -> PodFacts             Node -> what is wrong with a machine        Events -> the newest warning

What the API leaves out is not there; nothing here fails for a missing field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from galeractl.core.pods import Container, PodFacts

Raw = Mapping[str, Any]

SELECTOR = "app.kubernetes.io/component=node"
"""Which StatefulSets may be clusters of the chart; what they are made of decides (see `release_of`)."""
INSTANCE = "app.kubernetes.io/instance"
SIDECAR, SERVER = "peerfinder", "galera"
LONGEST = 300  # characters of Kubernetes' words: three lines of a terminal


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the chart, as its StatefulSet tells it."""

    name: str
    namespace: str
    set_name: str
    replicas: int
    selector: str  # of its pods
    secret: str
    token_key: str  # in the Secret
    memory: str  # the ConfigMap
    port: int  # of the agents
    root_key: str = "root-password"  # in the Secret


def release_of(raw: Raw) -> Release | None:
    """Read a StatefulSet; None when it is none of this chart."""
    metadata, spec = _at(raw, "metadata"), _at(raw, "spec")
    pod = _at(spec, "template", "spec")
    sidecar = next((one for one in pod.get("initContainers") or () if one.get("name") == SIDECAR), None)
    if sidecar is None:
        return None
    told = {one["name"]: one.get("value", "") for one in sidecar.get("env") or ()}
    kind, _, memory = told.get("PEERFINDER_MEMORY", "").partition(":")
    secret: Raw = next((one["secret"] for one in pod.get("volumes") or () if one.get("name") == "secrets"), {})
    path = told.get("PEERFINDER_TOKEN_FILE", "").rpartition("/")[2]
    server: Raw = next((one for one in pod.get("containers") or () if one.get("name") == SERVER), {})
    files = {one["name"]: one.get("value", "").rpartition("/")[2] for one in server.get("env") or ()}
    root = files.get("MARIADB_ROOT_PASSWORD_FILE", "")
    keys = {one.get("path"): one.get("key", "") for one in secret.get("items") or ()}
    if kind != "configmap" or not secret.get("secretName"):
        return None
    labels = _at(spec, "selector", "matchLabels")
    replicas = spec.get("replicas")
    return Release(
        name=_at(metadata, "labels").get(INSTANCE) or labels.get(INSTANCE) or metadata["name"],
        namespace=metadata.get("namespace", ""),
        set_name=metadata["name"],
        replicas=1 if replicas is None else int(replicas),
        selector=",".join(f"{key}={value}" for key, value in sorted(labels.items())),
        secret=secret["secretName"],
        token_key=keys.get(path, path),
        memory=memory,
        port=int(told.get("PEERFINDER_PORT") or 8008),
        root_key=keys.get(root, root),
    )


def pod_of(raw: Raw, set_name: str) -> PodFacts:
    """Read a Pod."""
    metadata, spec, status = _at(raw, "metadata"), _at(raw, "spec"), _at(raw, "status")
    scheduled = _condition(status, "PodScheduled")
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    return PodFacts(
        name=metadata["name"],
        namespace=metadata.get("namespace", ""),
        set_name=set_name,
        phase=status.get("phase", ""),
        reason=status.get("reason", ""),
        message=_short(status.get("message", "")),
        address=status.get("podIP", ""),
        machine=spec.get("nodeName") or "",
        unscheduled=_words(scheduled) if scheduled.get("status") == "False" else "",
        is_ending=bool(metadata.get("deletionTimestamp")),
        containers=tuple(_container(one) for one in containers),
    )


def machine_trouble(raw: Raw | None) -> str:
    """Say what is wrong with a machine, '' when it is Ready; None is a machine that Kubernetes does not know."""
    if raw is None:
        return "not known to Kubernetes any more"
    ready = _condition(_at(raw, "status"), "Ready")
    if ready.get("status") == "True":
        return ""
    words = ready.get("message", "")
    return f"NotReady ({_short(words)})" if words else "NotReady"


def newest_warning(events: Iterable[Raw]) -> str:
    """Give the newest warning among events, '' when there is none."""
    found = [one for one in events if one.get("type") == "Warning"]
    newest = max(found, key=_moment, default=None)
    return _words(newest) if newest else ""


def _container(raw: Raw) -> Container:
    state, before = _at(raw, "state"), _at(raw, "lastState", "terminated")
    word = next((one for one in ("running", "terminated", "waiting") if one in state), "waiting")
    now = _at(state, word)
    ended = now if word == "terminated" else before
    return Container(
        name=raw["name"],
        state=word,
        reason=now.get("reason", ""),
        message=_short(now.get("message", "")),
        restarts=int(raw.get("restartCount") or 0),
        last_code=ended.get("exitCode"),
        last_reason=ended.get("reason", ""),
    )


def _moment(event: Raw) -> str:
    """When an event was last seen; times of the API sort as text."""
    series = _at(event, "series").get("lastObservedTime")
    return str(series or event.get("lastTimestamp") or event.get("eventTime") or "")


def _condition(status: Raw, kind: str) -> Raw:
    return next((one for one in status.get("conditions") or () if one.get("type") == kind), {})


def _words(told: Raw) -> str:
    reason, message = told.get("reason", ""), _short(told.get("message", ""))
    if reason == "Unschedulable":  # the message says it better
        reason = ""
    return f"{reason}: {message}" if reason and message else str(message or reason)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def _at(raw: Raw, *path: str) -> Raw:
    for step in path:
        raw = raw.get(step) or {}
    return raw
