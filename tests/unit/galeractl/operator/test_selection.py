"""Which cluster is meant, and how its commands are typed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.settings import ClusterSettings
from galeractl.operator.selection import Pod, Selection, this_pod

ENVIRONMENT = {"POD_NAME": "my-galera-2", "POD_NAMESPACE": "shop", "PEERFINDER_RUN_DIR": "/run/galera"}


@pytest.fixture
def pod(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PEERFINDER_TOKEN_FILE", "/secret/token")


@pytest.mark.usefixtures("pod")
def test_a_pod_is_known_by_its_environment():
    assert this_pod() == Pod("my-galera-2", "shop", Path("/run/galera"), 8008, "/secret/token")
    assert Selection().pod == this_pod()
    assert this_pod().cluster == "my-galera"


@pytest.mark.usefixtures("pod")
def test_a_local_cluster_that_was_named_is_meant_in_a_pod_too():
    assert Selection("there").pod is None


@pytest.mark.parametrize("lacking", ["POD_NAME", "PEERFINDER_RUN_DIR"])
@pytest.mark.usefixtures("pod")
def test_outside_of_a_pod_there_is_none(monkeypatch, lacking):
    monkeypatch.delenv(lacking)
    assert this_pod() is None


TEXTS = {
    "an order": (
        "galeractl recover --without my-galera-1",
        "kubectl exec -n shop my-galera-2 -c galera -- galeractl recover --without my-galera-1",
    ),
    "an order in a sentence": (
        "look again: galeractl status",
        "look again: kubectl exec -n shop my-galera-2 -c galera -- galeractl status",
    ),
    "a local order": ("galeractl local start", "galeractl local start"),
    "no order": ("repair it first", "repair it first"),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
@pytest.mark.usefixtures("pod")
def test_an_order_is_shown_as_it_is_typed_beside_the_pod(text, shown):
    assert Selection().address(text) == shown


@pytest.mark.usefixtures("pod")
def test_a_release_that_was_named_is_meant_in_a_pod_too():
    assert Selection(release="my", names_kubernetes=True).pod is None


def test_a_cluster_that_is_here_is_meant_unless_a_release_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not Selection().is_local
    assert Selection("there").is_local
    (tmp_path / ".galera").mkdir()
    local_dir.write_settings(Place(tmp_path / ".galera"), ClusterSettings("local-1", 250, 2))
    assert Selection().is_local
    assert not Selection(namespace="shop", names_kubernetes=True).is_local


FROM_A_LAPTOP = {
    "galeractl recover --without db-1": "galeractl --context 'my lab' -n shop --release my recover --without db-1",
    "kubectl -n shop logs db-1": "kubectl --context 'my lab' -n shop logs db-1",
    "kubectl --context lab get nodes": "kubectl --context lab get nodes",
    "kubectl exec -n shop db-0 -c galera -- galeractl status": (
        "kubectl --context 'my lab' exec -n shop db-0 -c galera -- galeractl status"
    ),
    "galeractl local start": "galeractl local start",
}


@pytest.mark.parametrize(("text", "shown"), FROM_A_LAPTOP.items(), ids=FROM_A_LAPTOP)
def test_an_order_is_shown_as_it_is_typed_on_a_laptop(text, shown):
    chosen = Selection()
    chosen.is_found("my lab", "shop", "my")
    assert chosen.address(text) == shown
