"""DNS: who stands behind the governing (headless) Service, or behind one host name?

One SRV question for the name of the Service gives the host name of every pod, and the addresses come along in the
additional section. The rules that matter here:

- Nothing is cached: a stale list is worse than one more datagram per second.
- A long answer (a dozen pods exceed the 512 bytes of plain UDP) is asked for with EDNS and, if cut, again by TCP.
- Whatever goes wrong comes back as a `NoAnswer` with its cause, never as an exception and never as an empty list.

The call blocks, at most `within` seconds (else the resolv.conf `timeout` times its `attempts`); an event loop calls
it in a worker thread. Give a full name with a trailing dot where you can: with the `ndots:5` of Kubernetes a name
without it is first tried under every search domain, four questions instead of one.
"""

import io
import ipaddress
import time
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from peerfinder.core.lookup import Answer, Cause, Lookup, NoAnswer, Target

RESOLV_CONF = "/etc/resolv.conf"
EDNS_PAYLOAD = 1232  # bytes; the size that crosses every path unfragmented (DNS flag day 2020)
TRY_SECONDS = 2.0  # for one datagram when resolv.conf does not say; its manual says 5, too long for a poll of 1 s
ATTEMPTS = 2  # resolv.conf(5), when the file does not say

_ADDRESS_TYPES = (dns.rdatatype.A, dns.rdatatype.AAAA)


@dataclass(frozen=True)
class Source:
    """Whom to ask, and under which domains a short name is tried.

    `resolv_conf` is read at every lookup, so a repaired file is noticed; None reads no file. `nameserver`
    ("address:port", IPv6 in brackets, port 53 if left out) replaces the servers of the file, `search` its search
    list.
    """

    resolv_conf: str | None = RESOLV_CONF
    nameserver: str | None = None
    search: tuple[str, ...] = ()


def look_up(
    service: str, *, source: Source = Source(), want_addresses: bool = False, within: float | None = None
) -> Lookup:
    """Ask for the SRV records of `service`; with `want_addresses` also for the addresses that the answer left out."""
    try:
        resolver = _resolver(source)
        deadline = time.monotonic() + (resolver.lifetime if within is None else min(within, resolver.lifetime))
        answer = resolver.resolve(service, "SRV", search=True, lifetime=_left(deadline))
        if answer.rrset is None:  # resolve() raises NoAnswer instead; the type allows it
            return NoAnswer(Cause.EMPTY, f"{service} has no SRV record")
        hosts = {_host(record.target) for record in answer.rrset}
        known = _additional(answer.response) if want_addresses else {}
        targets = []
        for host in sorted(hosts):
            found = known.get(host) or (_ask_addresses(resolver, host, deadline) if want_addresses else ())
            targets.append(Target(host, tuple(found)))
        return Answer(tuple(targets))
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return _no_answer(service, error)


def look_up_host(host: str, *, source: Source = Source(), within: float | None = None) -> Lookup:
    """Ask for the addresses of one host, IPv4 first; an address is its own answer and asks nobody."""
    try:
        return Answer((Target(host, (str(ipaddress.ip_address(host)),)),))
    except ValueError:
        pass  # a name
    failure: Lookup = NoAnswer(Cause.EMPTY, f"{host} has no address in DNS")
    try:
        resolver = _resolver(source)
        deadline = time.monotonic() + (resolver.lifetime if within is None else min(within, resolver.lifetime))
        for kind in _ADDRESS_TYPES:
            try:
                answer = resolver.resolve(host, kind, search=True, lifetime=_left(deadline))
            except dns.resolver.NoAnswer:
                continue
            return Answer((Target(host.lower(), tuple(sorted(record.address for record in answer))),))
    except (dns.exception.DNSException, OSError, ValueError) as error:
        failure = _no_answer(host, error)
    return failure


def split_address(text: str, default_port: int = 53) -> tuple[str, int]:
    """Split "address:port", "[v6]:port" or a bare address; raises ValueError for a port that is no number."""
    if text.startswith("["):
        address, _, rest = text[1:].partition("]")
        return address, int(rest.removeprefix(":") or default_port)
    if text.count(":") == 1:
        address, _, port = text.partition(":")
        return address, int(port)
    return text, default_port


def _resolver(source: Source) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    attempts = ATTEMPTS
    resolver.timeout = TRY_SECONDS
    if source.resolv_conf is not None:
        text = Path(source.resolv_conf).read_text(encoding="utf-8", errors="replace")
        attempts = _attempts(text)
        _read(resolver, text, needs_server=source.nameserver is None)
    if source.nameserver is not None:
        address, resolver.port = split_address(source.nameserver)
        resolver.nameservers = [address]
    if source.search:
        resolver.search = [dns.name.from_text(domain) for domain in source.search]
    resolver.lifetime = resolver.timeout * attempts * max(1, len(resolver.nameservers))
    resolver.use_edns(0, 0, EDNS_PAYLOAD)
    return resolver


def _read(resolver: dns.resolver.Resolver, text: str, *, needs_server: bool) -> None:
    """Let dnspython read the file; a file without server is an error only if it had to name one."""
    try:
        resolver.read_resolv_conf(io.StringIO(text))
    except dns.resolver.NoResolverConfiguration:
        if needs_server:
            raise


def _attempts(text: str) -> int:
    """`options attempts:N`, which dnspython does not read."""
    for line in reversed(text.splitlines()):
        if line.startswith("options"):
            for option in line.split()[1:]:
                name, _, value = option.partition(":")
                if name == "attempts" and value.isdecimal():
                    return max(1, min(int(value), 5))  # resolv.conf(5) caps it at 5
    return ATTEMPTS


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _additional(response: dns.message.Message) -> dict[str, list[str]]:
    """Addresses by host out of the additional section, IPv4 first."""
    found: dict[str, list[str]] = {}
    for kind in _ADDRESS_TYPES:
        for rrset in response.additional:
            if rrset.rdtype == kind:
                found.setdefault(_host(rrset.name), []).extend(sorted(record.address for record in rrset))
    return found


def _ask_addresses(resolver: dns.resolver.Resolver, host: str, deadline: float) -> tuple[str, ...]:
    """The addresses of one host: its A records, or its AAAA records if it has none; () when DNS names none in time."""
    for kind in _ADDRESS_TYPES:
        try:
            answer = resolver.resolve(host + ".", kind, search=False, lifetime=_left(deadline))
        except dns.exception.DNSException:
            continue
        return tuple(sorted(record.address for record in answer))
    return ()


def _no_answer(service: str, error: Exception) -> NoAnswer:
    if isinstance(error, dns.resolver.NXDOMAIN):
        return NoAnswer(Cause.NXDOMAIN, f"{service} does not exist in DNS (NXDOMAIN)")
    if isinstance(error, dns.resolver.NoAnswer):
        return NoAnswer(Cause.EMPTY, f"{service} exists in DNS but has no SRV record: no pod behind the Service yet")
    if isinstance(error, dns.exception.Timeout):
        return NoAnswer(Cause.TIMEOUT, f"no name server answered in time about {service}")
    if isinstance(error, dns.resolver.NoNameservers):
        said = sorted({str(entry[3]) for entry in error.kwargs.get("errors", ())})
        return NoAnswer(
            Cause.REFUSED, f"the name server could not say who {service} is: {', '.join(said) or 'no server'}"
        )
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return NoAnswer(Cause.UNREADABLE, "resolv.conf names no name server")
    if isinstance(error, (OSError, ValueError, dns.name.EmptyLabel, dns.name.LabelTooLong, dns.name.NameTooLong)):
        return NoAnswer(Cause.UNREADABLE, str(error))
    return NoAnswer(Cause.BROKEN, f"{type(error).__name__}: {error}")
