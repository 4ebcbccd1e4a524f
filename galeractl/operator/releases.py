"""Which release of the chart does a person at a laptop mean, and how is it reached?

The kubeconfig says which Kubernetes and who asks (`--context`), and the namespace where none is named (`-n`). In the
namespace the release is found by what the chart makes; `--release` is needed only where there are several. Everything
that can go wrong on this way is said with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable

from galeractl.adapters import kubeconfig
from galeractl.adapters.api_server import ApiServer, Forbidden, Unauthorized
from galeractl.adapters.kube_objects import SELECTOR, Release, release_of
from galeractl.adapters.kubeconfig import Access
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import Selection

DEFAULT_NAMESPACE = "default"  # as for kubectl


def open_access(chosen: Selection) -> Access:
    """Read the kubeconfig; Trouble where that gives no way in."""
    try:
        return kubeconfig.open_access(chosen.context)
    except kubeconfig.NoConfig as lacking:
        raise _no_config(chosen, str(lacking)) from None
    except kubeconfig.NoPackage as error:
        raise Trouble(
            f"kubeconfig files cannot be read without the Python package kubernetes ({error})",
            "pip install 'galera-kit[laptop]'; or ask in a pod: "
            "kubectl exec -n NAMESPACE POD -c galera -- galeractl status",
        ) from None
    except kubeconfig.NoContext as wrong:
        known = ", ".join(wrong.known) or "there is none in it"
        if wrong.name is None:
            raise Trouble("the kubeconfig names no current context", f"--context NAME: {known}", Code.USAGE) from None
        seen = f"there is no context {wrong.name} in the kubeconfig"
        raise Trouble(seen, f"--context NAME: {known}", Code.USAGE) from None
    except kubeconfig.Unusable as error:
        raise Trouble(f"the kubeconfig cannot be used: {error}", "kubectl config view says what is in it") from None


def find(api: ApiServer, access: Access, namespace: str, wanted: str | None) -> Release:
    """Find the release in its namespace; raises Trouble, and the errors of the API server."""
    found = _releases(api.stateful_sets(SELECTOR))
    if not found:
        raise _nothing(api, access, namespace)
    return choose(found, wanted, f"namespace {namespace} (context {access.context})")


def choose(found: tuple[Release, ...], wanted: str | None, place: str) -> Release:
    """Take the release that was named, or the only one there is."""
    names = ", ".join(one.name for one in found)
    if wanted:
        named = [one for one in found if wanted in {one.name, one.set_name}]
        if not named:
            raise Trouble(f"there is no release {wanted} in {place}", f"--release NAME: {names}", Code.USAGE)
        found = tuple(named)
    if len(found) > 1:
        raise Trouble(f"{len(found)} releases are in {place}", f"--release NAME: {names}", Code.USAGE)
    return found[0]


def trouble_of(error: OSError, access: Access, namespace: str) -> Trouble:
    """Say what an error of the API server means for a person."""
    of = f"(context {access.context})"
    told = f"; {'; '.join(access.complaints)}" if access.complaints else ""
    if isinstance(error, Unauthorized):
        return Trouble(
            f"the API server at {access.server} does not accept your credentials {of}: {error}{told}",
            f"log in again as you do for kubectl, until this answers: kubectl --context {access.context} auth whoami",
        )
    if isinstance(error, Forbidden):
        return Trouble(
            f"you may not {error.right} {of}{told}",
            "ask for this right (docs/operations.md, galeractl on a laptop, lists them); or ask in a pod: "
            f"kubectl exec -n {namespace} POD -c galera -- galeractl status",
        )
    return Trouble(
        f"the API server at {access.server} cannot be asked {of}: {error}{told}",
        f"is it up, and may this machine reach it? kubectl --context {access.context} get --raw /readyz",
    )


def _releases(objects: Iterable[dict[str, object]]) -> tuple[Release, ...]:
    found = [release for one in objects if (release := release_of(one))]
    return tuple(sorted(found, key=lambda one: (one.namespace, one.name)))


def _nothing(api: ApiServer, access: Access, namespace: str) -> Trouble:
    """Say why there may be none: no such namespace, or they are elsewhere, as far as this person may know."""
    of = f"(context {access.context})"
    elsewhere: tuple[Release, ...] = ()
    is_there = True
    try:
        elsewhere = _releases(api.stateful_sets_everywhere(SELECTOR))
        api.namespace()
    except FileNotFoundError:
        is_there = False
    except OSError:
        pass  # not this person's to know
    seen = f"no release of the chart is in namespace {namespace} {of}"
    if not is_there:
        seen = f"there is no namespace {namespace} {of}"
    if elsewhere:
        others = ", ".join(f"-n {one.namespace} --release {one.name}" for one in elsewhere[:5])  # 5: to recognise one
        return Trouble(seen, f"there is: {others}", Code.USAGE)
    return Trouble(seen, "name its namespace with -n NAMESPACE (helm list -A), or install one", Code.USAGE)


def _no_config(chosen: Selection, where: str) -> Trouble:
    if chosen.names_kubernetes:
        seen = f"there is no kubeconfig ({where})"
        return Trouble(seen, "put it there, or name it in KUBECONFIG; kubectl needs the same", Code.USAGE)
    nowhere = chosen.nowhere
    return Trouble(f"{nowhere.seen}, and there is no kubeconfig ({where})", nowhere.remedy, Code.USAGE)
