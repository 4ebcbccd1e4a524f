"""Wrong values are refused, and the message names them: by the schema what can be said there, the rest all at once."""

from __future__ import annotations

import pytest

from peerfinder.core.naming import MemberRow, member_of
from tests.support.chart import refusal, render

BY_THE_SCHEMA = {
    "no nodes": ({"replicas": 0}, "/replicas"),
    "fewer than none": ({"replicas": -1}, "/replicas"),
    "a number in words": ({"replicas": "three"}, "/replicas"),
    "half a node": ({"replicas": 2.5}, "/replicas"),
    "a value that was taken out": ({"preset": None}, "'preset'"),
    "an unknown value": ({"replicaCount": 3}, "'replicaCount'"),
    "an unknown value further down": ({"galera": {"gcache": "1Gi"}}, "'gcache'"),
    "an unknown resource list": ({"resources": {"request": {}}}, "'request'"),
    "a name in capitals": ({"fullnameOverride": "MyDb"}, "/fullnameOverride"),
    "a name that is too long": ({"fullnameOverride": "a" * 29}, "/fullnameOverride"),
    "a name with an underscore": ({"nameOverride": "my_db"}, "/nameOverride"),
    "a Secret's name with a slash": ({"auth": {"existingSecret": "a/b"}}, "/auth/existingSecret"),
    "an empty key": ({"auth": {"existingSecretKeys": {"agentToken": ""}}}, "/auth/existingSecretKeys/agentToken"),
    "a password that is a number": ({"auth": {"rootPassword": 123456}}, "/auth/rootPassword"),
    "a size without meaning": ({"persistence": {"size": "lots"}}, "/persistence/size"),
    "a size that is empty": ({"persistence": {"size": ""}}, "/persistence/size"),
    "a size in the wrong unit": ({"galera": {"gcacheSize": "1GB"}}, "/galera/gcacheSize"),
    "a buffer pool of thousandths": ({"galera": {"bufferPoolSize": "100m"}}, "/galera/bufferPoolSize"),
    "no applier threads": ({"galera": {"applierThreads": 0}}, "/galera/applierThreads"),
    "memory of the wrong form": ({"resources": {"limits": {"memory": "1 GB"}}}, "/resources/limits/memory"),
    "an unknown preset": ({"preset": "tiny"}, "/preset"),
    "an unknown way to place": ({"antiAffinity": "soft"}, "/antiAffinity"),
    "an unknown way to spread": ({"zoneSpread": True}, "/zoneSpread"),
    "an unknown form of log": ({"logFormat": "xml"}, "/logFormat"),
    "an unknown detection": ({"galera": {"failureDetection": "slow"}}, "/galera/failureDetection"),
    "an unknown type of Service": ({"service": {"main": {"type": "ExternalName"}}}, "/service/main/type"),
    "a port that is none": ({"service": {"main": {"type": "NodePort", "nodePort": 70000}}}, "/service/main/nodePort"),
    "a network that is none": (
        {"service": {"main": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["here"]}}},
        "/service/main/loadBalancerSourceRanges/0",
    ),
    "a tag with a space": ({"image": {"tag": "1 2"}}, "/image/tag"),
    "a digest that is cut off": ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
    "a repository with its tag": ({"image": {"repository": "a/b:1"}}, "/image/repository"),
    "root": ({"runAsUser": 0}, "/runAsUser"),
    "a snippet that nobody reads": ({"configuration": {"my.conf": "x"}}, "my.conf"),
    "a script that nobody runs": ({"initdbScripts": {"init.py": "x"}}, "init.py"),
    "a path as a name of a snippet": ({"configuration": {"../my.cnf": "x"}}, "../my.cnf"),
    "a variable without name": ({"extraEnv": [{"value": "x"}]}, "/extraEnv/0"),
    "a label with a space": ({"podLabels": {"a": "b c"}}, "/podLabels/a"),
    "an annotation that is a number": ({"podAnnotations": {"a": 1}}, "/podAnnotations/a"),
    "no access mode": ({"persistence": {"accessModes": []}}, "/persistence/accessModes"),
    "read-only volumes": ({"persistence": {"accessModes": ["ReadOnlyMany"]}}, "/persistence/accessModes/0"),
    "an unknown retention": (
        {"persistence": {"retentionPolicy": {"whenScaled": "Keep"}}},
        "/persistence/retentionPolicy/whenScaled",
    ),
    "an unknown preference": ({"writer": {"preferences": {"0": "always"}}}, "/writer/preferences/0"),
    "a preference of no node": ({"writer": {"preferences": {"first": "prefer"}}}, "first"),
    "a partition below zero": ({"updateStrategy": {"partition": -1}}, "/updateStrategy/partition"),
    "no time to stop": ({"terminationGracePeriodSeconds": 0}, "/terminationGracePeriodSeconds"),
}

BY_THE_CHART = {
    "both a root password and a Secret": (
        {"auth": {"existingSecret": "mine", "rootPassword": "x"}},
        "auth.rootPassword: auth.existingSecret is set",
    ),
    "both a user's password and a Secret": (
        {"auth": {"existingSecret": "mine", "username": "clerk", "password": "x"}},
        "auth.password: auth.existingSecret is set",
    ),
    "a password of nobody": ({"auth": {"password": "x"}}, "auth.password: whose is it?"),
    "a password with a line break at its end": ({"auth": {"rootPassword": "x\n"}}, "auth.rootPassword: it ends with"),
    "root as a user": ({"auth": {"username": "root"}}, "auth.username: every cluster has its own"),
    "the sidecar's account as a user": ({"auth": {"username": "monitor"}}, "auth.username: every cluster has its own"),
    "a long release": ({"nameOverride": "a" * 26}, "fullnameOverride: the cluster would be called"),
    "a port of a Service that has none": ({"service": {"main": {"nodePort": 30306}}}, "service.main.nodePort: "),
    "a traffic policy of a Service that has none": (
        {"service": {"primary": {"externalTrafficPolicy": "Local"}}},
        "service.primary.externalTrafficPolicy: ",
    ),
    "networks that nobody heeds": (
        {"service": {"secondary": {"type": "NodePort", "loadBalancerSourceRanges": ["10.0.0.0/8"]}}},
        "service.secondary.loadBalancerSourceRanges: ",
    ),
    "a load balancer's class without one": (
        {"service": {"main": {"loadBalancerClass": "x"}}},
        "service.main.loadBalancerClass: ",
    ),
    "longer draining than stopping": ({"galera": {"drainSeconds": 600}}, "galera.drainSeconds: "),
    "a preference of another cluster's node": (
        {"writer": {"preferences": {"other-0": "prefer"}}},
        'writer.preferences: "other-0" is no node of this cluster',
    ),
    "a node that is preferred twice": (
        {"writer": {"preferences": {"0": "prefer", "my-galera-0": "neutral"}}},
        "writer.preferences: 0 and my-galera-0 are the same node",
    ),
    "rights for everybody": ({"serviceAccount": {"create": False}}, "serviceAccount.name: "),
    "a label of the selector": (
        {"commonLabels": {"app.kubernetes.io/instance": "x"}},
        "commonLabels: the label app.kubernetes.io/instance is the chart's",
    ),
    "the label of the role": ({"podLabels": {"galerakit/role": "primary"}}, "podLabels: the label galerakit/role"),
    "the label of reads": ({"podLabels": {"galerakit/reads": "true"}}, "podLabels: the label galerakit/reads"),
    "a variable that the chart sets": ({"extraEnv": [{"name": "POD_IP"}]}, "extraEnv: the name POD_IP"),
    "a variable of the sidecar that the chart sets": (
        {"peerfinder": {"extraEnv": [{"name": "PEERFINDER_PORT"}]}},
        "peerfinder.extraEnv: the name PEERFINDER_PORT",
    ),
    "a volume that the chart has": ({"extraVolumes": [{"name": "data"}]}, "extraVolumes: the name data"),
    "a second sidecar": ({"initContainers": [{"name": "peerfinder"}]}, "initContainers: the name peerfinder"),
    "a second database": ({"sidecars": [{"name": "galera"}]}, "sidecars: the name galera"),
}


@pytest.mark.parametrize(("values", "named"), BY_THE_SCHEMA.values(), ids=BY_THE_SCHEMA)
def test_the_schema_refuses(values, named):
    said = refusal(values)
    assert "don't meet the specifications of the schema" in said
    assert named in said


@pytest.mark.parametrize(("values", "named"), BY_THE_CHART.values(), ids=BY_THE_CHART)
def test_the_chart_refuses(values, named):
    said = refusal(values)
    assert "these values cannot be:" in said
    assert f"  - {named}" in said


@pytest.mark.parametrize(
    "release", ["a-release-with-a-long-name", "1db", "my.db"], ids=["too long", "a digit first", "a dot"]
)
def test_a_release_whose_name_no_cluster_can_have_is_told_to_take_another(release):
    assert "fullnameOverride: the cluster would be called" in refusal({}, release=release)
    assert render({"fullnameOverride": "orders"}, release=release).one("StatefulSet")


def test_the_longest_name_of_a_cluster_leaves_room_for_two_digits_in_a_name_that_galera_does_not_cut():
    longest = "a" * 28
    assert render({"fullnameOverride": longest}).one("StatefulSet")["metadata"]["name"] == longest
    assert not member_of(MemberRow("u", f"{longest}-100", "10.0.0.1"), f"{longest}-0").name
    assert member_of(MemberRow("u", f"{longest}-99", "10.0.0.1"), f"{longest}-0").name == f"{longest}-99"


def test_all_that_is_wrong_is_said_at_once():
    values = {"auth": {"password": "x"}, "service": {"main": {"nodePort": 1}}, "sidecars": [{"name": "galera"}]}
    assert refusal(values).count("\n  - ") == 3


def test_as_part_of_another_chart_it_takes_what_helm_adds():
    assert render({"global": {"any": 1}, "enabled": True}).objects
