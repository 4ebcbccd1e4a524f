"""A small API server of Kubernetes on loopback: objects with resource versions, a token, port-forwards, faults at will.

    with running(tmp_path) as api:                  plain HTTP; with tls=True a certificate of its own
        api.put("configmaps", "my-memory", {...})   an object, as the chart would have made it
        api.fault = Fault.SLOW                      from now on
        api.once(Fault.LOST, "PUT")                 the next request of this verb only

`api.directory` is what a pod finds below /var/run/secrets/kubernetes.io/serviceaccount.
"""

from __future__ import annotations

import copy
import enum
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support import kube_paths, port_forward
from tests.support.certificate import certify

NAMESPACE = "shop"
SLOW_SECONDS = 0.4


class Fault(enum.Enum):
    """What the server does instead of its work."""

    NONE = "none"
    CLOSED = "closed"  # ends the connection without an answer
    SILENT = "silent"  # takes the question and never answers
    DRIPPING = "dripping"  # answers a byte at a time, for ever
    SLOW = "slow"  # the right answer, SLOW_SECONDS late
    BROKEN = "broken"  # 500
    NONSENSE = "nonsense"  # 200 and no JSON
    LOST = "lost"  # does its work, and closes the connection without an answer
    LOST_AND_OVERTAKEN = "lost and overtaken"  # the same, and somebody else writes before anybody can look


class KubeApi:
    """The objects by (plural, name), every request that came, and the present fault."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.token = "a-token"
        self.namespace = NAMESPACE
        self.fault = Fault.NONE
        self.forbidden: set[str] = set()  # verbs, plurals and `VERB plural` that this account may not use
        self.forwards: dict[str, tuple[str, int]] = {}  # pod -> who listens; port 0: at the one asked for
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.connections = 0
        self.url = ""
        self._faults: list[tuple[Fault, str]] = []
        self._version = 100
        self.lock = threading.RLock()
        self.ended = threading.Event()

    def put(self, plural: str, name: str, found: dict[str, Any]) -> None:
        """Write an object, whatever its version was."""
        with self.lock:
            self._version += 1
            metadata = {**found.get("metadata", {}), "name": name, "namespace": self.namespace}
            metadata["resourceVersion"] = str(self._version)
            self.objects[plural, name] = {**copy.deepcopy(found), "metadata": metadata}

    def once(self, fault: Fault, verb: str) -> None:
        """Have the next request of `verb` meet a fault."""
        self._faults.append((fault, verb))

    def take_fault(self, verb: str) -> Fault:
        """Give the fault of a request that came."""
        for one in self._faults:
            if one[1] == verb:
                self._faults.remove(one)
                return one[0]
        return self.fault

    def asked(self, verb: str, plural: str = "") -> int:
        """Count requests."""
        return sum(one == verb and plural in path for one, path in self.requests)

    def work(self, verb: str, plural: str, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Do what a request asks for."""
        with self.lock:
            now = self.objects.get((plural, name))
            if verb == "POST":
                name = body["metadata"]["name"]
                if (plural, name) in self.objects:
                    return 409, status(409, f'{plural} "{name}" already exists')
                self.put(plural, name, body)
                return 201, self.objects[plural, name]
            if now is None:
                return 404, status(404, f'{plural} "{name}" not found')
            if verb == "PUT":
                if body["metadata"].get("resourceVersion") not in {None, now["metadata"]["resourceVersion"]}:
                    return 409, status(
                        409, "the object has been modified; please apply your changes to the latest version"
                    )
                self.put(plural, name, body)
            elif verb == "PATCH":
                self.put(plural, name, merged(now, body))
            return 200, self.objects[plural, name]


def merged(old: Any, change: Any) -> Any:
    """A JSON merge patch (RFC 7386)."""
    if not isinstance(change, dict):
        return change
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in change.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merged(new.get(key), value)
    return new


def status(code: int, message: str) -> dict[str, Any]:
    """An error as the API says it."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: KubeApi

    def setup(self) -> None:
        super().setup()
        self.api.connections += 1

    def log_message(self, *_arguments: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # whoever asked is gone
            self.close_connection = True

    def _serve(self) -> None:
        api, verb = self.api, self.command
        api.requests.append((verb, self.path))
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        fault = api.take_fault(verb)
        if fault in {Fault.CLOSED, Fault.SILENT, Fault.DRIPPING}:
            self._fail(fault)
            return
        if port_forward.is_wanted(self):
            self._forward()
            return
        if fault is Fault.SLOW:
            api.ended.wait(SLOW_SECONDS)
        if fault is Fault.NONSENSE:
            self._answer(200, b"<html>")
            return
        code, answer = self._work(verb, body, fault)
        if fault in {Fault.LOST, Fault.LOST_AND_OVERTAKEN}:
            self.close_connection = True
            return
        self._answer(code, json.dumps(answer).encode())

    do_GET = do_PUT = do_POST = do_PATCH = _serve  # noqa: N815 - names of the library

    def _work(self, verb: str, body: dict[str, Any], fault: Fault) -> tuple[int, dict[str, Any]]:
        api = self.api
        if fault is Fault.BROKEN:
            return 500, status(500, "etcdserver: request timed out")
        if self.headers.get("Authorization") != f"Bearer {api.token}":
            return 401, status(401, "Unauthorized")
        if verb in api.forbidden:
            return 403, status(403, "this account cannot do that")
        asked = kube_paths.parse(self.path)
        plural, name = asked.plural, asked.name
        if api.forbidden & {plural, f"{verb} {plural}"}:
            return 403, status(403, f'{plural} is forbidden: User "jane" cannot do that')
        if asked.is_list and verb == "GET":
            here = asked.namespace in {None, api.namespace}
            found = [one for (kind, _name), one in api.objects.items() if kind == plural and here]
            return 200, {"kind": "List", "items": kube_paths.chosen(asked, found)}
        if asked.namespace not in {None, api.namespace}:
            return 403, status(403, "another namespace")
        result = api.work(verb, plural, name, body)
        if fault is Fault.LOST_AND_OVERTAKEN:
            memory = json.loads(api.objects[plural, name]["data"]["memory"])
            memory = {**memory, "version": memory["version"] + 1, "replicas": 9}
            api.put(plural, name, {**api.objects[plural, name], "data": {"memory": json.dumps(memory)}})
        return result

    def _forward(self) -> None:
        pod = kube_paths.parse(self.path).name.partition("/")[0]
        if self.api.forbidden & {"portforward"}:
            self._answer(403, json.dumps(status(403, "pods/portforward is forbidden")).encode())
        elif ("pods", pod) not in self.api.objects:
            self._answer(404, json.dumps(status(404, f'pods "{pod}" not found')).encode())
        else:
            port = kube_paths.port_of(self.path)
            host, there = self.api.forwards.get(pod, ("", 0))
            port_forward.serve(self, port, (host, there or port) if host else None)

    def _fail(self, fault: Fault) -> None:
        self.close_connection = True
        if fault is Fault.SILENT:
            self.api.ended.wait(20)
        elif fault is Fault.DRIPPING:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self.api.ended.wait(0.05):
                self.wfile.write(b" ")

    def _answer(self, code: int, text: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.open: set[socket.socket] = set()
        super().__init__((address, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that gave up


@contextmanager
def running(directory: Path, *, tls: bool = False, address: str = "127.0.0.1") -> Iterator[KubeApi]:
    """Serve until the block ends."""
    directory = directory / "serviceaccount"
    directory.mkdir()
    api = KubeApi(directory)
    (directory / "token").write_text(api.token + "\n")
    server = _Server(address)
    server.RequestHandlerClass = type("_Bound", (_Handler,), {"api": api})
    if tls:
        certify(directory, address)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "ca.crt", directory / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    host = f"[{address}]" if ":" in address else address
    api.url = f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
        for one in list(server.open):
            server.shutdown_request(one)
