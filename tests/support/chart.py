"""charts/galera, rendered by Helm's own library as `helm install` would, without a cluster or a helm binary."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helm_python import chart as helm
from helm_python.errors import HelmError

CHART = Path(__file__).parents[2] / "charts/galera"
EXAMPLES = {path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))}
"""Values of one feature each."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """What one release consists of."""

    objects: tuple[Object, ...]
    notes: str
    texts: Mapping[str, str]

    def of(self, kind: str) -> list[Object]:
        """All objects of a kind."""
        return [one for one in self.objects if one["kind"] == kind]

    def one(self, kind: str, name: str | None = None) -> Object:
        """The object of this kind, or of this kind and name; there must be exactly one."""
        (found,) = [one for one in self.of(kind) if name in (None, one["metadata"]["name"])]
        return found

    @property
    def pod(self) -> Object:
        """The pod template of the StatefulSet."""
        template: Object = self.one("StatefulSet")["spec"]["template"]
        return template

    def container(self, name: str) -> Object:
        """A container of the nodes' pods, whatever its kind."""
        spec = self.pod["spec"]
        (found,) = [one for one in spec["initContainers"] + spec["containers"] if one["name"] == name]
        return dict(found)

    @property
    def secret(self) -> dict[str, str]:
        """What the chart's own Secret holds, decoded."""
        data = self.one("Secret")["data"]
        return {key: base64.b64decode(value, validate=True).decode() for key, value in data.items()}


def example(name: str) -> dict[str, Any]:
    """The values of one example."""
    return helm.values_from_yaml(EXAMPLES[name].read_text())


def render(values: Mapping[str, Any] | None = None, *, release: str = "my", chart: Path = CHART) -> Rendered:
    """Render a release of these values; the same ones are rendered once."""
    return _render(json.dumps(values or {}), release, chart)


def refusal(values: Mapping[str, Any], *, release: str = "my", chart: Path = CHART) -> str:
    """What is said of values that are refused; AssertionError if they are not."""
    try:
        render(values, release=release, chart=chart)
    except HelmError as error:
        return str(error)
    raise AssertionError(f"not refused: {values}")


@functools.cache
def _render(values: str, release: str, chart: Path) -> Rendered:
    with helm.Chart.load(chart) as loaded:
        texts = loaded.render(json.loads(values), name=release, namespace="db", is_install=True)
    notes = texts.pop("galera/templates/NOTES.txt")
    parts = [part for text in texts.values() for part in re.split(r"^---$", text, flags=re.MULTILINE)]
    objects = [helm.values_from_yaml(part) for part in parts]
    return Rendered(tuple(one for one in objects if one), notes, texts)


def chart_that_finds(secret: Mapping[str, str], folder: Path) -> Path:
    """A copy of the chart for which this Secret is in the cluster: what `lookup` would find stands in its helper."""
    copy = folder / "galera"
    for path in CHART.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(CHART)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(CHART)).write_bytes(path.read_bytes())
    helper = copy / "templates/_secret.tpl"
    there = json.dumps({key: base64.b64encode(value.encode()).decode() for key, value in secret.items()})
    text, replaced = re.subn(
        r'(define "galera.secretInCluster" -}}\n).*?({{- end -}})',
        rf"\g<1>{there}\g<2>",
        helper.read_text(),
        flags=re.DOTALL,
    )
    assert replaced == 1
    helper.write_text(text)
    return copy
