"""What is wrong with a pod: one example of each sentence."""

from __future__ import annotations

import pytest

from galeractl.core.diagnose import diagnose
from galeractl.core.nodeline import NodeLine
from galeractl.core.pods import Complaint, Container, PodFacts, complaint_of, flags_of
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from galeractl.core.topology import render_topology
from peerfinder.core.report import DecisionSummary
from peerfinder.core.standing import Standing
from peerfinder.core.state import State
from tests.support.kube_objects import SCHEDULER
from tests.support.sights import a_cluster, a_member, a_waiting_node, in_pods

RUNS = (Container("peerfinder", "running"), Container("galera", "running"))
NOT_READY = "NotReady (Kubelet stopped posting node status.)"


def a_pod(phase: str = "Running", *containers: Container, **more: object) -> PodFacts:
    return PodFacts("db-2", "shop", "db", phase=phase, containers=containers, **{"machine": "node2"} | more)


CASES = {
    "it runs": (a_pod("Running", *RUNS), None),
    "there is none": (
        PodFacts("db-2", "shop", "db", is_there=False),
        Complaint("it has no pod", "kubectl -n shop describe statefulset db", is_pending=True),
    ),
    "there is none, and a quota says why": (
        PodFacts("db-2", "shop", "db", is_there=False, warning="FailedCreate: exceeded quota"),
        Complaint(
            "it has no pod: FailedCreate: exceeded quota", "kubectl -n shop describe statefulset db", is_pending=True
        ),
    ),
    "its machine is gone": (
        a_pod("Running", *RUNS, machine_trouble=NOT_READY, is_ending=True),
        Complaint(
            f"its machine node2 is {NOT_READY}; its pod waits there for its end",
            "bring node2 back (kubectl describe node node2); "
            'is it gone for good, see "a machine is gone" in docs/operations.md',
        ),
    ),
    "it was evicted": (
        a_pod("Failed", reason="Evicted", message="The node was low on resource: memory."),
        Complaint(
            "its pod has failed: Evicted (The node was low on resource: memory.)", "kubectl -n shop describe pod db-2"
        ),
    ),
    "it ended": (
        a_pod("Succeeded"),
        Complaint("its pod has ended", "kubectl -n shop describe pod db-2"),
    ),
    "too few machines": (
        a_pod("Pending", unscheduled=SCHEDULER, machine=""),
        Complaint(
            f"its pod is Pending: {SCHEDULER}",
            "add a machine, or have fewer nodes (kubectl -n shop scale statefulset db), "
            "or let them share machines (antiAffinity=preferred)",
            is_pending=True,
        ),
    ),
    "too little memory": (
        a_pod("Pending", unscheduled="0/3 nodes are available: 3 Insufficient memory.", machine=""),
        Complaint(
            "its pod is Pending: 0/3 nodes are available: 3 Insufficient memory.",
            "make room on a machine, or ask for less (the values preset and resources)",
            is_pending=True,
        ),
    ),
    "no volume": (
        a_pod("Pending", unscheduled="pod has unbound immediate PersistentVolumeClaims", machine=""),
        Complaint(
            "its pod is Pending: pod has unbound immediate PersistentVolumeClaims",
            "kubectl -n shop describe pvc data-db-2",
            is_pending=True,
        ),
    ),
    "its volume is on a machine that takes no pods": (
        a_pod("Pending", unscheduled="0/3 nodes are available: 1 node(s) were unschedulable", machine=""),
        Complaint(
            "its pod is Pending: 0/3 nodes are available: 1 node(s) were unschedulable",
            "bring the machine of its volume back: kubectl get nodes",
            is_pending=True,
        ),
    ),
    "no machine for another reason": (
        a_pod("Pending", unscheduled="no nodes available to schedule pods", machine=""),
        Complaint(
            "its pod is Pending: no nodes available to schedule pods",
            "kubectl -n shop describe pod db-2",
            is_pending=True,
        ),
    ),
    "no image": (
        a_pod("Pending", Container("peerfinder", "waiting", "ImagePullBackOff", 'Back-off pulling image "x:1"')),
        Complaint(
            'its container peerfinder has no image: ImagePullBackOff (Back-off pulling image "x:1")',
            "put the image where the machines find it (image.repository, image.tag, imagePullSecrets)",
            is_pending=True,
        ),
    ),
    "no Secret": (
        a_pod("Pending", Container("galera", "waiting", "CreateContainerConfigError", 'secret "x" not found')),
        Complaint(
            'its container galera cannot be started: CreateContainerConfigError (secret "x" not found)',
            "kubectl -n shop describe pod db-2",
            is_pending=True,
        ),
    ),
    "it crashes": (
        a_pod("Running", RUNS[0], Container("galera", "waiting", "CrashLoopBackOff", "back-off", 7, 2, "Error")),
        Complaint(
            "its container galera ends again and again (7 restarts): exit code 2",
            "kubectl -n shop logs db-2 -c galera --previous",
        ),
    ),
    "it was out of memory": (
        a_pod("Running", RUNS[0], Container("galera", "terminated", "OOMKilled", "", 1, 137, "OOMKilled")),
        Complaint(
            "its container galera has ended: exit code 137, OOMKilled",
            "kubectl -n shop logs db-2 -c galera --previous",
        ),
    ),
    "a volume does not come": (
        a_pod("Pending", Container("peerfinder", "waiting", "PodInitializing"), warning="FailedMount: timed out"),
        Complaint(
            "its container peerfinder is being made on node2: FailedMount: timed out",
            "kubectl -n shop describe pod db-2",
            is_pending=True,
        ),
    ),
    "it is on its way": (
        a_pod("Pending", Container("peerfinder", "waiting", "ContainerCreating")),
        Complaint("its container peerfinder is being made on node2", "", is_pending=True),
    ),
    "it has just got its machine": (a_pod("Pending"), Complaint("its pod is Pending", "", is_pending=True)),
    "an init container of the user is done": (
        a_pod("Running", Container("prepare", "terminated", "Completed", "", 0, 0, "Completed"), *RUNS),
        None,
    ),
    "it is being deleted": (a_pod("Running", *RUNS, is_ending=True), Complaint("its pod is being deleted")),
}


@pytest.mark.parametrize(("pod", "complaint"), CASES.values(), ids=CASES)
def test_what_is_wrong_with_a_pod(pod: PodFacts, complaint: Complaint | None) -> None:
    assert complaint_of(pod) == complaint


def test_what_is_worth_a_word_beside_a_node_that_reports() -> None:
    assert flags_of(a_pod("Running", *RUNS)) == ()
    assert flags_of(a_pod("Running", *RUNS, machine_trouble=NOT_READY, is_ending=True)) == (
        "machine-not-ready",
        "terminating",
    )


def line(sight: ClusterSight, name: str) -> NodeLine:
    return next(node for node in diagnose(sight).nodes if node.name == name)


def test_a_node_whose_pod_has_no_machine_is_pending() -> None:
    pending = a_pod("Pending", unscheduled=SCHEDULER, machine="")
    sight = in_pods(a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.UNKNOWN), pending)
    assert diagnose(sight).state is State.ONLINE_PARTIAL
    assert (line(sight, "db-2").role, line(sight, "db-2").reason) == (
        Standing.PENDING,
        f"its pod is Pending: {SCHEDULER}",
    )
    assert render_topology(diagnose(sight)).splitlines()[-1] == (
        f"- db-2  [-,pending,-,-,-,]  its pod is Pending: {SCHEDULER}"
    )


def test_a_node_on_a_machine_without_power_is_unreachable_and_the_machine_is_named() -> None:
    dark = a_pod("Running", *RUNS, machine_trouble=NOT_READY)
    found = line(in_pods(a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.UNKNOWN), dark), "db-2")
    assert (found.role, found.flags) == (Standing.UNREACHABLE, ("machine-not-ready",))
    assert found.reason == f"its machine node2 is {NOT_READY}"


def test_a_silent_node_whose_pod_runs_keeps_its_reason_and_its_log_is_named() -> None:
    found = line(in_pods(a_cluster(a_member("db-0"), db_2=Programs.UNKNOWN), a_pod("Running", *RUNS)), "db-2")
    assert (found.reason, found.remedy) == ("its agent does not run", "kubectl -n shop logs db-2 -c peerfinder")


def test_the_word_of_a_node_that_reports_is_worth_more_than_its_pod() -> None:
    decision = DecisionSummary("refuse", 1, "cannot read the data", "look at them")
    crashes = a_pod("Running", *RUNS, is_ending=True)
    found = line(in_pods(a_cluster(a_waiting_node("db-2", decision=decision)), crashes), "db-2")
    assert (found.role, found.reason, found.remedy) == (Standing.REFUSING, "cannot read the data", "look at them")
    assert found.flags == ("terminating",)


def test_a_node_is_better_brought_back_than_left_out() -> None:
    decision = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",))
    sight = a_cluster(a_waiting_node("db-0", decision=decision), db_2=Programs.UNKNOWN)
    assert line(in_pods(sight, a_pod("Running", *RUNS)), "db-0").remedy == "galeractl recover --without db-2"
    pending = a_pod("Pending", unscheduled=SCHEDULER, machine="")
    assert line(in_pods(sight, pending), "db-0").remedy == (
        "bring back the pod of db-2: its own line says what it lacks; "
        "if that is impossible: galeractl recover --without db-2"
    )
