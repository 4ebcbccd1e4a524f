"""The zone file of a local cluster."""

import json

import pytest

from galeractl.local.zone import BadZone, Host, Mode, Zone, parse_zone

SMALL = {
    "domain": "cluster.local",
    "namespace": "shop",
    "service": "db",
    "hosts": {"db-1": {"address": "127.77.1.11", "ready": False}, "db-0": {"address": "127.77.1.10"}},
}


def zone(**changes):
    return parse_zone(json.dumps({**SMALL, **changes}))


def test_a_zone_names_its_service_and_hosts():
    parsed = zone()
    assert parsed == Zone(
        "cluster.local", "shop", "db", (Host("db-0", "127.77.1.10"), Host("db-1", "127.77.1.11", ready=False))
    )
    assert parsed.service_name == "db.shop.svc.cluster.local"
    assert parsed.host_name(parsed.hosts[0]) == "db-0.db.shop.svc.cluster.local"


def test_pods_that_are_not_ready_are_published_as_the_headless_service_of_the_chart_does():
    assert [host.name for host in zone().published] == ["db-0", "db-1"]
    assert [host.name for host in zone(publish_not_ready=False).published] == ["db-0"]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"mode": "empty"}, []),
        ({"mode": "one-of-three"}, ["db-0"]),
        ({"mode": "one-of-three", "only": "db-1"}, ["db-1"]),
        ({"mode": "slow"}, ["db-0", "db-1"]),
    ],
)
def test_what_a_mode_publishes(changes, names):
    assert [host.name for host in zone(**changes).published] == names


def test_stale_keeps_the_hosts_of_the_time_before():
    before = zone()
    after = parse_zone(json.dumps({**SMALL, "hosts": {}, "mode": "stale"}), before)
    assert isinstance(after, Zone)
    assert (after.mode, after.hosts) == (Mode.STALE, before.hosts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[]", "not a JSON object"),
        ("{}", "missing key 'domain'"),
        (json.dumps({**SMALL, "mode": "wild"}), "wild"),
        (json.dumps({**SMALL, "hosts": ["db-0"]}), "items"),
        (json.dumps({**SMALL, "hosts": {"db-0": {}}}), "missing key 'address'"),
        (json.dumps({**SMALL, "hosts": {"db-0": {"address": "nowhere"}}}), "nowhere"),
    ],
)
def test_what_is_no_zone_is_refused_with_a_reason(text, words):
    parsed = parse_zone(text)
    assert isinstance(parsed, BadZone)
    assert words in parsed.reason
