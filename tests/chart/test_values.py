"""values.yaml, its schema and the README say the same, and every value does something."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import tomllib

import pytest
from helm_python import chart as helm
from helm_python.errors import HelmError

from tests.support.chart import CHART, EXAMPLES, example, render

TEXT = (CHART / "values.yaml").read_text()
VALUES = helm.values_from_yaml(TEXT)
SCHEMA = json.loads((CHART / "values.schema.json").read_text())

HANDED_ON = {
    "affinity", "global", "extraEnv.items", "extraEnvFrom.items", "extraVolumeMounts.items", "extraVolumes.items",
    "imagePullSecrets.items", "initContainers.items", "networkPolicy.clients.items", "networkPolicy.metrics.items",
    "networkPolicy.proxies.items", "peerfinder.extraEnv.items", "proxy.tolerations.items",
    "sidecars.items", "tolerations.items", "topologySpreadConstraints.items",
}  # fmt: skip
"""Objects of Kubernetes or Helm, which the schema leaves to those who know them."""

ONLY_IN_THE_SCHEMA = {"global", "enabled"}
"""What Helm and charts that contain this one put into the values; nothing here reads it."""


def leaves(values, at=()):
    for key, value in values.items():
        if value and isinstance(value, dict):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key)


def schema_nodes(node, at=""):
    yield at, node
    for key, below in node.get("properties", {}).items():
        yield from schema_nodes(below, f"{at}.{key}" if at else key)
    if "items" in node:
        yield from schema_nodes(node["items"], f"{at}.items")


NODES = [*schema_nodes(SCHEMA), *(n for name, d in SCHEMA["definitions"].items() for n in schema_nodes(d, name))]


def without(values, path):
    """The values without one; None where they do not have it."""
    values = copy.deepcopy(values)
    place = values
    for key in path[:-1]:
        place = place.get(key, {})
    return values if place.pop(path[-1], place) is not place else None


def what_comes_out(values):
    """Everything that is rendered, with random passwords made equal; or what is said against it."""
    try:
        rendered = render(values)
    except HelmError as error:
        return str(error)
    written = json.dumps([rendered.objects, rendered.notes], sort_keys=True)
    for value in rendered.one("Secret")["data"].values() if rendered.of("Secret") else ():
        if len(value) == 44:  # 32 characters, encoded
            written = written.replace(value, "random")
    return written


@pytest.mark.parametrize("path", list(leaves(VALUES)), ids=".".join)
def test_every_value_does_something_in_some_example(path):
    examples = [(example(name), without(example(name), path)) for name in EXAMPLES]
    tried = [(values, less) for values, less in examples if less is not None]
    assert tried, f"no example sets {'.'.join(path)}"
    assert any(what_comes_out(values) != what_comes_out(less) for values, less in tried)


def test_the_values_can_be_read_in_one_sitting():
    substance = [line for line in TEXT.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(substance) < 250


def test_readme_and_schema_are_made_of_the_comments():
    program = CHART.parents[1] / "scripts/chart-docs"
    done = subprocess.run([sys.executable, program, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_sentence_begins_as_one_and_ends_as_one():
    said = [node["description"] for _at, node in NODES if "description" in node]
    assert [text for text in said if not re.fullmatch(r"[A-Z`].*[.!]", text)] == []


def test_the_schema_describes_every_value():
    assert [
        at for at, node in NODES for key, one in node.get("properties", {}).items() if not one.get("description")
    ] == []


def test_the_schema_takes_nothing_that_it_does_not_know():
    loose = {
        at for at, node in NODES
        if node.get("type") == "object" and node.get("additionalProperties", True) is True
    }  # fmt: skip
    assert loose == HANDED_ON


def test_the_schema_has_the_values_and_no_others():
    known = {at for at, node in NODES if at in SCHEMA["properties"]}
    assert known - ONLY_IN_THE_SCHEMA == VALUES.keys()


def test_every_value_of_the_file_is_in_the_readme():
    readme = (CHART / "README.md").read_text()
    assert [".".join(path) for path in leaves(VALUES) if f"| `{'.'.join(path)}` |" not in readme] == []


def test_the_readme_tells_the_presets_as_they_are():
    readme = (CHART / "README.md").read_text()
    for preset in ("small", "medium", "large"):
        given = [
            render({"preset": preset}).container(name)["resources"]["requests"] for name in ("galera", "peerfinder")
        ]
        cells = " | ".join(f"{one['cpu']}, {one['memory']}" for one in given)
        assert f"| `{preset}` | {cells} |" in readme


def test_chart_yaml_says_what_helm_and_people_ask_for():
    with helm.Chart.load(CHART) as chart:
        meta = chart.metadata
    project = tomllib.loads((CHART.parents[1] / "pyproject.toml").read_text())["project"]
    assert meta["apiVersion"] == "v2"
    assert meta["appVersion"] == project["version"]  # the default tag of the image
    assert meta["kubeVersion"] == ">=1.29.0-0"  # native sidecars
    assert {"description", "icon", "keywords", "maintainers", "appVersion", "version"} <= meta.keys()
