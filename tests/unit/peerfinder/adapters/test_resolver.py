"""The resolver against a real name server on loopback: every way DNS misbehaves is a value with its cause."""

import dns.message
import pytest

from galeractl.local.nameserver import running
from peerfinder.adapters.resolver import Source, look_up, look_up_host, split_address
from peerfinder.core.lookup import Answer, Cause, NoAnswer, Target
from tests.support.dns import ZoneWriter


@pytest.fixture
def zone(tmp_path):
    return ZoneWriter(tmp_path)


@pytest.fixture
def server(zone):
    with running(zone.path) as server:
        yield server


def ask(zone, server, **options):
    return look_up(f"{zone.service}.", source=Source(None, server.address), **options)


def test_names_come_sorted_with_their_addresses(zone, server):
    assert ask(zone, server, want_addresses=True) == Answer(
        tuple(Target(zone.host(n), (f"127.77.1.{10 + n}",)) for n in (0, 1, 2))
    )
    assert server.queries == 1


def test_addresses_are_left_out_unless_wanted(zone, server):
    assert ask(zone, server) == Answer(tuple(Target(zone.host(n)) for n in (0, 1, 2)))


NAMED_NOBODY = {
    "empty": Cause.EMPTY,
    "nxdomain": Cause.NXDOMAIN,
    "servfail": Cause.REFUSED,
    "silent": Cause.TIMEOUT,
    "slow": Cause.TIMEOUT,
}


@pytest.mark.parametrize(("mode", "cause"), NAMED_NOBODY.items(), ids=NAMED_NOBODY)
def test_no_answer_has_a_cause_and_a_sentence(zone, server, mode, cause):
    zone.write(mode=mode, slow_seconds=1.0)
    found = ask(zone, server, within=0.3)
    assert isinstance(found, NoAnswer)
    assert found.cause is cause
    assert zone.service in found.reason


def test_no_pod_at_all_is_an_empty_answer(zone, server):
    zone.write(hosts={})
    assert ask(zone, server).cause is Cause.EMPTY


def test_a_slow_answer_is_waited_for(zone, server):
    zone.write(mode="slow", slow_seconds=0.2)
    assert ask(zone, server).hosts == zone.hosts(0, 1, 2)


def test_a_truncated_answer_is_asked_for_again_by_tcp(zone, server):
    zone.write(mode="truncated")
    assert ask(zone, server).hosts == zone.hosts(0, 1, 2)
    assert server.queries == 2


def test_an_answer_too_long_for_a_datagram_is_whole(zone, server):
    zone.write(*range(60))
    assert ask(zone, server).hosts == zone.hosts(*range(60))


def test_a_dozen_pods_need_one_query(zone, server):
    zone.write(*range(9))
    assert ask(zone, server).hosts == zone.hosts(*range(9))
    assert server.queries == 1


def test_repeated_targets_are_one_target(zone, server):
    zone.write(mode="duplicates")
    assert ask(zone, server).targets == tuple(Target(host) for host in zone.hosts(0, 1, 2))


def test_a_partial_answer_is_given_as_it_is(zone, server):
    zone.write(mode="one-of-three", only="db-1")
    assert ask(zone, server).hosts == zone.hosts(1)


def test_a_stale_answer_is_given_as_it_is(zone, server):
    assert ask(zone, server).hosts == zone.hosts(0, 1, 2)
    zone.write(0, 1, mode="stale")
    assert ask(zone, server).hosts == zone.hosts(0, 1, 2)
    zone.write(0, 1)
    assert ask(zone, server).hosts == zone.hosts(0, 1)


def test_addresses_that_did_not_come_along_are_asked_for(zone, server, monkeypatch):
    answer = server.answer

    def without_additional(wire, *, tcp):
        message = dns.message.from_wire(answer(wire, tcp=tcp))
        message.additional = []
        return message.to_wire()

    monkeypatch.setattr(server, "answer", without_additional)
    zone.write(hosts={"db-0": {"address": "127.77.1.10"}, "db-1": {"address": "fd00::1"}})
    assert ask(zone, server, want_addresses=True).targets == (
        Target(zone.host(0), ("127.77.1.10",)),
        Target(zone.host(1), ("fd00::1",)),
    )


@pytest.mark.parametrize(
    "name", ["db", "db.shop", "db.shop.svc", "DB.Shop.svc.cluster.local", "db.shop.svc.cluster.local."]
)
def test_short_names_go_through_the_search_list(zone, server, tmp_path, name):
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 192.0.2.1\noptions ndots:5\n"
    )
    found = look_up(name, source=Source(str(conf), server.address))
    assert isinstance(found, Answer), found
    assert found.hosts == zone.hosts(0, 1, 2)


def test_resolv_conf_says_how_long_and_how_often(zone, server, tmp_path):
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 192.0.2.1\noptions ndots:1 timeout:1 attempts:1\n")
    zone.write(mode="slow", slow_seconds=1.5)
    assert look_up(f"{zone.service}.", source=Source(str(conf), server.address)).cause is Cause.TIMEOUT
    assert server.queries == 1


UNREADABLE = {
    "no file": None,
    "no name server in it": "search a.b\noptions ndots:5\n",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_our_own_side_missing_is_a_cause_too(tmp_path, text):
    conf = tmp_path / "resolv.conf"
    if text is not None:
        conf.write_text(text)
    assert look_up("db", source=Source(str(conf))).cause is Cause.UNREADABLE


@pytest.mark.parametrize("name", ["a" * 64, "a..b", ""])
def test_what_is_no_dns_name_is_no_answer(server, name):
    assert isinstance(look_up(name, source=Source(None, server.address)), NoAnswer)


def test_no_server_at_the_address_is_a_timeout(zone, server):
    server.stop()
    assert ask(zone, server, within=0.3).cause in {Cause.TIMEOUT, Cause.REFUSED}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("[::1]:5353", ("::1", 5353)),
        ("[::1]", ("::1", 53)),
        ("fd00::1", ("fd00::1", 53)),
    ],
)
def test_split_address(text, expected):
    assert split_address(text) == expected


def test_an_answer_without_targets_cannot_be_written():
    with pytest.raises(ValueError, match="use NoAnswer"):
        Answer(())


# --- one host ----------------------------------------------------------------------------------------------------


def ask_host(host, server, **options):
    return look_up_host(host, source=Source(None, server.address), **options)


@pytest.mark.parametrize("address", ["10.0.0.7", "fd00::7"])
def test_an_address_is_its_own_answer_and_nobody_is_asked(address):
    assert look_up_host(address, source=Source("/nowhere")) == Answer((Target(address, (address,)),))


def test_a_host_has_its_addresses(zone, server):
    assert ask_host(zone.host(1), server) == Answer((Target(zone.host(1), ("127.77.1.11",)),))


def test_a_short_name_is_tried_under_the_search_domains(zone, server):
    source = Source(None, server.address, (zone.service,))
    assert look_up_host("db-1", source=source) == Answer((Target("db-1", ("127.77.1.11",)),))


def test_a_host_with_an_ipv6_address_only(zone, server):
    hosts = {"db-0": {"address": "fd00::7"}}
    zone.write(hosts=hosts)
    assert ask_host(zone.host(0), server) == Answer((Target(zone.host(0), ("fd00::7",)),))


@pytest.mark.parametrize(
    ("mode", "cause"),
    [("nxdomain", Cause.NXDOMAIN), ("servfail", Cause.REFUSED), ("silent", Cause.TIMEOUT)],
)
def test_a_host_without_an_answer_says_why(zone, server, mode, cause):
    zone.write(mode=mode)
    answer = ask_host(zone.host(0), server, within=0.3)
    assert isinstance(answer, NoAnswer)
    assert answer.cause is cause


def test_a_host_that_does_not_exist(zone, server):
    answer = ask_host(zone.host(9), server)
    assert isinstance(answer, NoAnswer)
    assert answer.cause is Cause.NXDOMAIN
