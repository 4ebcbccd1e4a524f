"""Where the pods run, what they take there, and how long they have to end."""

from __future__ import annotations

import pytest

from tests.support.chart import example, render

BOTH = ("peerfinder", "galera")


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
