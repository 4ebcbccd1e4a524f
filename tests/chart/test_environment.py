"""What the programs in the pod are told by variables."""

from __future__ import annotations

from tests.support.chart import example, render


def environment(container, values=None):
    return {one["name"]: one.get("value") for one in render(values or {}).container(container)["env"]}


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


def test_read_only_is_kept_only_where_that_is_wanted():
    assert environment("peerfinder", example("read-only"))["PEERFINDER_ENFORCE_READ_ONLY"] == "true"
    assert "PEERFINDER_ENFORCE_READ_ONLY" not in environment("peerfinder")


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
