"""What is wrong is refused before anything is created, or said where the user looks."""

from __future__ import annotations

import pytest

from tests.support.cluster import wait_for
from tests.support.kubectl import Failed
from tests.support.release import Release

REFUSED = {
    "replicas 0": ({"replicas": 0}, "replicas"),
    "a size that is none": ({"persistence": {"size": "eight"}}, "size"),
    "an unknown value": ({"replicaCount": 3}, "replicaCount"),
    "a preset that is none": ({"preset": "huge"}, "preset"),
    "a password and a secret": ({"auth": {"rootPassword": "x", "existingSecret": "y"}}, "existingSecret"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_by_name_before_anything_is_created(own_release: Release, case: str):
    values, named = REFUSED[case]
    with pytest.raises(Failed) as refused:
        own_release.install(values, replicas=values.get("replicas", 3))
    assert named in refused.value.stderr
    assert own_release.ns.objects("all") == []


def test_a_missing_secret_is_named_by_the_pods(own_release: Release):
    own_release.install({"auth": {"existingSecret": "not-there"}}, replicas=1)
    wait_for(
        "the event",
        lambda: any("not-there" in e and "not found" in e for e in own_release.ns.events()),
        90,
        own_release.words,
    )


def test_a_missing_storage_class_is_named_by_the_claim(own_release: Release):
    own_release.install({"persistence": {"storageClass": "not-there"}}, replicas=1)
    wait_for("the event", lambda: any("not-there" in event for event in own_release.ns.events()), 90, own_release.words)
