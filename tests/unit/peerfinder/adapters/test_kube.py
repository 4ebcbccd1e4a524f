"""The API by REST, against a server on loopback that can fail in every way."""

from __future__ import annotations

import time

import pytest

from peerfinder.adapters.kube import Api, address_of_pod
from tests.support.kube_api import NAMESPACE, Fault, KubeApi, running

LABELS = {"metadata": {"labels": {"app": "db"}}, "data": {"other": "kept"}}
SECONDS = 0.3


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as api:
        api.put("configmaps", "my", LABELS)
        api.put("statefulsets", "my", {"spec": {"replicas": 3}})
        yield api


@pytest.fixture
def api(server):
    api = Api(server.url, server.directory, NAMESPACE)
    yield api
    api.close()


def get(api):
    return api.get("ConfigMap", "my", SECONDS)


def test_an_object_is_read(api):
    assert get(api)["data"] == {"other": "kept"}


def test_the_number_of_nodes_is_that_of_the_statefulset(server, api):
    assert api.replicas("my") == 3
    server.put("statefulsets", "my", {"spec": {}})
    with pytest.raises(ValueError, match=r"StatefulSet shop/my has no spec\.replicas"):
        api.replicas("my")


def test_a_replacement_is_compared_by_resource_version(api):
    found = get(api)
    assert api.replace("ConfigMap", "my", {**found, "data": {"a": "1"}}, SECONDS)
    assert not api.replace("ConfigMap", "my", {**found, "data": {"a": "2"}}, SECONDS)
    assert get(api)["data"] == {"a": "1"}


def test_create_and_patch(api):
    api.create("Event", {"metadata": {"name": "one"}, "count": 1}, SECONDS)
    with pytest.raises(FileExistsError, match="already exists"):
        api.create("Event", {"metadata": {"name": "one"}}, SECONDS)
    assert api.patch("Event", "one", {"count": 2}, SECONDS)["count"] == 2


def test_the_connection_is_kept_and_a_new_one_made_when_it_was_closed(server, api):
    for _ in range(3):
        get(api)
    assert server.connections == 1
    server.once(Fault.CLOSED, "GET")
    get(api)
    assert server.connections == 2


def test_what_writes_has_a_connection_of_its_own_and_is_sent_once(server, api):
    found = get(api)
    server.once(Fault.CLOSED, "PUT")
    with pytest.raises(OSError, match="PUT ConfigMap shop/my: the API closed the connection"):
        api.replace("ConfigMap", "my", found, SECONDS)
    assert server.asked("PUT") == 1


def test_a_token_that_was_replaced_is_used_at_once(server, api):
    get(api)
    server.token = "another"
    with pytest.raises(PermissionError, match=r"GET ConfigMap shop/my: the API answers 401 \(Unauthorized\)"):
        get(api)
    (server.directory / "token").write_text("another")
    assert get(api)


FAULTS = {
    "no answer": (Fault.SILENT, TimeoutError, "the API does not answer within 0.3 s"),
    "an answer that drips in": (Fault.DRIPPING, TimeoutError, "the API does not answer within 0.3 s"),
    "500": (Fault.BROKEN, OSError, r"the API answers 500 \(etcdserver: request timed out\)"),
    "no JSON": (Fault.NONSENSE, ConnectionError, "the answer is no JSON"),
    "a closed connection": (Fault.CLOSED, OSError, "the API closed the connection without an answer"),
}


@pytest.mark.parametrize(("fault", "kind", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_sentence_in_time(server, api, fault, kind, sentence):
    server.fault = fault
    began = time.monotonic()
    with pytest.raises(kind, match=f"^GET ConfigMap shop/my: {sentence}") as raised:
        get(api)
    assert time.monotonic() - began < SECONDS + 0.5
    assert "\n" not in str(raised.value)
    server.fault = Fault.NONE
    assert get(api)


def test_what_is_missing_is_told_from_what_cannot_be_read(server, api):
    with pytest.raises(FileNotFoundError) as raised:
        api.get("ConfigMap", "none", SECONDS)
    assert raised.value.filename == "ConfigMap shop/none"
    server.forbidden.add("GET")
    with pytest.raises(PermissionError, match="403"):
        get(api)


def test_no_server_and_no_token(tmp_path, server):
    nobody = Api("http://127.0.0.1:1", server.directory, NAMESPACE)
    with pytest.raises(OSError, match="GET ConfigMap shop/my: connection refused"):
        get(nobody)
    with pytest.raises(OSError, match=f"GET ConfigMap shop/my: {tmp_path}/token does not exist"):
        get(Api(server.url, tmp_path, NAMESPACE))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_over_tls(tmp_path, address):
    with running(tmp_path, tls=True, address=address) as server:
        server.put("configmaps", "my", LABELS)
        api = Api(server.url, server.directory, NAMESPACE)
        assert get(api)["data"] == {"other": "kept"}
        assert api.replace("ConfigMap", "my", get(api), SECONDS)
        assert server.connections == 2
        api.close()


def test_a_server_that_its_ca_does_not_vouch_for_gets_no_token(tmp_path):
    with running(tmp_path, tls=True) as server:
        (tmp_path / "other").mkdir()
        with running(tmp_path / "other", tls=True) as other:
            api = Api(server.url, other.directory, NAMESPACE)
            with pytest.raises(OSError, match="GET ConfigMap shop/my: the API's certificate is not trusted"):
                get(api)
        assert server.requests == []


ENVIRONMENTS = {
    "of a pod": ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}, "https://10.0.0.1:6443"),
    "by IPv6": ({"KUBERNETES_SERVICE_HOST": "fd00::1"}, "https://[fd00::1]:443"),
    "outside": ({}, ""),
}


@pytest.mark.parametrize(("environment", "url"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_address_in_the_environment(environment, url):
    assert address_of_pod(environment) == url


@pytest.mark.parametrize("url", ["", "10.0.0.1:6443", "ftp://10.0.0.1"])
def test_no_address(tmp_path, url):
    with pytest.raises(ValueError, match="is no address of an API"):
        Api(url, tmp_path, NAMESPACE)


def test_the_fake_counts_what_was_asked(server: KubeApi, api):
    get(api)
    assert server.asked("GET", "configmaps") == 1
