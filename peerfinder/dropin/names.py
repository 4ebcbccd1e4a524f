"""Which of the names in DNS is this pod?

A StatefulSet pod is called `<hostname>.<service>.<namespace>.svc.<cluster domain>`. The cluster domain is not told to
a pod; it stands in the search list that the kubelet writes: `search <ns>.svc.<D> svc.<D> <D>`. `D` may be anything
that is a domain, hyphens included (a pattern that stopped at the hyphen made the old program wait for ever).

Pods that already know their full name (`setHostnameAsFQDN`), and Services given with their namespace or domain, get
nothing appended twice. DNS does not mind case, so neither does the comparison: every name here is lower case, without
trailing dot.
"""

import re
from dataclasses import dataclass

_DASHED_IP = re.compile(r"\d+-\d+-\d+-\d+|[0-9a-f]{8}")  # what DNS makes up for a pod without host name, see hint()


@dataclass(frozen=True)
class Identity:
    """Our own full name, the full name of the Service, and `<namespace>.svc.<cluster domain>`."""

    own: str
    service: str
    domain: str


@dataclass(frozen=True)
class NoDomain:
    """The cluster domain or the namespace cannot be told; `reason` names the flag that would say it."""

    reason: str


def identify(hostname: str, service: str, namespace: str, domain: str, resolv_conf: str) -> Identity | NoDomain:
    """Put the names together; `namespace` and `domain` may be "", then resolv.conf (its text) has to tell them."""
    found = pod_domain(namespace, domain, resolv_conf)
    if isinstance(found, NoDomain):
        return found
    full_service = _join(_normal(service), found)
    host = _normal(hostname)
    own = host if host.endswith("." + full_service) else f"{host}.{full_service}"
    return Identity(own, full_service, found)


def pod_domain(namespace: str, domain: str, resolv_conf: str) -> str | NoDomain:
    """`<namespace>.svc.<cluster domain>`, from the flags where given, else from the last `search` line."""
    namespace, domain = _normal(namespace), _normal(domain)
    if namespace and domain:
        return f"{namespace}.svc.{domain}"
    tokens = search_list(resolv_conf)
    if namespace:
        for pattern in (r"svc\.(.+)", r"[^.]+\.svc\.(.+)"):  # the second: a list that was cut to its first entry
            for token in tokens:
                if match := re.fullmatch(pattern, token):
                    return f"{namespace}.svc.{match[1]}"
        return NoDomain("no cluster domain: resolv.conf has no search domain svc.<domain>; give -domain")
    for token in tokens:
        if match := re.fullmatch(r"([^.]+)\.svc\.(.+)", token):
            return f"{match[1]}.svc.{domain or match[2]}"
    return NoDomain("no namespace: no -ns, no POD_NAMESPACE, and no search domain <ns>.svc.<domain> in resolv.conf")


def search_list(resolv_conf: str) -> tuple[str, ...]:
    """The domains of the last `search` line (resolv.conf(5): the last one counts)."""
    found: tuple[str, ...] = ()
    for line in resolv_conf.splitlines():
        words = line.split()
        if words and words[0] == "search":
            found = tuple(_normal(word) for word in words[1:])
    return found


def search_path(domain: str) -> tuple[str, ...]:
    """The search list that the kubelet would write for a pod in `domain` (`<ns>.svc.<cluster domain>`)."""
    labels = domain.split(".")
    return tuple(".".join(labels[skip:]) for skip in range(3) if labels[skip:])


def hint(own: str, hosts: tuple[str, ...]) -> str:
    """Why we are not among `hosts`, as far as the names show it; "" when they show nothing."""
    service = own.partition(".")[2]
    inside = [host for host in hosts if host.endswith("." + service)]
    if hosts and not inside:
        return f"they are of another Service, namespace or domain than {service}: check -service, -ns and -domain"
    if inside and all(_DASHED_IP.fullmatch(host.partition(".")[0]) for host in inside):
        return "they are made up from IP addresses: the pods need hostname and subdomain (serviceName of a StatefulSet)"
    return ""


def _join(service: str, domain: str) -> str:
    """Append `domain`, except for the part of it that `service` already ends with (never the first label)."""
    ours, theirs = service.split("."), domain.split(".")
    for overlap in range(min(len(ours) - 1, len(theirs)), 0, -1):
        if ours[-overlap:] == theirs[:overlap]:
            return ".".join(ours + theirs[overlap:])
    return f"{service}.{domain}"


def _normal(name: str) -> str:
    return name.strip().strip(".").lower()
