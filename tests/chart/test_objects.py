"""The objects around the pod that nobody connects to: StatefulSet, ConfigMaps, budget, rights."""

from __future__ import annotations

import pytest

from tests.support.chart import EXAMPLES, example, render

NODE = {
    "app.kubernetes.io/name": "galera",
    "app.kubernetes.io/instance": "my",
    "app.kubernetes.io/component": "node",
}


# --- StatefulSet


def test_all_nodes_start_at_once_because_any_of_them_may_hold_the_newest_write():
    spec = render().one("StatefulSet")["spec"]
    assert spec["podManagementPolicy"] == "Parallel"
    assert spec["serviceName"] == "my-galera-headless"
    assert spec["replicas"] == 3


def test_updates_go_one_by_one_as_the_values_say():
    spec = render().one("StatefulSet")["spec"]
    assert (spec["updateStrategy"], spec["minReadySeconds"]) == (
        {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        5,
    )
    assert render(example("canary")).one("StatefulSet")["spec"]["updateStrategy"]["rollingUpdate"] == {"partition": 2}
    assert render(example("on-delete")).one("StatefulSet")["spec"]["updateStrategy"] == {"type": "OnDelete"}


def test_volumes_outlive_scaling_and_the_release_unless_told_otherwise():
    spec = render().one("StatefulSet")["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"] == {"name": "data", "labels": NODE}  # immutable: nothing that changes with a version
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "8Gi"}}}
    deleting = render(example("delete-volumes")).one("StatefulSet")["spec"]
    assert deleting["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Delete", "whenScaled": "Delete"}
    assert deleting["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "fast"
    (without,) = render(example("no-storage-class")).one("StatefulSet")["spec"]["volumeClaimTemplates"]
    assert without["spec"]["storageClassName"] == ""


def test_without_volumes_the_data_are_in_the_pod():
    spec = render(example("emptydir")).one("StatefulSet")["spec"]
    assert "volumeClaimTemplates" not in spec
    assert {"name": "data", "emptyDir": {}} in spec["template"]["spec"]["volumes"]


# --- names


@pytest.mark.parametrize(
    ("release", "values", "name"),
    [
        ("my", {}, "my-galera"),
        ("galera", {}, "galera"),
        ("my-galera-2", {}, "my-galera-2"),
        ("my", {"nameOverride": "db"}, "my-db"),
        ("my", {"fullnameOverride": "orders"}, "orders"),
    ],
)
def test_the_cluster_is_called_after_the_release(release, values, name):
    assert render(values, release=release).one("StatefulSet")["metadata"]["name"] == name


# --- ConfigMaps, and what outlives a release


def test_the_memory_is_made_without_data_so_that_no_upgrade_takes_it_back():
    memory = render().one("ConfigMap", "my-galera-memory")
    assert not {"data", "binaryData", "immutable"} & memory.keys()


@pytest.mark.parametrize(
    ("name", "kept"), [("default", True), ("delete-volumes", False), ("emptydir", False), ("accounts", True)]
)
def test_memory_and_secret_are_kept_exactly_where_the_volumes_are(name, kept):
    rendered = render(example(name))
    for one in (rendered.one("ConfigMap", "my-galera-memory"), rendered.one("Secret")):
        policy = one["metadata"].get("annotations", {}).get("helm.sh/resource-policy")
        assert policy == ("keep" if kept else None)


def test_the_number_of_nodes_snippets_and_scripts_are_mounted():
    assert render({"replicas": 5}).one("ConfigMap", "my-galera-cluster")["data"] == {"replicas": "5"}
    assert (
        render(example("snippets")).one("ConfigMap", "my-galera-config")["data"] == example("snippets")["configuration"]
    )
    assert render(example("initdb")).one("ConfigMap", "my-galera-initdb")["data"] == example("initdb")["initdbScripts"]


# --- PodDisruptionBudget


@pytest.mark.parametrize("replicas", [2, 3, 5])
def test_drains_take_one_node_at_a_time_and_never_wait_for_one_that_is_not_ready(replicas):
    budget = render({"replicas": replicas}).one("PodDisruptionBudget")["spec"]
    assert budget == {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": NODE},
    }


@pytest.mark.parametrize("values", [{"replicas": 1}, {"podDisruptionBudget": {"enabled": False}}], ids=str)
def test_no_budget_for_one_node_or_where_none_is_wanted(values):
    assert render(values).of("PodDisruptionBudget") == []


# --- rights


def test_the_rights_are_these_and_no_others():
    rendered = render()
    assert rendered.one("Role")["rules"] == [
        {
            "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["my-galera-memory"],
            "verbs": ["get", "update"],
        },
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "resourceNames": ["my-galera"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "patch"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
    ]  # fmt: skip
    binding = rendered.one("RoleBinding")
    assert binding["roleRef"]["name"] == rendered.one("Role")["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "my-galera", "namespace": "db"}]
    assert rendered.pod["spec"]["serviceAccountName"] == "my-galera"


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_cluster_wide(name):
    kinds = {one["kind"] for one in render(example(name)).objects}
    assert kinds <= {
        "ConfigMap", "CronJob", "Deployment", "NetworkPolicy", "Pod", "PodDisruptionBudget", "Role", "RoleBinding",
        "Secret", "Service", "ServiceAccount", "StatefulSet",
    }  # fmt: skip


def test_an_account_from_elsewhere_gets_the_rights():
    rendered = render(example("accounts-elsewhere"))
    assert rendered.of("ServiceAccount") == []
    assert rendered.one("RoleBinding")["subjects"][0]["name"] == rendered.pod["spec"]["serviceAccountName"] == "shared"


def test_without_rights_there_is_no_role():
    assert not render(example("no-rights")).of("Role") + render(example("no-rights")).of("RoleBinding")
