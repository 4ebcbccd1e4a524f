"""Labels of the own pod, at a small API server."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerfinder.adapters.kube import Api
from peerfinder.adapters.pod_labels import PodLabels
from tests.support.kube_api import NAMESPACE, Fault, running

POD = {"metadata": {"labels": {"app": "galera", "galerakit/role": "primary"}}}


def test_they_are_merged_into_those_that_are_there(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.put("pods", "db-0", POD)
        PodLabels(Api(api.url, api.directory, NAMESPACE), "db-0").write(
            {"galerakit/role": None, "galerakit/reads": "true"}
        )
        assert api.objects["pods", "db-0"]["metadata"]["labels"] == {"app": "galera", "galerakit/reads": "true"}


def test_another_pod_is_touched_only_while_it_has_the_label(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        labels = PodLabels(Api(api.url, api.directory, NAMESPACE), "db-0")
        api.put("pods", "db-1", POD)
        for instead in ({"galerakit/role": "secondary"}, {"galerakit/role": "late"}):
            labels.replace("db-1", "galerakit/role", "primary", instead)
        assert api.objects["pods", "db-1"]["metadata"]["labels"] == {"app": "galera", "galerakit/role": "secondary"}
        labels.replace("db-9", "galerakit/role", "primary", {})  # no such pod


def test_a_refusal_is_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.put("pods", "db-0", POD)
        api.forbidden.add("PATCH")
        with pytest.raises(PermissionError, match="PATCH Pod shop/db-0: the API answers 403"):
            PodLabels(Api(api.url, api.directory, NAMESPACE), "db-0").write({})
        api.forbidden.clear()
        api.once(Fault.BROKEN, "PATCH")
        with pytest.raises(OSError, match="500"):
            PodLabels(Api(api.url, api.directory, NAMESPACE), "db-0").write({})
