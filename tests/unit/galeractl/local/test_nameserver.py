"""The name server's own answers, asked with plain DNS messages."""

import signal
import subprocess
import sys
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from galeractl.local.nameserver import Nameserver, running
from tests.support.dns import ZoneWriter

ROOT = Path(__file__).parents[4]


@pytest.fixture
def zone(tmp_path):
    return ZoneWriter(tmp_path)


@pytest.fixture
def server(zone):
    with running(zone.path) as server:
        yield server


def ask(server, name, kind="A", *, how=dns.query.udp, **options):
    return how(dns.message.make_query(name, kind, **options), server.host, port=server.port, timeout=3)


def texts(response):
    return sorted(record.to_text() for rrset in response.answer for record in rrset)


def test_srv_of_the_service_brings_the_addresses_along(zone, server):
    response = ask(server, zone.service, "SRV")
    assert texts(response) == [f"0 33 3306 {host}." for host in zone.hosts(0, 1, 2)]
    assert sorted(rrset.name.to_text() for rrset in response.additional) == [f"{host}." for host in zone.hosts(0, 1, 2)]
    assert response.flags & dns.flags.AA


def test_addresses_of_the_service_and_of_one_host(zone, server):
    assert texts(ask(server, zone.service)) == ["127.77.1.10", "127.77.1.11", "127.77.1.12"]
    assert texts(ask(server, zone.host(1).upper())) == ["127.77.1.11"]


def test_another_type_is_empty_and_another_name_does_not_exist(zone, server):
    assert ask(server, zone.host(0), "AAAA").rcode() == dns.rcode.NOERROR
    assert ask(server, zone.host(7)).rcode() == dns.rcode.NXDOMAIN
    assert ask(server, "example.com").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize(
    ("options", "how", "is_cut"),
    [
        ({}, dns.query.udp, True),
        ({"use_edns": 0, "payload": 1232}, dns.query.udp, False),
        ({}, dns.query.tcp, False),
    ],
    ids=["UDP of 512 bytes", "UDP with EDNS", "TCP"],
)
def test_what_does_not_fit_is_cut(zone, server, options, how, is_cut):
    zone.write(*range(9))
    response = ask(server, zone.service, "SRV", how=how, **options)
    assert bool(response.flags & dns.flags.TC) is is_cut
    assert len(texts(response)) == (0 if is_cut else 9)


def test_a_broken_file_leaves_the_last_good_zone(zone, server, capfd):
    zone.path.write_text("{")
    assert len(texts(ask(server, zone.service))) == 3
    assert "keeping the last good zone" in capfd.readouterr().err
    zone.path.unlink()
    assert len(texts(ask(server, zone.service))) == 3


def test_noise_is_not_answered(server):
    assert server.answer(b"noise", tcp=False) is None


def test_a_server_without_zone_does_not_start(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        Nameserver(tmp_path / "absent.json")


def start(zone, listen):
    command = [sys.executable, "-m", "galeractl.local.nameserver", "--listen", listen, "--zone", zone.path]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_the_program_says_ready_and_ends_on_sigterm(zone, server):
    port = server.port
    server.stop()
    with start(zone, f"127.0.0.1:{port}") as program:
        assert program.stderr.readline() == "ready\n"
        assert len(texts(ask(server, zone.service))) == 3
        program.send_signal(signal.SIGTERM)
        assert program.wait(5) == 0


def test_the_program_says_why_it_cannot_listen(zone, server):
    with start(zone, server.address) as program:
        assert "in use" in program.stderr.read()
        assert program.wait(5) == 1
