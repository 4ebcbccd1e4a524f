"""The pod, as docs/design/20261121-pod.md promises it to the programs."""

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


def environment(container, values=None):
    return {one["name"]: one.get("value") for one in render(values or {}).container(container)["env"]}


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


def test_the_environment_of_the_sidecar():
    assert environment("peerfinder") == {
        "POD_NAME": None,
        "POD_NAMESPACE": None,
        "POD_IP": None,
        "PEERFINDER_RUN_DIR": "/run/galera",
        "PEERFINDER_VOLUME": "/var/lib/galera",
        "PEERFINDER_SERVICE": "my-galera-headless",
        "PEERFINDER_DOMAIN": "cluster.local",
        "PEERFINDER_PORT": "8008",
        "PEERFINDER_TOKEN_FILE": "/run/secrets/galera/agent-token",
        "PEERFINDER_REPLICAS_FILE": "/etc/galera/cluster/replicas",
        "PEERFINDER_STATEFULSET": "my-galera",
        "PEERFINDER_MEMORY": "configmap:my-galera-memory",
        "PEERFINDER_MONITOR_PASSWORD_FILE": "/run/secrets/galera/monitor-password",
        "PEERFINDER_WRITER_MODE": "single",
        "PEERFINDER_PAGE": "token",
        "PEERFINDER_VIEWER_TOKEN_FILE": "/run/secrets/galera/viewer-token",
        "PEERFINDER_STUCK_SECONDS": "30",
        "PEERFINDER_DRAIN_SECONDS": "5",
        "PEERFINDER_LOG_FORMAT": "text",
    }


def test_the_environment_of_the_database_is_the_sidecars_and_its_own():
    assert environment("galera") == environment("peerfinder") | {
        "GALERA_CLUSTER_NAME": "my-galera",
        "GALERA_VOLUME_SIZE": "8Gi",
        "GALERA_FAILURE_DETECTION": "fast",
        "GALERA_PATIENCE": "120",
        "GALERA_DRAIN_SECONDS": "5",
        "GALERA_STALL_SECONDS": "300",
        "GALERA_STATE_TRANSFER": "copy",
        "GALERA_LOG_FORMAT": "text",
        "MARIADB_ROOT_PASSWORD_FILE": "/run/secrets/galera/root-password",
        "MARIADB_MONITOR_PASSWORD_FILE": "/run/secrets/galera/monitor-password",
        "MARIADB_ROOT_HOST": "%",
    }


def test_a_preference_by_ordinal_or_name_reaches_the_sidecar_by_name():
    found = environment("peerfinder", example("writer-preferences"))
    assert found["PEERFINDER_WRITER_PREFERENCE"] == "my-galera-0=prefer my-galera-2=must-not"


def test_who_may_look_at_the_status_page():
    assert environment("peerfinder", example("page-open"))["PEERFINDER_PAGE"] == "open"


def test_values_of_galera_and_accounts_reach_the_database_as_variables():
    values = example("galera-settings") | example("accounts")
    assert (
        environment("galera", values).items()
        >= {
            "GALERA_FAILURE_DETECTION": "default",
            "GALERA_GCACHE_SIZE": "2Gi",
            "GALERA_BUFFER_POOL_SIZE": "1Gi",
            "GALERA_APPLIER_THREADS": "8",
            "GALERA_PATIENCE": "30",
            "GALERA_DRAIN_SECONDS": "0",
            "GALERA_STALL_SECONDS": "900",
            "GALERA_STATE_TRANSFER": "sst",
            "PEERFINDER_DONOR_READY": "true",
            "PEERFINDER_STUCK_SECONDS": "0",
            "PEERFINDER_DRAIN_SECONDS": "0",
            "GALERA_LOG_FORMAT": "json",
            "PEERFINDER_LOG_FORMAT": "json",
            "MARIADB_DATABASE": "shop",
            "MARIADB_USER": "clerk",
            "MARIADB_PASSWORD_FILE": "/run/secrets/galera/password",
        }.items()
    )
    assert "MARIADB_ROOT_HOST" not in environment("galera", values)


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


def mebibytes(quantity):
    return int(quantity.removesuffix("Mi"))


@pytest.mark.parametrize(("preset", "total"), [("small", 512), ("medium", 2048), ("large", 8192)])
def test_a_preset_gives_memory_to_lean_on_and_no_limit_of_cpu(preset, total):
    given = [render({"preset": preset}).container(name)["resources"] for name in BOTH]
    assert sum(mebibytes(one["requests"]["memory"]) for one in given) == total
    sidecar, server = given
    assert server["requests"]["memory"] == server["limits"]["memory"]
    assert mebibytes(sidecar["limits"]["memory"]) == 2 * mebibytes(sidecar["requests"]["memory"])  # for copies
    for one in given:
        assert "cpu" in one["requests"]
        assert "cpu" not in one["limits"]


def test_own_resources_win_over_the_preset():
    rendered = render(example("resources"))
    assert rendered.container("galera")["resources"] == example("resources")["resources"]
    assert rendered.container("peerfinder")["resources"] == example("resources")["peerfinder"]["resources"]


def test_nodes_are_kept_apart_whatever_their_number():
    (term,) = render().pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"] == render().one("StatefulSet")["spec"]["selector"]["matchLabels"]
    soft = render(example("soft-anti-affinity")).pod["spec"]
    (weighted,) = soft["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert weighted["podAffinityTerm"] == term
    assert "topologySpreadConstraints" not in soft
    assert "affinity" not in render(example("placement")).pod["spec"]


def test_nodes_are_spread_over_zones_where_it_can_be():
    (spread,) = render().pod["spec"]["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "ScheduleAnyway")


def test_own_affinity_and_spread_take_the_place_of_the_charts():
    spec = render(example("own-affinity")).pod["spec"]
    assert spec["affinity"] == example("own-affinity")["affinity"]
    assert spec["topologySpreadConstraints"] == example("own-affinity")["topologySpreadConstraints"]


def test_the_pod_has_time_to_stop_and_gets_no_variables_of_foreign_services():
    spec = render().pod["spec"]
    assert (spec["terminationGracePeriodSeconds"], spec["enableServiceLinks"]) == (600, False)


def test_snippets_and_scripts_of_ones_own_join_the_charts():
    for name, volume, own in (("snippets", "config", "more-snippets"), ("initdb", "initdb", "more-scripts")):
        spec = render(example(name)).pod["spec"]
        (sources,) = [one["projected"]["sources"] for one in spec["volumes"] if one["name"] == volume]
        assert [one["configMap"]["name"] for one in sources] == [f"my-galera-{volume}", own]
