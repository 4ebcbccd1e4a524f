"""The API server of a Kubernetes, asked with the rights of a person: objects of one namespace, and ways to its pods.

Objects are given as their JSON has them (kube_objects.py reads them). Every question ends within its seconds. Errors
are OSErrors that name verb and object:

    OSError
    +-- PermissionError
    |   +-- Unauthorized       401: the API does not know who asks
    |   `-- Forbidden          403: it knows, and that person may not; `right` is what is lacking
    +-- FileNotFoundError      404
    `-- ConnectionError, TimeoutError     no answer, or one that helps nobody
"""

from __future__ import annotations

import errno
import json
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

SECONDS = 8.0  # for one answer: a far API server takes one or two
CONNECT_SECONDS = 4.0
MAX_SAID = 300  # characters of the API's own words in a sentence
LIMIT = 50  # events
TUNNEL = "Kubernetes port forward"  # how the package's threads are called

Raw = dict[str, Any]


class Unauthorized(PermissionError):
    """The credentials are refused: expired, most often."""


class Forbidden(PermissionError):
    """Something is not allowed to whoever asks."""

    def __init__(self, right: str, said: str) -> None:
        super().__init__(f"{right} is forbidden: {said}")
        self.right = right


class ApiServer:
    """The API server of an `Access`; all methods may be called by several threads at once."""

    def __init__(self, configuration: Any, namespace: str) -> None:
        import urllib3
        from kubernetes import client

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # it is the kubeconfig that says so
        threading.excepthook = _quiet
        self._configuration, self._namespace = configuration, namespace
        api = client.ApiClient(configuration)
        self._core, self._apps = client.CoreV1Api(api), client.AppsV1Api(api)

    def stateful_sets(self, selector: str) -> list[Raw]:
        """List the StatefulSets of the namespace that have these labels."""
        right = self._right("list", "statefulsets.apps")
        found = _ask(right, self._apps.list_namespaced_stateful_set, self._namespace, label_selector=selector)
        return list(found.get("items") or ())

    def stateful_sets_everywhere(self, selector: str) -> list[Raw]:
        """List those of all namespaces."""
        right = "list statefulsets.apps in all namespaces"
        found = _ask(right, self._apps.list_stateful_set_for_all_namespaces, label_selector=selector)
        return list(found.get("items") or ())

    def stateful_set(self, name: str) -> Raw:
        """Read one StatefulSet."""
        right = self._right("get", f"statefulset.apps {name}")
        return _ask(right, self._apps.read_namespaced_stateful_set, name, self._namespace)

    def namespace(self) -> Raw:
        """Read the namespace itself."""
        return _ask(f"get namespace {self._namespace}", self._core.read_namespace, self._namespace)

    def pods(self, selector: str) -> list[Raw]:
        """List the pods that have these labels."""
        right = self._right("list", "pods")
        found = _ask(right, self._core.list_namespaced_pod, self._namespace, label_selector=selector)
        return list(found.get("items") or ())

    def machine(self, name: str) -> Raw | None:
        """Read a machine (a Node); None when Kubernetes does not know it."""
        try:
            return _ask(f"get node {name}", self._core.read_node, name)
        except FileNotFoundError:
            return None

    def events(self, kind: str, name: str) -> list[Raw]:
        """List the events of one object."""
        right = self._right("list", "events")
        which = f"involvedObject.kind={kind},involvedObject.name={name}"
        found = _ask(right, self._core.list_namespaced_event, self._namespace, field_selector=which, limit=LIMIT)
        return list(found.get("items") or ())

    def secret(self, name: str) -> Raw:
        """Read a Secret."""
        return _ask(self._right("get", f"secret {name}"), self._core.read_namespaced_secret, name, self._namespace)

    def get(self, kind: str, name: str, within: float) -> Raw:
        """Read a ConfigMap, the one kind whose reading takes part in a compare-and-swap; `within` may be too short."""
        right = self._right("get", f"{kind.lower()} {name}")
        return _ask(right, self._core.read_namespaced_config_map, name, self._namespace)

    def replace(self, kind: str, name: str, new: Raw, within: float) -> bool:
        """Put a ConfigMap in its place; False when its resource version is not that of `new` any more."""
        right = self._right("update", f"{kind.lower()} {name}")
        try:
            _ask(right, self._core.replace_namespaced_config_map, name, self._namespace, new)
        except FileExistsError:
            return False
        return True

    def forward(self, pod: str, port: int, seconds: float) -> socket.socket:
        """Give a connected socket to a port of a pod, through the API server and the machine of the pod."""
        right = self._right("create and get", "pods/portforward")
        answers: queue.SimpleQueue[socket.socket | OSError] = queue.SimpleQueue()
        late = threading.Event()

        def connect() -> None:  # the package gives up when the API server does, which is too late
            try:
                found = self._forward(right, pod, port)
            except OSError as error:
                answers.put(error)
                return
            answers.put(found)
            if late.is_set():
                found.close()

        threading.Thread(target=connect, daemon=True, name=f"port-forward {pod}").start()
        try:
            answer = answers.get(timeout=seconds)
        except queue.Empty:
            late.set()
            raise TimeoutError(f"no way to port {port} of {pod} within {seconds:g} s") from None
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _forward(self, right: str, pod: str, port: int) -> socket.socket:
        from kubernetes import client
        from kubernetes.stream import portforward

        own = client.CoreV1Api(client.ApiClient(self._configuration))  # the package changes the client while it asks
        try:
            tunnel = portforward(
                own.connect_get_namespaced_pod_portforward, pod, self._namespace, ports=str(port)
            )  # the words of this call are the package's; pods/portforward by websocket
        except client.ApiException as error:
            refused = error.__context__  # the websocket's own, which knows the status
            status = int(getattr(refused, "status_code", 0) or error.status or 0)
            said = _sentence(getattr(refused, "resp_body", None) or error.reason)
            raise _as_os_error(right, status, said) from None
        found: socket.socket = tunnel.socket(port)
        return found

    def _right(self, verb: str, what: str) -> str:
        return f"{verb} {what} in namespace {self._namespace}"


def _quiet(ended: threading.ExceptHookArgs) -> None:
    """Say nothing of a tunnel that broke: whoever asked through it notices by the end of its bytes or its deadline."""
    if not (ended.thread and ended.thread.name.startswith(TUNNEL)):
        threading.__excepthook__(ended)


def _ask(right: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Raw:
    """Ask, and give the JSON of the answer; `right` is what has to be allowed for it."""
    import urllib3
    from kubernetes.client import ApiException

    try:
        answer = call(*arguments, **options, _preload_content=False, _request_timeout=(CONNECT_SECONDS, SECONDS))
        found = json.loads(answer.data)
    except ApiException as error:
        raise _as_os_error(right, int(error.status or 0), _sentence(error.body or error.reason)) from None
    except urllib3.exceptions.NewConnectionError as error:  # in some versions one of the timeouts
        raise ConnectionError(f"{right}: {_cause(error)}") from None
    except urllib3.exceptions.TimeoutError:
        raise TimeoutError(f"{right}: the API server does not answer within {SECONDS:g} s") from None
    except urllib3.exceptions.HTTPError as error:
        raise ConnectionError(f"{right}: {_cause(error)}") from None
    except ValueError:
        raise ConnectionError(f"{right}: the API server answers no JSON") from None
    if not isinstance(found, dict):
        raise ConnectionError(f"{right}: the API server answers no object")
    return found


def _as_os_error(right: str, status: int, said: str) -> OSError:
    if status == 401:
        return Unauthorized(said)
    if status == 403:
        return Forbidden(right, said)
    if status == 404:
        return FileNotFoundError(errno.ENOENT, said)
    if status == 409:
        return FileExistsError(said)
    return ConnectionError(f"{right}: the API server answers {status} ({said})" if status else f"{right}: {said}")


def _sentence(body: object) -> str:
    """The API's own words."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "no reason given")
    with suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["message"])
    return " ".join(text.split())[:MAX_SAID]


def _cause(error: BaseException) -> str:
    """The innermost reason of a connection that failed: `Connection refused`, and not how it came about."""
    seen = error
    for _step in range(8):  # they are wrapped three or four times
        inner = getattr(seen, "reason", None)
        inner = inner if isinstance(inner, BaseException) else seen.__cause__ or seen.__context__
        if inner is None:
            break
        seen = inner
    told = getattr(seen, "strerror", None) or getattr(seen, "verify_message", None) or str(seen)
    return str(told) or type(seen).__name__
