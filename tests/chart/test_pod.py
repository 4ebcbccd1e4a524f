"""The containers of the pod, as docs/design/20261121-pod.md promises them to the programs."""

from __future__ import annotations

import json

import pytest

from tests.support.chart import EXAMPLES, example, render

BOTH = ("peerfinder", "galera")


def mounts(container):
    return {
        one["mountPath"]: (one["name"], one.get("readOnly", False))
        for one in render().container(container)["volumeMounts"]
    }


@pytest.mark.parametrize("replicas", [2, 3, 5, 16])
def test_the_pod_template_is_the_same_for_any_number_of_nodes(replicas):
    assert json.dumps(render({"replicas": replicas}).pod) == json.dumps(render({"replicas": 1}).pod)


def test_the_pod_template_names_no_version_so_that_a_new_chart_alone_restarts_nobody():
    written = json.dumps(render({"image": {"tag": "any"}}).pod)
    assert "helm.sh/chart" not in written
    assert "app.kubernetes.io/version" not in written


@pytest.mark.parametrize(
    ("values", "restarts"),
    [
        ({"configuration": {"a.cnf": "[mariadbd]"}}, True),
        ({"galera": {"drainSeconds": 9}}, True),
        ({"initdbScripts": {"a.sql": "SELECT 1"}}, False),
        ({"auth": {"rootPassword": "another"}}, False),
        ({"networkPolicy": {"enabled": False}}, False),
        ({"service": {"main": {"type": "NodePort"}}}, False),
        ({"persistence": {"annotations": {"a": "b"}}}, False),
    ],
    ids=json.dumps,
)
def test_only_what_a_running_node_reads_restarts_it(values, restarts):
    assert (render(values).pod != render().pod) is restarts


def test_two_containers_of_one_image_run_the_two_programs():
    spec = render().pod["spec"]
    (sidecar,), (server,) = spec["initContainers"], spec["containers"]
    assert (sidecar["name"], sidecar["command"], sidecar["restartPolicy"]) == (
        "peerfinder",
        ["peerfinder", "serve"],
        "Always",
    )
    assert (server["name"], server["command"]) == ("galera", ["entrypoint", "run"])
    assert sidecar["image"] == server["image"] == "galera-kit/galera:0.1.0"
    assert render().pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] == "galera"


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ({"tag": "1.2"}, "galera-kit/galera:1.2"),
        ({"digest": "sha256:" + "0" * 64}, "galera-kit/galera@sha256:" + "0" * 64),
        ({"tag": "1.2", "digest": "sha256:" + "0" * 64}, "galera-kit/galera:1.2@sha256:" + "0" * 64),
    ],
)
def test_the_image_is_named_by_tag_or_digest(image, name):
    assert render({"image": image}).container("galera")["image"] == name


def test_the_sidecar_mounts_what_it_reads_and_alone_has_the_token_of_the_api():
    assert mounts("peerfinder") == {
        "/var/lib/galera": ("data", True),
        "/run/galera": ("run", False),
        "/tmp": ("tmp", False),
        "/run/secrets/galera": ("secrets", True),
        "/etc/galera/cluster": ("cluster", True),
        "/var/run/secrets/kubernetes.io/serviceaccount": ("api-token", True),
    }


def test_the_database_mounts_what_it_needs():
    assert mounts("galera") == {
        "/var/lib/galera": ("data", False),
        "/run/galera": ("run", False),
        "/tmp": ("tmp", False),
        "/run/secrets/galera": ("secrets", True),
        "/etc/galera/cluster": ("cluster", True),
        "/etc/galera/conf.d": ("config", True),
        "/docker-entrypoint-initdb.d": ("initdb", True),
    }


def test_the_token_of_the_api_is_what_kubernetes_would_mount_and_mounted_by_nobody_else():
    spec = render().pod["spec"]
    (token,) = [one["projected"]["sources"] for one in spec["volumes"] if one["name"] == "api-token"]
    assert spec["automountServiceAccountToken"] is False
    assert [next(iter(source)) for source in token] == ["serviceAccountToken", "configMap", "downwardAPI"]
    assert render().one("ServiceAccount")["automountServiceAccountToken"] is False


def test_passwords_are_files_that_only_the_group_of_the_pod_reads_and_never_variables():
    (secrets,) = [one["secret"] for one in render().pod["spec"]["volumes"] if one["name"] == "secrets"]
    assert secrets["defaultMode"] == 0o440
    assert [one["path"] for one in secrets["items"]] == [
        "root-password",
        "monitor-password",
        "agent-token",
        "viewer-token",
    ]
    everything = render(example("accounts"))
    assert "secretKeyRef" not in json.dumps(everything.pod)
    for password in everything.secret.values():
        assert password not in json.dumps(everything.pod)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("container", BOTH)
def test_no_variable_volume_or_mount_is_there_twice(name, container):
    one, spec = render(example(name)).container(container), render(example(name)).pod["spec"]
    for names in (
        [variable["name"] for variable in one["env"]],
        [mount["mountPath"] for mount in one["volumeMounts"]],
        [volume["name"] for volume in spec["volumes"]],
    ):
        assert len(names) == len(set(names))


def test_probes():
    sidecar, server = render().container("peerfinder"), render().container("galera")
    assert server["readinessProbe"] == {
        "httpGet": {"path": "/readyz", "port": 8008}, "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 2,
    }  # fmt: skip
    assert server["livenessProbe"] == {
        "exec": {"command": ["entrypoint", "alive"]}, "periodSeconds": 20, "timeoutSeconds": 10, "failureThreshold": 6,
    }  # fmt: skip
    assert "startupProbe" not in server  # a state transfer may take hours
    metrics = {"path": "/metrics", "port": "agent"}
    assert sidecar["livenessProbe"] == {
        "httpGet": metrics, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6,
    }  # fmt: skip
    assert sidecar["startupProbe"] == {
        "httpGet": metrics, "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 60,
    }  # fmt: skip
    assert "readinessProbe" not in sidecar  # a pod is ready when all its containers are; the database's probe asks it


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_namespace_that_enforces_restricted_takes_the_pods(name):
    """The conditions of kubernetes.io/docs/concepts/security/pod-security-standards, Restricted."""
    rendered = render(example(name))
    for spec in (rendered.pod["spec"], *(pod["spec"] for pod in rendered.of("Pod"))):
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"].get("runAsUser") != 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        allowed = {
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        }
        assert {kind for volume in spec["volumes"] for kind in volume.keys() - {"name"}} <= allowed
        for container in spec.get("initContainers", []) + spec["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not [port for port in container.get("ports", []) if "hostPort" in port]


@pytest.mark.parametrize("container", BOTH)
def test_the_root_file_system_is_read_only(container):
    assert render().container(container)["securityContext"]["readOnlyRootFilesystem"] is True


def test_one_uid_for_all_or_the_platforms_choice():
    assert (
        render().pod["spec"]["securityContext"].items() >= {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999}.items()
    )
    assert (
        not {"runAsUser", "runAsGroup", "fsGroup"} & render(example("openshift")).pod["spec"]["securityContext"].keys()
    )


def test_snippets_and_scripts_of_ones_own_join_the_charts():
    for name, volume, own in (("snippets", "config", "more-snippets"), ("initdb", "initdb", "more-scripts")):
        spec = render(example(name)).pod["spec"]
        (sources,) = [one["projected"]["sources"] for one in spec["volumes"] if one["name"] == volume]
        assert [one["configMap"]["name"] for one in sources] == [f"my-galera-{volume}", own]
