"""The proxies: the objects around them, their configuration, and what of their values cannot be."""

from __future__ import annotations

import json
import re

import kubernetes_validate
import pytest
import yaml

from tests.support.chart import CHART, example, refusal, render

PROXY = {
    "app.kubernetes.io/name": "galera",
    "app.kubernetes.io/instance": "my",
    "app.kubernetes.io/component": "proxy",
}
NODE = PROXY | {"app.kubernetes.io/component": "node"}
ON = {"proxy": {"enabled": True}}
BESIDE = CHART.parents[1] / "docs/examples/app-with-proxy.yaml"


def with_proxy(**values):
    return {"proxy": {"enabled": True, **values}}


def configuration(values):
    return render(values).one("ConfigMap", "my-galera-proxy")["data"]["haproxy.cfg"]


def lines(values, word):
    """What is said by the lines of the configuration that begin with a word."""
    found = [line.split() for line in configuration(values).splitlines()]
    return [" ".join(words[1:]) for words in found if words[:1] == [word]]


def pod(values):
    return render(values).one("Deployment")["spec"]["template"]


def container(values):
    (found,) = pod(values)["spec"]["containers"]
    return found


# --- objects


def test_there_is_none_unless_asked_for():
    assert [one for one in render().objects if one["metadata"]["name"].endswith("-proxy")] == []


def test_a_deployment_a_service_a_budget_and_a_policy_select_the_proxies_alone():
    rendered = render(ON)
    named = {one["kind"]: one for one in rendered.objects if one["metadata"]["name"] == "my-galera-proxy"}
    assert named.keys() == {"ConfigMap", "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"}
    assert named["Service"]["spec"]["selector"] == PROXY
    assert named["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == PROXY
    assert named["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == PROXY
    assert named["Deployment"]["spec"]["selector"]["matchLabels"] == PROXY
    assert named["Deployment"]["spec"]["replicas"] == 2
    assert pod(ON)["metadata"]["labels"] == PROXY
    assert not NODE.items() <= PROXY.items()
    assert {one["metadata"]["labels"]["app.kubernetes.io/component"] for one in named.values()} == {"proxy"}


def test_clients_find_three_ports_and_may_name_others():
    ports = {one["name"]: (one["port"], one["targetPort"]) for one in service(ON)["ports"]}
    assert ports == {"read-write": (6446, "read-write"), "read-only": (6447, "read-only"), "sql": (3306, "sql")}
    given = service(example("proxy"))
    assert [one["port"] for one in given["ports"]] == [16446, 16447, 13306]
    assert (given["type"], given["loadBalancerSourceRanges"]) == ("LoadBalancer", ["192.0.2.0/24"])
    inside = {one["name"]: one["containerPort"] for one in container(example("proxy"))["ports"]}
    assert inside == {"read-write": 6446, "read-only": 6447, "sql": 3306, "status": 9000}


def service(values):
    return render(values).one("Service", "my-galera-proxy")["spec"]


def test_the_pod_can_do_nothing_but_carry_connections():
    spec, one = pod(ON)["spec"], container(ON)
    assert spec["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in spec
    assert spec["securityContext"] == {
        "runAsNonRoot": True, "runAsUser": 99, "runAsGroup": 99, "seccompProfile": {"type": "RuntimeDefault"},
    }  # fmt: skip
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert "runAsUser" not in pod(with_proxy(runAsUser=None))["spec"]["securityContext"]


def test_a_change_of_the_configuration_replaces_the_proxies_and_a_change_of_the_nodes_does_not():
    def checksum(values):
        return pod(values)["metadata"]["annotations"]["checksum/configuration"]

    assert checksum(with_proxy(maxConnections=100)) != checksum(ON)
    assert checksum(ON | {"replicas": 5}) == checksum(ON)


def test_it_has_time_to_end_its_connections():
    drain = 60
    spec = pod(with_proxy(timeouts={"drainSeconds": drain}))["spec"]
    (grace,) = lines(ON, "grace")
    assert spec["terminationGracePeriodSeconds"] > drain + int(grace.rstrip("s"))
    assert lines(with_proxy(timeouts={"drainSeconds": drain}), "hard-stop-after") == ["60s"]


@pytest.mark.parametrize("replicas", [0, 1])
def test_no_budget_for_one_proxy(replicas):
    assert [one["metadata"]["name"] for one in render(with_proxy(replicas=replicas)).of("PodDisruptionBudget")] == [
        "my-galera"
    ]


def test_for_proxies_beside_applications_there_is_the_configuration_alone():
    rendered = render(example("proxy-beside"))
    named = [one["kind"] for one in rendered.objects if one["metadata"]["name"] == "my-galera-proxy"]
    assert named == ["ConfigMap"]


# --- who reaches whom


def test_proxies_reach_agents_and_servers_and_clients_reach_proxies():
    restricted = example("network-policy-restricted") | ON
    (rule,) = rules_for(restricted, "my-galera", PROXY)
    assert {one["port"] for one in rule["ports"]} == {8008, 3306}
    clients, metrics = render(restricted).one("NetworkPolicy", "my-galera-proxy")["spec"]["ingress"]
    assert clients["from"][:-1] == restricted["networkPolicy"]["clients"]
    assert {one["port"] for one in clients["ports"]} == {6446, 6447, 3306}
    assert (metrics["from"], metrics["ports"][0]["port"]) == (restricted["networkPolicy"]["metrics"], 8404)
    (everybody,) = render(ON).one("NetworkPolicy", "my-galera-proxy")["spec"]["ingress"]
    assert "from" not in everybody


def test_applications_with_their_own_proxy_reach_the_agents():
    (rule,) = rules_for(example("proxy-beside"), "my-galera", PROXY)
    assert example("proxy-beside")["networkPolicy"]["proxies"][0] in rule["from"]
    alone = {"networkPolicy": {"proxies": [{"podSelector": {}}]}}
    assert any(
        rule.get("from") == [{"podSelector": {}}]
        for rule in render(alone).one("NetworkPolicy")["spec"]["ingress"]
        if 8008 in {one["port"] for one in rule["ports"]}
    )


def rules_for(values, name, labels):
    ingress = render(values).one("NetworkPolicy", name)["spec"]["ingress"]
    return [rule for rule in ingress if {"podSelector": {"matchLabels": labels}} in rule.get("from", [])]


# --- the configuration


def test_each_node_has_a_line_of_its_own_up_to_the_number_that_scaling_needs_no_restart_for():
    servers = [one for one in lines(ON, "server") if not one.startswith("nobody")]
    wanted = [f"my-galera-{n} my-galera-{n}.my-galera-headless.db.svc.cluster.local:3306" for n in range(9)]
    assert servers == wanted * 2
    assert len([one for one in lines(with_proxy(maxNodes=4), "server") if "headless" in one]) == 8


def test_each_question_names_the_node_that_it_is_for():
    asked = lines(ON, "http-check")
    assert sorted(one for one in asked if one.startswith("send")) == [
        'send meth GET uri-lf "/primary?drain&node=%[srv_name].db"',
        'send meth GET uri-lf "/secondary?drain&node=%[srv_name].db"',
    ]


def test_the_values_are_in_it():
    text = configuration(example("proxy"))
    for word in (
        "maxconn 500", "hard-stop-after 60s", "timeout client 3600s", "timeout server 3600s", "retries 10",
        "inter 500ms fastinter 500ms fall 10", "inter 1500ms fastinter 1500ms fall 10", "timeout connect 500ms",
        'bind "${PROXY_ADDRESS-*}:6446" accept-proxy', "send-proxy-v2", ":9000",
    ):  # fmt: skip
        assert word in text
    assert "prometheus" not in text
    assert {"name": "PROXY_ADDRESS", "value": "::"} in container(example("proxy"))["env"]
    plain = configuration(ON)
    assert "accept-proxy" not in plain
    assert "send-proxy" not in plain
    assert "prometheus-exporter" in plain


# --- what cannot be


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"replicas": 11} | ON, "proxy.maxNodes: the proxies would know 9 of 11 nodes", id="too few"),
        pytest.param(
            with_proxy(service={"loadBalancerSourceRanges": ["192.0.2.0/24"]}),
            "proxy.service.loadBalancerSourceRanges: only a load balancer heeds it",
            id="ranges of no load balancer",
        ),
        pytest.param(
            with_proxy(service={"ports": {"default": 6446}}), "proxy.service.ports.readWrite: another port", id="ports"
        ),
        pytest.param(with_proxy(statsPort=6446), "proxy.statsPort: 6446 is where", id="the status port"),
        pytest.param(
            with_proxy(sendProxyProtocol=True), "proxy.sendProxyProtocol: no client could log in", id="PROXY protocol"
        ),
        pytest.param(with_proxy(replicas=-1), "proxy.replicas", id="a negative number"),
        pytest.param(with_proxy(image={"tag": "no tag"}), "proxy.image.tag", id="a bad tag"),
        pytest.param(with_proxy(port=1), "proxy", id="an unknown value"),
    ],
)
def test_what_cannot_be_is_refused(values, said):
    text = refusal(values)
    assert said in text or re.sub(r"/", ".", said) in re.sub(r"/", ".", text)


def test_what_is_switched_off_is_not_judged():
    assert render({"replicas": 11}).objects


# --- beside an application


def test_the_example_of_an_application_is_one_that_the_api_takes():
    (deployment,) = yaml.safe_load_all(BESIDE.read_text())
    for version in ("1.29", kubernetes_validate.latest_version()):
        kubernetes_validate.validate(json.loads(json.dumps(deployment)), version, strict=True)
    spec = deployment["spec"]["template"]["spec"]
    (sidecar,) = spec["initContainers"]
    assert sidecar["restartPolicy"] == "Always"
    of_chart = container(ON)
    for same in ("image", "command", "volumeMounts"):
        assert sidecar[same] == of_chart[same]
    assert sidecar["securityContext"].items() >= of_chart["securityContext"].items()
    assert {"name": "PROXY_ADDRESS", "value": "127.0.0.1"} in sidecar["env"]
    (mounted,) = [one["configMap"]["name"] for one in spec["volumes"] if one["name"] == "configuration"]
    assert render(example("proxy-beside")).one("ConfigMap", mounted)
