"""From settings to the template, and what snippets may not change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.options import (
    Peers,
    ServerFiles,
    Sizes,
    makes_its_own_sst_account,
    overridden,
    parse_effective,
    template_values,
)
from entrypoint.core.provider_options import parse
from entrypoint.core.settings import Settings

SETTINGS = Settings("db-2", "10.0.0.7", "prod.db", "/v", "/run/galera", "/conf", "/init")
SIZES = Sizes(None, 1 << 28, 4)
FILES = ServerFiles("/v/data", "/run/s", "/run/p", "/run/f", "/usr/lib/galera/libgalera_smm.so")


MEMBERS = Peers(("10.0.0.5", "10.0.0.6"))


def values(settings=SETTINGS, peers=MEMBERS):
    return template_values(settings, SIZES, FILES, peers, "monitor:x", snippets=False)


def test_a_joiner_knocks_at_every_address():
    assert values()["cluster_address"] == "gcomm://10.0.0.5:4567,10.0.0.6:4567"


def test_only_a_bootstrap_has_an_empty_address():
    assert values(peers=Peers((), bootstrap=True))["cluster_address"] == "gcomm://"


def test_a_join_of_nobody_cannot_be_written_down():
    with pytest.raises(ValueError, match="no address of a member to join is known"):
        Peers(())


def test_nor_can_a_bootstrap_beside_somebody():
    with pytest.raises(ValueError, match="a bootstrap joins nobody"):
        Peers(("10.0.0.5",), bootstrap=True)


def test_the_fast_family_is_a_choice():
    fast = parse(str(values()["provider_options"]))
    slow = parse(str(values(replace(SETTINGS, fast_failure_detection=False))["provider_options"]))
    assert fast["evs.suspect_timeout"] == "PT2S"
    assert "evs.suspect_timeout" not in slow


def test_an_ipv6_address_is_bracketed():
    assert values(replace(SETTINGS, address="fd00::7"))["address"] == "[fd00::7]"


@pytest.mark.parametrize(("address", "bind"), [("10.0.0.7", "*"), ("127.77.3.10", "127.77.3.10")])
def test_nodes_that_share_a_machine_bind_their_own_address(address, bind):
    assert values(replace(SETTINGS, address=address))["bind_address"] == bind


HELP = """
  --wsrep-on          To enable wsrep
Variables (--variable-name=value)
and boolean options {FALSE|TRUE}               Value (after reading options)
---------------------------------------------- -------------------------------
datadir                                        /v/data/
wsrep-on                                       TRUE
wsrep-provider-options                         evs.suspect_timeout=PT2S;gcache.size=32M
wsrep-sst-auth                                 (No default value)

To see what values a running server is using, type
"""


def test_the_table_of_effective_values_is_read():
    effective = parse_effective(HELP)
    assert effective["wsrep-on"] == ("TRUE",)
    assert effective["wsrep-provider-options"] == ("evs.suspect_timeout=PT2S;gcache.size=32M",)
    assert "To" not in effective


def test_a_snippet_that_changes_a_protected_option_is_named():
    found = overridden({"wsrep-on": ("FALSE",), "socket": ("/run/s",)}, {"wsrep-on": "TRUE", "socket": "/run/s"})
    assert found == ("a snippet sets wsrep-on to 'FALSE'; it must stay 'TRUE'",)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "db"}, "NAME-ORDINAL"),
        ({"address": "db-0.db"}, "db-0.db"),
        ({"cluster_name": "no spaces please"}, "not a cluster name"),
        ({"cluster_name": "x" * 33}, "not a cluster name"),
        ({"name": "x" * 29 + "-10"}, "the name of this node is too long"),
    ],
)
def test_settings_that_would_only_fail_later_are_refused_at_once(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(SETTINGS, **changes)


@pytest.mark.parametrize(
    ("version", "own"),
    [
        ("10.11.19-MariaDB-0+deb12u1", False),
        ("11.4.5-MariaDB", False),
        ("11.8.6-MariaDB-0+deb13u1", True),
        ("12.3.2", True),
    ],
)
def test_who_makes_the_account_of_a_state_transfer(version, own):
    assert makes_its_own_sst_account(version) is own


LIBRARY = "/usr/lib/galera/libgalera_smm.so"


@pytest.mark.parametrize("rows", [(LIBRARY, "ON"), ("ON", LIBRARY)], ids=["11.8.6", "11.8.9"])
def test_a_plugin_of_the_name_of_an_option_is_no_change_of_it(rows):
    effective = parse_effective("------- ----\n" + "".join(f"wsrep-provider {row}\n" for row in rows))
    assert overridden(effective, {"wsrep-provider": LIBRARY}) == ()
    assert len(overridden(effective, {"wsrep-provider": "/another.so"})) == 1
