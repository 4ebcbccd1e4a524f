"""Each example in charts/galera/ci renders to objects that the Kubernetes API takes, its oldest version and newest."""

from __future__ import annotations

import functools
import json

import kubernetes_validate
import pytest
from helm_python import chart as helm

from tests.support.chart import CHART, EXAMPLES, example, render

OLDEST, NEWEST = "1.29", kubernetes_validate.latest_version()


@functools.cache  # most objects are the same in most examples
def complaint(version: str, written: str) -> str:
    try:
        kubernetes_validate.validate(json.loads(written), version, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_is_one_that_the_api_takes(name):
    objects = render(example(name)).objects
    written = [json.dumps(one, sort_keys=True) for one in objects]
    complaints = [complaint(version, one) for one in written for version in (OLDEST, NEWEST)]
    assert [one for one in complaints if one] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_helm_lint_finds_nothing(name):
    report = helm.lint(CHART, example(name), strict=True, kube_version="v1.29.0")
    assert (report["errors"], report["messages"]) == ([], [])


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_is_named_after_the_release_lies_in_its_namespace_and_carries_its_labels(name):
    rendered = render(example(name))
    cluster = rendered.one("StatefulSet")["metadata"]["name"]
    for one in rendered.objects:
        meta = one["metadata"]
        assert meta["name"].startswith(cluster)
        assert meta["namespace"] == "db"
        assert meta["labels"]["app.kubernetes.io/instance"] == "my"
        assert meta["labels"].items() >= example(name).get("commonLabels", {}).items()
    assert len({(one["kind"], one["metadata"]["name"]) for one in rendered.objects}) == len(rendered.objects)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_shell_anywhere(name):
    words = " ".join(render(example(name)).texts.values()).replace('"', " ").replace(",", " ").split()
    assert {"sh", "bash", "-c", "/bin/sh", "/bin/bash", "ash", "dash"}.isdisjoint(words)


def test_the_example_of_each_feature_says_something():
    assert [name for name in EXAMPLES if name != "default" and not example(name)] == []
