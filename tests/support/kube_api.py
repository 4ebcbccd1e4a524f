"""A small API server of Kubernetes on loopback: objects with resource versions, a token, and faults at will.

    with running(tmp_path) as api:                  plain HTTP; with tls=True a certificate of its own
        api.put("configmaps", "my-memory", {...})   an object, as the chart would have made it
        api.fault = Fault.SLOW                      from now on
        api.once(Fault.LOST, "PUT")                 the next request of this verb only

`api.directory` is what a pod finds below /var/run/secrets/kubernetes.io/serviceaccount.
"""

from __future__ import annotations

import copy
import datetime as dt
import enum
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

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
        self.forbidden: set[str] = set()  # verbs that this account may not use
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
        parts = self.path.partition("?")[0].split("/")
        place = parts.index("namespaces")
        if parts[place + 1] != api.namespace:
            return 403, status(403, "another namespace")
        plural, name = parts[place + 2], "/".join(parts[place + 3 :])
        result = api.work(verb, plural, name, body)
        if fault is Fault.LOST_AND_OVERTAKEN:
            memory = json.loads(api.objects[plural, name]["data"]["memory"])
            memory = {**memory, "version": memory["version"] + 1, "replicas": 9}
            api.put(plural, name, {**api.objects[plural, name], "data": {"memory": json.dumps(memory)}})
        return result

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


def certify(directory: Path, address: str) -> None:
    """Write a certificate that vouches for itself: ca.crt and key.pem."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "ca.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "key.pem").write_bytes(private)
