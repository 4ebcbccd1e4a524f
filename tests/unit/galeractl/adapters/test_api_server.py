"""The API server as a person asks it: objects, errors by kind, and the way to a pod."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from galeractl.adapters import kubeconfig
from galeractl.adapters.api_server import ApiServer, Forbidden, Unauthorized
from tests.support import kube_api
from tests.support.kube_api import Fault, KubeApi


@pytest.fixture
def api(tmp_path: Path) -> Iterator[KubeApi]:
    with kube_api.running(tmp_path) as api:
        yield api


@pytest.fixture
def server(api: KubeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ApiServer:
    """The API server by a kubeconfig."""
    config = {
        "current-context": "lab", "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "jane"}}],
        "clusters": [{"name": "lab", "cluster": {"server": api.url}}],
        "users": [{"name": "jane", "user": {"token": api.token}}],
    }  # fmt: skip
    (tmp_path / "config").write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    return ApiServer(kubeconfig.open_access(None).configuration, "shop")


def test_objects_are_chosen_by_their_labels(api: KubeApi, server: ApiServer) -> None:
    api.put("pods", "db-0", {"metadata": {"labels": {"a": "b"}}})
    api.put("pods", "web-0", {"metadata": {}})
    assert [one["metadata"]["name"] for one in server.pods("a=b")] == ["db-0"]
    assert server.pods("a=c") == []


def test_a_machine_that_is_not_known_is_none(api: KubeApi, server: ApiServer) -> None:
    api.put("nodes", "node1", {"status": {}})
    assert server.machine("node1")
    assert server.machine("node2") is None


def test_a_configmap_is_replaced_only_as_it_was_read(api: KubeApi, server: ApiServer) -> None:
    api.put("configmaps", "memory", {"metadata": {"annotations": {"kept": "yes"}}, "data": {"other": "x"}})
    first = server.get("ConfigMap", "memory", 1)
    assert server.replace("ConfigMap", "memory", {**first, "data": {**first["data"], "memory": "{}"}}, 1)
    assert not server.replace("ConfigMap", "memory", {**first, "data": {}}, 1)
    kept = api.objects["configmaps", "memory"]
    assert kept["data"] == {"other": "x", "memory": "{}"}
    assert kept["metadata"]["annotations"] == {"kept": "yes"}


def test_what_is_forbidden_is_named(api: KubeApi, server: ApiServer) -> None:
    api.forbidden.add("secrets")
    with pytest.raises(Forbidden) as told:
        server.secret("db")
    assert told.value.right == "get secret db in namespace shop"


def test_other_errors_have_their_kind(api: KubeApi, server: ApiServer) -> None:
    with pytest.raises(FileNotFoundError):
        server.secret("db")
    api.once(Fault.BROKEN, "GET")
    with pytest.raises(ConnectionError, match="500"):
        server.secret("db")
    api.once(Fault.NONSENSE, "GET")
    with pytest.raises(ConnectionError, match="no JSON"):
        server.secret("db")
    api.token = "another"
    with pytest.raises(Unauthorized):
        server.secret("db")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def test_a_port_of_a_pod_is_a_socket(api: KubeApi, server: ApiServer, listener: socket.socket) -> None:
    def echo() -> None:
        line, _ = listener.accept()
        with line:
            while data := line.recv(65536):
                line.sendall(data.upper())

    threading.Thread(target=echo, daemon=True).start()
    api.put("pods", "db-0", {})
    api.forwards["db-0"] = listener.getsockname()
    line = server.forward("db-0", 8008, 20)
    line.settimeout(20)
    words = b"word " * 30_000  # more than one frame
    threading.Thread(target=line.sendall, args=(words,), daemon=True).start()
    found = b""
    while len(found) < len(words):
        found += line.recv(65536)
    assert found == words.upper()
    line.close()


def test_a_port_on_which_nobody_listens_ends_at_once(api: KubeApi, server: ApiServer) -> None:
    api.put("pods", "db-0", {})
    line = server.forward("db-0", 8008, 20)
    line.settimeout(20)
    assert line.recv(1) == b""
    line.close()


def test_a_way_that_is_refused_says_why(api: KubeApi, server: ApiServer) -> None:
    with pytest.raises(FileNotFoundError, match='pods "db-9" not found'):
        server.forward("db-9", 8008, 20)
    api.forbidden.add("portforward")
    with pytest.raises(Forbidden) as told:
        server.forward("db-9", 8008, 20)
    assert told.value.right == "create and get pods/portforward in namespace shop"


def test_a_way_that_takes_too_long_is_given_up(api: KubeApi, server: ApiServer) -> None:
    api.fault = Fault.SILENT
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no way to port 8008 of db-0 within 0\.5 s"):
        server.forward("db-0", 8008, 0.5)
    assert time.monotonic() - began < 10
