"""Who finds the pods, and who reaches them: selectors, Services, network policy, the client of `helm test`."""

from __future__ import annotations

import pytest

from tests.support.chart import EXAMPLES, example, render

NODE = {
    "app.kubernetes.io/name": "galera",
    "app.kubernetes.io/instance": "my",
    "app.kubernetes.io/component": "node",
}
OF_ROLE = {"primary": {"galerakit/role": "primary"}, "secondary": {"galerakit/reads": "true"}}


def selectors(rendered):
    """Whoever selects the cluster's pods, by kind and name."""
    found = {}
    for one in rendered.objects:
        spec = one.get("spec", {})
        selector = spec.get("podSelector") or spec.get("selector")
        if selector and one["kind"] != "Pod":
            found[one["kind"], one["metadata"]["name"]] = selector.get("matchLabels", selector)
    return found


# --- selectors


def test_who_selects():
    assert [kind for kind, _ in selectors(render())].count("Service") == 4
    assert {kind for kind, _ in selectors(render())} == {
        "Service", "StatefulSet", "PodDisruptionBudget", "NetworkPolicy",
    }  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_selector_matches_the_pods(name):
    rendered = render(example(name))
    labels = rendered.pod["metadata"]["labels"]
    for role, of_role in OF_ROLE.items():
        labels_of_role = labels | of_role
        for (_kind, whose), selector in selectors(rendered).items():
            if whose.endswith(("-proxy", "-backup")):  # see test_proxy, test_backup
                continue
            if whose.endswith(("-primary", "-secondary")) and not whose.endswith(role):
                continue
            assert selector.items() <= labels_of_role.items()
            assert (
                selector.items() >= {"app.kubernetes.io/instance": "my", "app.kubernetes.io/component": "node"}.items()
            )


def test_no_selector_matches_the_pods_of_another_release_or_the_one_of_helm_test():
    everything = OF_ROLE["primary"] | OF_ROLE["secondary"]
    other = render(release="other").pod["metadata"]["labels"] | everything
    client = render().one("Pod")["metadata"]["labels"] | everything
    for selector in selectors(render()).values():
        assert not selector.items() <= other.items()
        assert not selector.items() <= client.items()


# --- Services


def test_peers_find_each_other_before_they_are_ready():
    spec = render().one("Service", "my-galera-headless")["spec"]
    assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)
    assert {port["name"]: port["port"] for port in spec["ports"]} == {
        "agent": 8008, "sql": 3306, "galera": 4567, "ist": 4568, "sst": 4444,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("my-galera", NODE),
        ("my-galera-primary", NODE | OF_ROLE["primary"]),
        ("my-galera-secondary", NODE | OF_ROLE["secondary"]),
    ],
)
def test_clients_reach_ready_nodes_by_role(name, selector):
    spec = render().one("Service", name)["spec"]
    assert spec == {
        "type": "ClusterIP",
        "selector": selector,
        "ports": [{"name": "sql", "port": 3306, "targetPort": 3306, "appProtocol": "mysql"}],
    }


def test_each_service_has_its_own_type():
    rendered = render(example("node-port"))
    assert rendered.one("Service", "my-galera")["spec"]["type"] == "NodePort"
    primary = rendered.one("Service", "my-galera-primary")["spec"]
    assert (primary["ports"][0]["nodePort"], primary["externalTrafficPolicy"]) == (30306, "Local")
    assert rendered.one("Service", "my-galera-secondary")["spec"]["type"] == "ClusterIP"
    balanced = render(example("load-balancer")).one("Service", "my-galera-primary")
    assert balanced["spec"]["loadBalancerSourceRanges"] == ["192.0.2.0/24", "2001:db8::/32"]
    assert balanced["metadata"]["annotations"] == {"example.com/internal": "true"}


# --- NetworkPolicy


def who_reaches(rendered):
    """For each port the peers that reach it; None is everybody."""
    reached = {}
    for rule in rendered.one("NetworkPolicy")["spec"]["ingress"]:
        for port in rule["ports"]:
            reached.setdefault(port["port"], []).append(rule.get("from"))
    return reached


ITSELF = [{"podSelector": {"matchLabels": NODE}}]


def test_only_nodes_reach_the_ports_of_nodes_and_everybody_reaches_the_server():
    assert who_reaches(render()) == {
        4567: [ITSELF], 4568: [ITSELF], 4444: [ITSELF], 8008: [ITSELF], 3306: [ITSELF, None],
    }  # fmt: skip
    assert render().one("NetworkPolicy")["spec"]["policyTypes"] == ["Ingress"]


def test_clients_and_scrapers_can_be_named_and_helm_test_stays_a_client():
    values = example("network-policy-restricted")["networkPolicy"]
    reached = who_reaches(render(example("network-policy-restricted")))
    client = {"podSelector": {"matchLabels": NODE | {"app.kubernetes.io/component": "test"}}}
    assert reached[3306] == [ITSELF, [*values["clients"], client]]
    assert reached[8008] == [ITSELF, values["metrics"]]
    assert {port: reached[port] for port in (4567, 4568, 4444)} == {4567: [ITSELF], 4568: [ITSELF], 4444: [ITSELF]}
    assert client["podSelector"]["matchLabels"] == render().one("Pod")["metadata"]["labels"]


def test_no_policy_where_none_is_wanted():
    assert render(example("no-network-policy")).of("NetworkPolicy") == []


# --- helm test


@pytest.mark.parametrize(
    ("name", "who", "key"),
    [
        ("default", ["--user=root"], "root-password"),
        ("accounts", ["--user=clerk", "--database=shop"], "password"),
        ("existing-secret", ["--user=clerk", "--database=shop"], "clerk"),
    ],
)
def test_helm_test_is_a_client_that_goes_through_the_services(name, who, key):
    pod = render(example(name)).one("Pod")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (container,) = pod["spec"]["containers"]
    command = container["command"]
    assert command[:4] == ["galeractl", "check", "--host=my-galera", "--host=my-galera-primary"]
    assert set(who) <= set(command)
    assert pod["spec"]["volumes"][0]["secret"]["items"] == [{"key": key, "path": "password"}]
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_without_an_account_that_logs_in_from_outside_there_is_nothing_to_test():
    assert render({"auth": {"rootHost": ""}}).of("Pod") == []
