"""From a schedule to a store, proven there, and after everything is gone a new release that begins with it."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import kubectl as kube
from tests.support import lab
from tests.support.cluster import wait_for
from tests.support.release import READY_SECONDS, Release

pytestmark = pytest.mark.power  # the machine that cuts power has an S3 server, too

BUCKETS = Path("/var/lib/lab/s3")  # a bucket is a folder there
CREDENTIALS, KEY = "store-credentials", "store-key"


@dataclass(frozen=True)
class Bucket:
    """A bucket of a real S3 server that pods reach."""

    name: str
    endpoint: str
    variables: dict[str, str]

    @property
    def values(self) -> dict[str, object]:
        """What backup.* and restore.* have in common."""
        return {
            "storeOptions": {"endpoint": self.endpoint, "region": "us-east-1", "path-style": "true"},
            "credentialsSecret": CREDENTIALS,
            "encryption": {"existingSecret": KEY},
        }


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    line = lab.lab("s3", "start").splitlines()[-1].removeprefix("export ")
    variables = dict(word.split("=", 1) for word in line.split())
    name = f"e2e-{secrets.token_hex(4)}"
    (BUCKETS / name).mkdir(parents=True)
    yield Bucket(name, variables.pop("AWS_ENDPOINT_URL"), variables)
    shutil.rmtree(BUCKETS / name)


def secret(name: str, content: dict[str, str]) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content}


def run_now(release: Release, job: str) -> str:
    """Start a job of a schedule at once, as NOTES says it; gives what it said, once it has ended well."""
    name = f"{job}-{secrets.token_hex(2)}"
    release.ns("create", "job", f"--from=cronjob/{release.name}-{job}", name)

    def ended() -> str:
        status = (release.ns.get("job", name) or {}).get("status", {})
        conditions = {one["type"] for one in status.get("conditions", []) if one["status"] == "True"}
        return "ok" if "Complete" in conditions else "failed" if "Failed" in conditions else ""

    outcome = wait_for(f"the job {name} to end", ended, READY_SECONDS, release.words)
    said = release.ns("logs", f"job/{name}", "--all-containers")
    assert outcome == "ok", said
    return said


def test_a_backup_is_made_proven_and_is_a_new_release_after_all_is_lost(
    own_release: Release, bucket: Bucket, figure
) -> None:
    release = own_release
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    release.ns.apply(secret(CREDENTIALS, bucket.variables), secret(KEY, {"key": key}))
    backup = {"enabled": True, "to": f"s3://{bucket.name}/{release.name}", "verification": {"level": "start"}}
    release.install({"backup": backup | bucket.values})
    release.wait_ready()
    release.client.create()
    release.client.start()
    release.client.wait_written()
    release.client.sql(
        release.name,
        "CREATE TABLE probe.kept (id INT PRIMARY KEY, v VARCHAR(64))",
        "INSERT INTO probe.kept SELECT seq, SHA2(seq, 256) FROM probe.seq_1_to_20000",
    )
    made = run_now(release, "backup")
    proven = run_now(release, "backup-verify")
    written = release.assert_nothing_lost()
    print(made, proven, written)
    (folder,) = (BUCKETS / bucket.name / release.name).iterdir()
    assert json.loads((folder / "verified.json").read_text())
    history = release.status()["uuid"]

    release.uninstall()
    release.ns("delete", "pvc", "--all", "--timeout=60s")
    release.ns("delete", "secret", release.name, "--ignore-not-found")
    release.ns("delete", "configmap", f"{release.name}-memory", "--ignore-not-found")
    kube.kubectl("delete", "pod", "client", "-n", release.ns.name, "--now")

    release.install({"restore": {"from": f"s3://{bucket.name}/{release.name}"} | bucket.values})
    figure(ready_seconds=release.wait_ready())
    assert release.status()["uuid"] != history
    release.client.create()
    kept = "SELECT COUNT(*), SUM(v = SHA2(id, 256)) FROM probe.kept"
    for ordinal in range(3):
        assert release.client.sql(release.host(release.node(ordinal)), kept)[-1] == [[20000, "20000"]]
