"""`peerfinder list`."""

import json

import pytest
from click.testing import CliRunner

from galeractl.local.nameserver import running
from peerfinder.dropin.listing import asked_name, command
from tests.support.dns import ZoneWriter


@pytest.fixture
def zone(tmp_path):
    return ZoneWriter(tmp_path)


@pytest.fixture
def list_peers(zone):
    with running(zone.path) as server:
        given = ["--nameserver", server.address, "--ns", "shop"]
        yield lambda *arguments: CliRunner().invoke(command, [*given, *arguments])


def test_a_table_in_the_order_of_the_ordinals(zone, list_peers):
    zone.write(10, 2)
    listed = list_peers("-s", "db")
    assert listed.exit_code == 0
    assert [line.split() for line in listed.output.splitlines()] == [
        ["NAME", "ORDINAL", "HOST", "ADDRESSES"],
        ["db-2", "2", zone.host(2), "127.77.1.12"],
        ["db-10", "10", zone.host(10), "127.77.1.20"],
    ]


def test_json(zone, list_peers):
    zone.write(hosts={"arbiter": {"address": "127.77.1.9"}})
    assert json.loads(list_peers("--service", "db", "--json").output) == [
        {"name": "arbiter", "ordinal": None, "host": f"arbiter.{zone.service}", "addresses": ["127.77.1.9"]}
    ]


def test_no_answer_is_exit_3_with_the_reason(list_peers):
    listed = list_peers("-s", "nobody")
    assert listed.exit_code == 3
    assert "NXDOMAIN" in listed.output
    listed = list_peers("-s", "nobody", "--json")
    assert json.loads(listed.stdout)["error"] == "nxdomain"


def test_usage_is_exit_2(list_peers):
    assert list_peers().exit_code == 2
    assert list_peers("-s", "db", "--bogus").exit_code == 2


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("db", "", "", None), "db"),
        (("db", "shop", "", None), "db.shop"),
        (("db", "shop", "k8s.", None), "db.shop.svc.k8s."),
        (("db", "", "", "10.0.0.1"), "db.default.svc.cluster.local."),
        (("db.shop.svc.k8s", "x", "y", "10.0.0.1"), "db.shop.svc.k8s"),
    ],
)
def test_the_name_is_as_full_as_the_options_make_it(given, name):
    assert asked_name(*given) == name
