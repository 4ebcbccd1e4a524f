"""The jobs of backups: what they run, what they are given, who reaches them, and what of their values cannot be."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from click.testing import CliRunner

from galeractl.cli import cli
from tests.support.chart import example, refusal, render

BACKUP = {
    "app.kubernetes.io/name": "galera",
    "app.kubernetes.io/instance": "my",
    "app.kubernetes.io/component": "backup",
}
ON = {"backup": {"enabled": True, "to": "s3://bucket/prefix"}}
JOBS = ("my-galera-backup", "my-galera-backup-verify")


def with_backup(**values: Any) -> dict[str, Any]:
    return {"backup": {**ON["backup"], **values}}


def job(values: dict[str, Any], name: str = JOBS[0]) -> dict[str, Any]:
    spec: dict[str, Any] = render(values).one("CronJob", name)["spec"]
    return spec


def pod(values: dict[str, Any], name: str = JOBS[0]) -> dict[str, Any]:
    template: dict[str, Any] = job(values, name)["jobTemplate"]["spec"]["template"]
    return template


def containers(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    specs = [pod(values, one["metadata"]["name"])["spec"] for one in render(values).of("CronJob")]
    return {one["name"]: one for spec in specs for one in [*spec.get("initContainers", []), *spec["containers"]]}


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"]}


def test_there_are_none_unless_asked_for():
    assert [one for one in render().objects if "-backup" in one["metadata"]["name"]] == []
    assert "ackup" not in render().notes


@pytest.mark.parametrize("values", [ON, example("backup"), example("backup-directory")], ids=["on", "s3", "directory"])
def test_the_words_are_those_of_the_program(values):
    for container in containers(values).values():
        program, *words = container["command"]
        assert program == "galeractl"
        missing = CliRunner().invoke(cli, [*words, "--help"])
        assert missing.exit_code == 0, words
        given = environment(container) | {"GALERACTL_STORE": ""}
        understood = CliRunner().invoke(cli, words, env=given)
        assert "No such option" not in understood.output
        assert "Invalid value" not in understood.output


def test_a_backup_comes_before_old_ones_are_deleted():
    spec = pod(example("backup"))["spec"]
    (create,), (prune,) = spec["initContainers"], spec["containers"]
    assert create["command"] == ["galeractl", "backup", "create", "--parallel=4", "--allow-writer"]
    assert prune["command"] == shlex.split(
        "galeractl backup prune --keep-last=3 --keep-daily=7 --keep-weekly=8 --keep-monthly=12"
    )
    assert create["resources"] == {"limits": {"memory": "512Mi"}}
    assert spec["restartPolicy"] == "Never"


def test_dumps():
    found = containers(example("backup-directory"))
    assert found["create"]["command"][2:] == [
        "create", "--parallel=2", "--allow-few", "--logical", "--database=shop", "--database=stock"]  # fmt: skip
    assert environment(found["create"])["GALERACTL_PASSWORD_FILE"] == "/run/secrets/galera/root-password"
    assert {"name": "backups", "mountPath": "/backups"} in found["verify"]["volumeMounts"]
    ports = [
        [port["port"] for port in rule["ports"]]
        for rule in render(example("backup-directory")).one("NetworkPolicy", "my-galera")["spec"]["ingress"]
        if rule.get("from", [{}])[0].get("podSelector", {}).get("matchLabels") == BACKUP
    ]
    assert ports == [[8008, 3306]]


def test_they_find_the_agents_the_store_and_the_key():
    found = environment(containers(example("backup"))["create"])
    assert found == {
        "GALERACTL_AGENTS": "my-galera-headless.db.svc.cluster.local:8008",
        "GALERACTL_TOKEN_FILE": "/run/secrets/galera/agent-token",
        "GALERACTL_STORE": "s3://backups/shop",
        "GALERACTL_STORE_OPTIONS": "endpoint=http://minio.storage:9000 path-style=true",
        "GALERACTL_KEY_FILE": "/run/secrets/backup/key",
    }
    spec = pod(example("backup"))["spec"]
    assert spec["initContainers"][0]["envFrom"] == [{"secretRef": {"name": "shop-backup-credentials"}}]
    volumes = {one["name"]: one for one in spec["volumes"]}
    mounted = {name: volumes[name]["secret"] for name in ("secrets", "key")}
    assert [one["secretName"] for one in mounted.values()] == ["my-galera", "shop-backup-key"]
    assert [one["defaultMode"] for one in mounted.values()] == [0o440, 0o440]
    assert [one["items"] for one in mounted.values()] == [
        [{"key": "agent-token", "path": "agent-token"}],
        [{"key": "aes", "path": "key"}],
    ]


@pytest.mark.parametrize("name", JOBS)
def test_one_at_a_time_and_not_for_ever(name):
    spec = job(example("backup"), name)
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == ("Forbid", 3600)
    assert (spec["timeZone"], spec["jobTemplate"]["spec"]["activeDeadlineSeconds"]) == ("Europe/Berlin", 7200)
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 1


@pytest.mark.parametrize("name", JOBS)
def test_no_right_no_token_no_root(name):
    spec = pod(ON, name)["spec"]
    assert spec["serviceAccountName"] == "my-galera-backup"
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    for container in containers(ON).values():
        assert container["securityContext"] == render().container("galera")["securityContext"]
    account = render(example("backup")).one("ServiceAccount", "my-galera-backup")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/backup"}
    bound = [one["subjects"] for one in render(ON).of("RoleBinding")]
    assert "my-galera-backup" not in str(bound)


def test_nobody_reaches_them_and_they_reach_the_agents():
    policy = render(ON).one("NetworkPolicy", "my-galera-backup")["spec"]
    assert (policy["podSelector"]["matchLabels"], policy["ingress"]) == (BACKUP, [])
    assert pod(ON)["metadata"]["labels"] == BACKUP
    rules = render(ON).one("NetworkPolicy", "my-galera")["spec"]["ingress"]
    assert {
        "from": [{"podSelector": {"matchLabels": BACKUP}}],
        "ports": [{"protocol": "TCP", "port": 8008}],
    } in rules
    assert render({**ON, "networkPolicy": {"enabled": False}}).of("NetworkPolicy") == []


def test_a_verification_has_room():
    spec = pod(example("backup"), JOBS[1])["spec"]
    (verify,) = spec["containers"]
    assert verify["command"] == ["galeractl", "backup", "verify", "--level=start", "--work-dir=/work"]
    (work,) = [one for one in spec["volumes"] if one["name"] == "work"]
    claim = work["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"]["requests"]["storage"] == "20Gi"
    (work,) = [one for one in pod(ON, JOBS[1])["spec"]["volumes"] if one["name"] == "work"]
    assert work == {"name": "work", "emptyDir": {}}


def test_no_verification():
    values = with_backup(verification={"schedule": ""})
    assert [one["metadata"]["name"] for one in render(values).of("CronJob")] == ["my-galera-backup"]
    assert "No backup is verified" in render(values).notes


WORDS = {
    "0 2 * * *": "every day at 02:00",
    "30 13 * * *": "every day at 13:30",
    "5 4 * * 0": "every Sunday at 04:05",
    "5 4 * * 7": "every Sunday at 04:05",
    "5 4 * * 3": "every Wednesday at 04:05",
    "15 * * * *": "every hour, at minute 15",
    "*/5 1-3 * * 1,2": 'by the schedule "*/5 1-3 * * 1,2"',
    "@weekly": 'by the schedule "@weekly"',
}


@pytest.mark.parametrize("schedule", WORDS)
def test_the_schedule_in_words(schedule):
    assert f"Backups are made {WORDS[schedule]}, in s3://bucket/prefix;" in render(with_backup(schedule=schedule)).notes


def test_what_is_said_of_backups():
    notes = render(example("backup")).notes
    assert "every day at 01:30 (Europe/Berlin), in s3://backups/shop, encrypted; the newest is verified every" in notes
    assert "create job --from=cronjob/my-galera-backup my-galera-backup-now" in notes
    assert "not encrypted" not in notes
    assert "Backups are not encrypted" in render(ON).notes


REFUSED = {
    "nowhere": ({"to": ""}, "backup.to: where are backups to be stored?"),
    "a directory that goes": ({"to": "file:///backups"}, "backup.existingClaim: backups in a directory of the job"),
    "a claim for nothing": ({"existingClaim": "x"}, "backup.existingClaim: only a store file:///backups is in it"),
    "databases of files": ({"databases": ["x"]}, "backup.databases: a copy of the files has all of them"),
    "a dump that is prepared": ({"method": "logical"}, "backup.verification.level: nothing prepares a dump"),
    "another scheme": ({"to": "ftp://x"}, "backup.to"),
    "a directory elsewhere": ({"to": "file:///etc", "existingClaim": "x"}, "backup.to"),
    "an unknown option": ({"storeOptions": {"colour": "red"}}, "invalid propertyName 'colour'"),
    "a schedule that is none": ({"schedule": "daily"}, "backup.schedule"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be(case):
    values, message = REFUSED[case]
    assert message in refusal(with_backup(**values)).replace("/", ".").replace("file:...backups", "file:///backups")


def test_what_cannot_be_together_with_others():
    assert "backup.allowFew: with fewer than three nodes" in refusal({**ON, "replicas": 2})
    dumps = with_backup(method="logical", verification={"level": "checksum"})
    assert "backup.method: a dump logs in as root" in refusal({**dumps, "auth": {"rootHost": ""}})
