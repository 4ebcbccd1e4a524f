"""What a user reads after the installation."""

from __future__ import annotations

import pytest

from tests.support.chart import EXAMPLES, example, render

WARNINGS = {
    "one node": ({"replicas": 1}, "cannot lose any"),
    "two nodes": ({"replicas": 2}, "Two nodes: when one is lost"),
    "four nodes": ({"replicas": 4}, "An even number of nodes"),
    "no volumes": ({"persistence": {"enabled": False}}, "NO VOLUMES"),
    "nodes on one machine": ({"antiAffinity": "none"}, "Nothing keeps the nodes on different machines"),
    "a Secret that cannot be seen": ({"auth": {"existingSecret": "mine"}}, 'The Secret "mine" is not there yet'),
}


@pytest.mark.parametrize(("values", "said"), WARNINGS.values(), ids=WARNINGS)
def test_a_warning_for(values, said):
    assert said in render(values).notes.partition("\nWARNING\n")[2]


@pytest.mark.parametrize("replicas", [3, 5])
def test_nothing_to_warn_of(replicas):
    assert "WARNING" not in render({"replicas": replicas}).notes


@pytest.mark.parametrize(
    "line",
    [
        "kubectl -n db rollout status statefulset/my-galera",
        "kubectl -n db exec my-galera-0 -- galeractl status",
        "my-galera-primary.db.svc.cluster.local",
        """kubectl -n db get secret my-galera -o go-template='{{index .data "root-password" | base64decode}}'""",
        "kubectl -n db port-forward my-galera-0 8008",
        """kubectl -n db get secret my-galera -o go-template='{{index .data "viewer-token" | base64decode}}'""",
        "helm -n db test my",
        "helm -n db uninstall my",
        (
            "kubectl -n db delete persistentvolumeclaim,configmap,secret"
            " -l app.kubernetes.io/instance=my,app.kubernetes.io/name=galera"
        ),
    ],
)
def test_the_commands_to_go_on_with(line):
    assert line in render().notes


def test_what_is_deleted_by_label_carries_that_label():
    rendered = render({"nameOverride": "store"})
    assert "app.kubernetes.io/instance=my,app.kubernetes.io/name=store" in rendered.notes
    (claim,) = rendered.one("StatefulSet")["spec"]["volumeClaimTemplates"]
    for one in (claim, rendered.one("Secret"), rendered.one("ConfigMap", "my-store-memory")):
        assert (
            one["metadata"]["labels"].items()
            >= {
                "app.kubernetes.io/instance": "my",
                "app.kubernetes.io/name": "store",
            }.items()
        )


def test_where_to_look_when_pods_stay_pending_names_the_storage_class():
    assert "is there a default storage class?" in render().notes
    assert 'is there the storage class "fast"?' in render(example("delete-volumes")).notes
    assert "somebody has to make volumes" in render(example("no-storage-class")).notes
    assert "storage class" not in render(example("emptydir")).notes


def test_how_many_machines_are_needed_is_said_where_it_matters():
    assert "fewer than 3 machines" in render().notes
    assert "machines:" not in render(example("soft-anti-affinity")).notes


@pytest.mark.parametrize("name", ["emptydir", "delete-volumes"])
def test_data_that_go_with_the_release_are_said_to(name):
    assert "THE DATA GO WITH IT" in render(example(name)).notes


def test_own_keys_and_accounts_are_in_the_commands():
    notes = render(example("existing-secret")).notes
    assert '{{index .data "root.pw" | base64decode}}' in notes
    assert '{{index .data "clerk" | base64decode}}' in notes


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_password_is_shown(name):
    rendered = render(example(name))
    secret = rendered.secret if rendered.of("Secret") else {}
    assert [key for key, value in secret.items() if value in rendered.notes] == []
