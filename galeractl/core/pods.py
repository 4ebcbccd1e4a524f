"""The pod of a node as Kubernetes tells it, and what is wrong with it, in a sentence.

What a node says of itself is worth more than what Kubernetes says of its pod, so this is asked only of a node that does
not report: is there a pod, has it a machine, is that machine there, do its containers run? The first of these that
fails explains the others, so the first match wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName",
                       "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"})  # fmt: skip
_ON_ITS_WAY = frozenset({"ContainerCreating", "PodInitializing"})
_MACHINE_IS_GONE = 'is it gone for good, see "a machine is gone" in docs/operations.md'


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod; `reason` and `message` are Kubernetes' own words for its present state."""

    name: str
    state: str = "waiting"  # waiting | running | terminated
    reason: str = ""
    message: str = ""
    restarts: int = 0
    last_code: int | None = None  # how its latest run ended
    last_reason: str = ""


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What Kubernetes tells of a node's pod; '' is "nothing is known, or nothing is wrong"."""

    name: str
    namespace: str
    set_name: str  # the StatefulSet
    is_there: bool = True
    phase: str = ""  # Pending | Running | Succeeded | Failed | Unknown
    reason: str = ""  # of the phase: Evicted
    message: str = ""
    address: str = ""
    machine: str = ""
    machine_trouble: str = ""
    unscheduled: str = ""  # why the scheduler found no machine
    is_ending: bool = False  # it is being deleted
    containers: tuple[Container, ...] = ()
    warning: str = ""  # the newest warning among its events; of its StatefulSet where there is no pod

    @property
    def can_be_asked(self) -> bool:
        """Whether a way to its agent may be found: through its machine, to a sidecar that runs."""
        runs = any(one.name == "peerfinder" and one.state == "running" for one in self.containers)
        return bool(self.address) and runs and not self.machine_trouble


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a pod."""

    reason: str
    remedy: str = ""
    is_pending: bool = False  # its programs have not begun


def complaint_of(pod: PodFacts) -> Complaint | None:
    """Say why the programs of a pod do not run as they should; None where nothing is seen."""
    describe = f"kubectl -n {pod.namespace} describe pod {pod.name}"
    if not pod.is_there:
        why = f": {pod.warning}" if pod.warning else ""
        look = f"kubectl -n {pod.namespace} describe statefulset {pod.set_name}"
        return Complaint(f"it has no pod{why}", look, is_pending=True)
    if pod.machine_trouble:
        ends = "; its pod waits there for its end" if pod.is_ending else ""
        back = f"bring {pod.machine} back (kubectl describe node {pod.machine}); {_MACHINE_IS_GONE}"
        return Complaint(f"its machine {pod.machine} is {pod.machine_trouble}{ends}", back)
    if pod.phase in {"Failed", "Succeeded"}:
        return Complaint(f"its pod has {_PAST[pod.phase]}{_because(pod.reason, pod.message)}", describe)
    if pod.unscheduled:
        remedy = _way_to_a_machine(pod) or describe
        return Complaint(f"its pod is Pending: {pod.unscheduled}", remedy, is_pending=True)
    for container in pod.containers:
        if found := _complaint_of(pod, container, describe):
            return found
    if pod.is_ending:
        return Complaint("its pod is being deleted")
    if pod.phase == "Pending":
        why = f": {pod.warning}" if pod.warning else ""
        return Complaint(f"its pod is Pending{why}", describe if why else "", is_pending=True)
    return None


def flags_of(pod: PodFacts) -> tuple[str, ...]:
    """What is worth a word beside a node that reports all the same."""
    found = {"machine-not-ready": bool(pod.machine_trouble), "terminating": pod.is_ending}
    return tuple(flag for flag, is_set in found.items() if is_set)


_PAST = {"Failed": "failed", "Succeeded": "ended"}


def _complaint_of(pod: PodFacts, container: Container, describe: str) -> Complaint | None:
    name, reason = container.name, container.reason
    told = _because(reason, container.message)
    log = f"kubectl -n {pod.namespace} logs {pod.name} -c {name} --previous"
    if container.state == "running":
        return None
    if container.state == "terminated":
        if container.last_code == 0:
            return None
        return Complaint(f"its container {name} has ended: {_end(container)}", log)
    if reason == "CrashLoopBackOff":
        often = f"{container.restarts} restart{'s' if container.restarts != 1 else ''}"
        return Complaint(f"its container {name} ends again and again ({often}): {_end(container)}", log)
    if reason in _NO_IMAGE:
        where = "put the image where the machines find it (image.repository, image.tag, imagePullSecrets)"
        return Complaint(f"its container {name} has no image{told}", where, is_pending=True)
    if reason and reason not in _ON_ITS_WAY:
        return Complaint(f"its container {name} cannot be started{told}", describe, is_pending=True)
    if not reason and not pod.machine:  # nothing was said of it yet
        return None
    why = f": {pod.warning}" if pod.warning else ""
    place = f" on {pod.machine}" if pod.machine else ""
    begun = f"its container {name} is being made{place}{why}"
    return Complaint(begun, describe if why else "", is_pending=True)


def _end(container: Container) -> str:
    code = "how is not known" if container.last_code is None else f"exit code {container.last_code}"
    return f"{code}, {container.last_reason}" if container.last_reason not in {"", "Error"} else code


def _because(reason: str, message: str) -> str:
    if reason and message:
        return f": {reason} ({message})"
    return f": {reason or message}" if reason or message else ""


def _way_to_a_machine(pod: PodFacts) -> str:
    """What helps a pod that has no machine, read from the scheduler's words."""
    words = pod.unscheduled
    if "PersistentVolumeClaim" in words or "persistentvolumeclaim" in words:
        return f"kubectl -n {pod.namespace} describe pvc data-{pod.name}"
    if "anti-affinity" in words:  # the others of the sentence come and go; this one stays until there is a machine
        fewer = f"kubectl -n {pod.namespace} scale statefulset {pod.set_name}"
        return f"add a machine, or have fewer nodes ({fewer}), or let them share machines (antiAffinity=preferred)"
    if "Insufficient" in words:
        return "make room on a machine, or ask for less (the values preset and resources)"
    if any(word in words for word in ("volume node affinity", "unschedulable", "untolerated taint")):
        return "bring the machine of its volume back: kubectl get nodes"
    return ""


def copying_anew(namespace: str, names: Iterable[str]) -> str:
    """Give the commands by which pods get empty volumes, so that their nodes copy everything from the others."""
    names = tuple(names)
    claims, pods = " ".join(f"data-{name}" for name in names), " ".join(names)
    return f"kubectl -n {namespace} delete pvc {claims} --wait=false && kubectl -n {namespace} delete pod {pods}"
