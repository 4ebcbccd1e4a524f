"""A release that begins with a backup: what the database container is given, and what of its values cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chart import example, refusal, render


def containers(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    spec = pod(values)
    return {one["name"]: one for one in (*spec["initContainers"], *spec["containers"])}


def pod(values: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = render(values).one("StatefulSet", "my-galera")["spec"]["template"]["spec"]
    return spec


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in container["env"] if "RESTORE" in one["name"]}


def test_the_database_alone_is_told_where_the_backup_is():
    found = containers(example("restore"))
    assert variables(found["galera"]) == {
        "GALERA_RESTORE_FROM": "s3://backups/shop",
        "GALERA_RESTORE_BACKUP": "2026-11-28.013000.shop-galera-1",
        "GALERA_RESTORE_OPTIONS": "endpoint=http://minio.storage:9000 path-style=true",
        "GALERA_RESTORE_CREDENTIALS": "/run/secrets/restore-credentials",
        "GALERA_RESTORE_KEY_FILE": "/run/secrets/restore/key",
    }
    assert not variables(found["peerfinder"])
    mounts = {one["name"]: one for one in found["galera"]["volumeMounts"]}
    assert mounts["restore-credentials"]["mountPath"] == "/run/secrets/restore-credentials"
    assert mounts["restore-key"]["readOnly"]
    volumes = {one["name"]: one for one in pod(example("restore"))["volumes"]}
    assert volumes["restore-credentials"]["secret"]["secretName"] == "shop-backup-credentials"
    assert volumes["restore-key"]["secret"]["items"] == [{"key": "aes", "path": "key"}]


def test_nothing_of_it_is_there_unless_it_is_wanted():
    assert not variables(containers({})["galera"])
    assert not {"restore-credentials", "restore-key", "backups"} & {one["name"] for one in pod({})["volumes"]}


def test_a_store_in_a_claim_is_mounted_to_be_read():
    values = {"restore": {"from": "file:///backups/shop", "existingClaim": "shop-backups"}}
    assert variables(containers(values)["galera"]) == {"GALERA_RESTORE_FROM": "file:///backups/shop"}
    volumes = {one["name"]: one for one in pod(values)["volumes"]}
    assert volumes["backups"]["persistentVolumeClaim"] == {"claimName": "shop-backups", "readOnly": True}


REFUSED = {
    "a directory that goes": ({"from": "file:///backups"}, "restore.existingClaim: a store file:///backups"),
    "a claim for nothing": ({"from": "s3://a", "existingClaim": "x"}, "restore.existingClaim: only a store file:///"),
    "a name without a store": ({"backup": "2026-11-28.013000.a-1"}, "restore.backup: in which store?"),
    "no name of a backup": ({"from": "s3://a", "backup": "the newest"}, "at '/restore/backup'"),
    "no store": ({"from": "ftp://a"}, "at '/restore/from'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_by_its_name(case):
    values, said = REFUSED[case]
    assert said in refusal({"restore": values})
