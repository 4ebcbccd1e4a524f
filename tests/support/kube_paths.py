"""Paths of the Kubernetes API taken apart, and objects chosen by selectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """What a request is about; a name of '' is a list, `namespace` is None where it names none."""

    plural: str
    name: str
    namespace: str | None
    labels: str = ""
    fields: str = ""

    @property
    def is_list(self) -> bool:
        """Whether many objects are asked for."""
        return not self.name


def parse(path: str) -> Asked:
    """Take a path apart: /api/v1/... or /apis/GROUP/VERSION/..."""
    parts = urlsplit(path)
    words = parts.path.strip("/").split("/")
    words = words[2:] if words[0] == "api" else words[3:]
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    chosen = (query.get("labelSelector", ""), query.get("fieldSelector", ""))
    if words[0] == "namespaces" and len(words) > 2:
        return Asked(words[2], "/".join(words[3:]), words[1], *chosen)
    return Asked(words[0], "/".join(words[1:]), None, *chosen)


def chosen(asked: Asked, objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose objects by labels and fields (`a=b,c.d=e`)."""

    def fits(one: dict[str, Any]) -> bool:
        labels = one["metadata"].get("labels") or {}
        by_label = all(labels.get(key) == value for key, value in _pairs(asked.labels))
        return by_label and all(_field(one, key) == value for key, value in _pairs(asked.fields))

    return [one for one in objects if fits(one)]


def _pairs(selector: str) -> list[tuple[str, str]]:
    found = [one.partition("=") for one in selector.split(",") if one]
    return [(key, value) for key, _, value in found]


def _field(one: Any, path: str) -> object:
    for step in path.split("."):
        one = (one or {}).get(step)
    return one


def port_of(path: str) -> int:
    """The port that a port-forward asks for."""
    return int(parse_qs(urlsplit(path).query)["ports"][0])
