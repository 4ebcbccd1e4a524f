"""The Kubernetes API by REST: get, replace, create and patch single objects of the own namespace.

Without the `kubernetes` package, which costs 35 MB and 0.4 s at import (docs/design/20261121-the-api-by-rest.md). What
is left to do well:

- The token of a pod is replaced while it runs (projected tokens live an hour), so it is read anew for each request,
  and `ca.crt` for each connection.
- Every call ends within its deadline, however slowly an answer drips in: each read from the socket has only the time
  that is left.
- Connections are kept, one TLS handshake costs more than the request. One that was closed by the other end meanwhile
  is noticed by a GET, which is sent once more; whatever writes always has a new connection and is sent once.
- Errors are OSError (FileNotFoundError for 404, PermissionError for 401 and 403, TimeoutError), each with one sentence
  that names verb and object; ValueError is left to what an object says. Conflict is an answer, not an error.

All calls block, and may be made by several threads at once.
"""

from __future__ import annotations

import errno
import http.client
import io
import json
import socket
import ssl
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

Object = dict[str, Any]

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts `token` and `ca.crt`."""

PATHS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Event": "/api/v1/namespaces/{}/events",
    "Pod": "/api/v1/namespaces/{}/pods",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
}
MAX_BODY = 4 << 20  # bytes; etcd takes objects of 1.5 MB, and their JSON may be somewhat longer
MAX_KEPT = 3  # connections: the memory, the number of nodes, the own pod
MAX_SAID = 300  # characters of the API's own words in a sentence
FIELD_MANAGER = "peerfinder"  # the owner, in managedFields, of what is written
REPLICAS_SECONDS = 2.0  # for one answer
MERGE_PATCH = "application/merge-patch+json"


def address_of_pod(environment: Mapping[str, str]) -> str:
    """Give the address that Kubernetes puts into the environment of each pod, '' outside of one."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        return ""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


class Api:
    """The API server at `url`, spoken to with the account in `directory` about objects of `namespace`."""

    def __init__(self, url: str, directory: Path, namespace: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no address of an API: http://HOST:PORT or https://HOST:PORT")
        self._is_tls, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._directory, self._namespace = directory, namespace
        self._idle: deque[_Line] = deque(maxlen=MAX_KEPT)

    def get(self, kind: str, name: str, within: float) -> Object:
        """Read an object."""
        return self._call("GET", kind, name, None, within)

    def replace(self, kind: str, name: str, new: Object, within: float) -> bool:
        """Put `new` in the place of an object; False when its resource version is not that of `new` any more."""
        try:
            self._call("PUT", kind, name, new, within)
        except FileExistsError:  # 409
            return False
        return True

    def replicas(self, name: str, within: float = REPLICAS_SECONDS) -> int:
        """Tell how many pods a StatefulSet is to have."""
        told = (self.get("StatefulSet", name, within).get("spec") or {}).get("replicas")
        if not isinstance(told, int):
            raise ValueError(f"StatefulSet {self._namespace}/{name} has no spec.replicas")  # noqa: TRY004 - an answer
        return told

    def create(self, kind: str, new: Object, within: float) -> Object:
        """Create an object."""
        return self._call("POST", kind, "", new, within)

    def patch(self, kind: str, name: str, change: Object, within: float) -> Object:
        """Merge `change` into an object."""
        return self._call("PATCH", kind, name, change, within)

    def close(self) -> None:
        """Close the kept connections."""
        while self._idle:
            self._idle.pop().close()

    def _call(self, verb: str, kind: str, name: str, body: Object | None, within: float) -> Object:
        what = f"{verb} {kind} {self._namespace}/{name or _name(body)}"
        path = PATHS[kind].format(quote(self._namespace, safe="")) + (f"/{quote(name, safe='')}" if name else "")
        if body is not None:
            path += f"?fieldManager={FIELD_MANAGER}"
        deadline = time.monotonic() + within
        try:
            status, text = self._exchange(verb, path, body, deadline)
        except TimeoutError:
            raise TimeoutError(f"{what}: the API does not answer within {within:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionError(f"{what}: {_cause(error)}") from None
        if 200 <= status < 300:
            return _object(what, text)
        said = f"{what}: the API answers {status} ({_message(text)})"
        if status == 404:
            raise FileNotFoundError(errno.ENOENT, said, f"{kind} {self._namespace}/{name}")
        if status in {401, 403}:
            raise PermissionError(said)
        if status == 409:
            raise FileExistsError(said)
        raise ConnectionError(said)

    def _exchange(self, verb: str, path: str, body: Object | None, deadline: float) -> tuple[int, bytes]:
        token = (self._directory / "token").read_text(encoding="ascii").strip()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "galera-kit"}
        content = None
        if body is not None:
            content = json.dumps(body, separators=(",", ":")).encode()
            headers["Content-Type"] = MERGE_PATCH if verb == "PATCH" else "application/json"
        if verb == "GET":
            with suppress(IndexError, http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                return self._on(self._idle.pop(), verb, path, headers, content, deadline)
        return self._on(self._connect(deadline), verb, path, headers, content, deadline)

    def _on(
        self, line: _Line, verb: str, path: str, headers: dict[str, str], content: bytes | None, deadline: float
    ) -> tuple[int, bytes]:
        reusable = False
        try:
            line.timed.deadline = deadline
            line.request(verb, path, content, headers)
            reply = line.getresponse()
            text = reply.read(MAX_BODY + 1)
            if len(text) > MAX_BODY:
                raise ConnectionError(f"the answer is longer than {MAX_BODY} bytes")
            reusable = not reply.will_close
            return reply.status, text
        finally:
            if reusable and len(self._idle) < MAX_KEPT:
                self._idle.append(line)
            else:
                line.close()

    def _connect(self, deadline: float) -> _Line:
        port = self._port or (443 if self._is_tls else 80)
        raw = socket.create_connection((self._host, port), _left(deadline))
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._is_tls:
                raw.settimeout(_left(deadline))
                trusted = ssl.create_default_context(cafile=str(self._directory / "ca.crt"))
                # Python 3.13 asks more of a CA than Go does, and than many clusters have (keyUsage, RFC 5280 4.2.1.3).
                trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
                raw = trusted.wrap_socket(raw, server_hostname=self._host)
        except BaseException:
            raw.close()
            raise
        return _Line(self._host, port, _Timed(raw))


class _Line(http.client.HTTPConnection):
    """One connection, on a socket of our own making."""

    def __init__(self, host: str, port: int, timed: _Timed) -> None:
        super().__init__(host, port)
        self.timed = timed
        self.sock = timed  # as much of a socket as http.client uses

    def close(self) -> None:
        super().close()
        self.timed.end()


class _Timed(io.RawIOBase):
    """A socket whose every step has what is left of `deadline` as its timeout."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw, self.deadline = raw, 0.0

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._raw.settimeout(_left(self.deadline))
        return self._raw.recv_into(buffer)

    def sendall(self, content: bytes) -> None:
        self._raw.settimeout(_left(self.deadline))
        self._raw.sendall(content)

    def close(self) -> None:
        """Do nothing: http.client closes the file of each answer, and the connection goes on."""

    def end(self) -> None:
        self._raw.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _name(body: Object | None) -> str:
    metadata = (body or {}).get("metadata") or {}
    return str(metadata.get("name", ""))


def _object(what: str, text: bytes) -> Object:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConnectionError(f"{what}: the answer is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise ConnectionError(f"{what}: the answer is no object")
    return found


def _message(text: bytes) -> str:
    """The API's own words, from its Status object or as they are."""
    try:
        said = str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        said = text.decode(errors="replace")
    said = " ".join(said.split())
    return said if len(said) <= MAX_SAID else said[: MAX_SAID - 3] + "..."


def _cause(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} does not exist"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the API closed the connection without an answer"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the API's certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
