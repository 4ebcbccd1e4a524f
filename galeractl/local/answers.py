"""One DNS query answered out of a zone: bytes in, bytes out, no socket.

SRV for the Service carries the addresses in the additional section, as CoreDNS does. What does not fit the asker's UDP
buffer is cut as a whole with the TC bit, so that the asker comes back by TCP.
"""

import contextlib
import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from galeractl.local.zone import Host, Mode, Zone

TTL = 5  # seconds; the default of the kubernetes plugin of CoreDNS
UDP_PAYLOAD = 512  # bytes, RFC 1035: the most that an asker without EDNS takes
EDNS_PAYLOAD = 1232  # bytes; what we take ourselves (DNS flag day 2020)
SECOND_PORT = 4567  # the other port of a two-port Service, for the mode duplicates


def reply(wire: bytes, zone: Zone, *, tcp: bool) -> bytes | None:
    """The bytes that answer one query, or None where the answer is silence."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if zone.mode is Mode.SILENT or query.flags & dns.flags.QR or len(query.question) != 1:
        return None
    response = dns.message.make_response(query, our_payload=EDNS_PAYLOAD)
    response.flags |= dns.flags.AA
    if zone.mode is Mode.SERVFAIL:
        response.set_rcode(dns.rcode.SERVFAIL)
    elif zone.mode is Mode.NXDOMAIN or not _fill(response, zone):
        response.set_rcode(dns.rcode.NXDOMAIN)
    if tcp:
        return response.to_wire(max_size=65535)
    limit = max(UDP_PAYLOAD, query.payload) if query.edns >= 0 else UDP_PAYLOAD
    if zone.mode is not Mode.TRUNCATED:
        with contextlib.suppress(dns.exception.TooBig):
            return response.to_wire(max_size=limit)
    response.flags |= dns.flags.TC
    response.answer, response.additional = [], []
    return response.to_wire(max_size=limit)


def _fill(response: dns.message.Message, zone: Zone) -> bool:
    """Put the records of the asked name into the response; False if the name does not exist."""
    question = response.question[0]
    asked = question.name.to_text(omit_final_dot=True).lower()
    if asked == zone.service_name:
        if question.rdtype == dns.rdatatype.SRV and zone.published:
            response.answer.append(dns.rrset.from_text_list(question.name, TTL, "IN", "SRV", _srv(zone)))
            for host in zone.published:
                response.additional.append(_address(dns.name.from_text(zone.host_name(host)), [host]))
        _add_addresses(response, question, zone.published)
        return True
    named = [host for host in zone.published if zone.host_name(host) == asked]
    _add_addresses(response, question, named)
    return bool(named)


def _srv(zone: Zone) -> list[str]:
    ports = zone.ports if zone.mode is not Mode.DUPLICATES else (*zone.ports, SECOND_PORT)
    weight = 100 // (len(zone.published) * len(ports))
    return [f"0 {weight} {port} {zone.host_name(host)}." for host in zone.published for port in ports]


def _add_addresses(response: dns.message.Message, question: dns.rrset.RRset, hosts: Sequence[Host]) -> None:
    of_type = [host for host in hosts if _type(host) == question.rdtype]
    if of_type:
        response.answer.append(_address(question.name, of_type))


def _address(name: dns.name.Name, hosts: list[Host]) -> dns.rrset.RRset:
    return dns.rrset.from_text_list(name, TTL, "IN", _type(hosts[0]), [host.address for host in hosts])


def _type(host: Host) -> dns.rdatatype.RdataType:
    return dns.rdatatype.A if ipaddress.ip_address(host.address).version == 4 else dns.rdatatype.AAAA
