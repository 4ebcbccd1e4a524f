"""Which name in DNS is ours."""

import pytest

from peerfinder.dropin.names import Identity, NoDomain, hint, identify, search_list, search_path

KUBELET = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
HYPHEN = "search shop.svc.my-cluster svc.my-cluster my-cluster example.com\n"

# hostname, service, namespace, domain, resolv.conf -> own name
OWN_NAMES = {
    "all told by flags": (("db-0", "db", "shop", "cluster.local", ""), "db-0.db.shop.svc.cluster.local"),
    "flags are believed, resolv.conf is not": (("db-0", "db", "a", "b.c", KUBELET), "db-0.db.a.svc.b.c"),
    "domain from resolv.conf": (("db-0", "db", "other", "", KUBELET), "db-0.db.other.svc.cluster.local"),
    "domain that ends behind a hyphen": (("db-0", "db", "shop", "", HYPHEN), "db-0.db.shop.svc.my-cluster"),
    "trailing dots are cut": (("db-0", "db", "shop", "", "search svc.k8s.example."), "db-0.db.shop.svc.k8s.example"),
    "a list cut to its first entry": (("db-0", "db", "x", "", "search y.svc.k8s"), "db-0.db.x.svc.k8s"),
    "namespace from resolv.conf": (("db-0", "db", "", "", KUBELET), "db-0.db.shop.svc.cluster.local"),
    "namespace from resolv.conf, domain told": (("db-0", "db", "", "k8s", KUBELET), "db-0.db.shop.svc.k8s"),
    "the last search line counts": (("db-0", "db", "s", "", "search svc.a\n" + HYPHEN), "db-0.db.s.svc.my-cluster"),
    "upper case": (("DB-0", "Db", "Shop", "Cluster.Local.", ""), "db-0.db.shop.svc.cluster.local"),
    "hostname is a full name already": (
        ("db-0.db.shop.svc.cluster.local", "db", "shop", "cluster.local", ""),
        "db-0.db.shop.svc.cluster.local",
    ),
    "service is a full name already": (
        ("db-0", "db.shop.svc.cluster.local.", "shop", "cluster.local", ""),
        "db-0.db.shop.svc.cluster.local",
    ),
    "service with its namespace": (("db-0", "db.shop", "shop", "", KUBELET), "db-0.db.shop.svc.cluster.local"),
    "service called like the namespace": (("x-0", "shop", "shop", "", KUBELET), "x-0.shop.shop.svc.cluster.local"),
}


@pytest.mark.parametrize(("given", "own"), OWN_NAMES.values(), ids=OWN_NAMES)
def test_own_name(given, own):
    identity = identify(*given)
    assert isinstance(identity, Identity)
    assert identity.own == own
    assert own.endswith(f".{identity.service}")
    assert identity.service.endswith(f".{identity.domain}")


@pytest.mark.parametrize(
    ("namespace", "text", "words"),
    [
        ("shop", "nameserver 10.0.0.1\n", "no cluster domain"),
        ("shop", "# search svc.cluster.local\n", "no cluster domain"),
        ("shop", "search example.com\n", "no cluster domain"),
        ("", "search svc.cluster.local\n", "no namespace"),
        ("", "", "no namespace"),
    ],
)
def test_a_domain_that_nobody_tells_is_said_with_the_flag_that_would(namespace, text, words):
    found = identify("db-0", "db", namespace, "", text)
    assert isinstance(found, NoDomain)
    assert words in found.reason


def test_search_list_of_a_file_without_one_is_empty():
    assert search_list("nameserver 10.0.0.1\nsearchx a b\n") == ()


def test_search_path_is_what_the_kubelet_writes():
    assert search_path("shop.svc.cluster.local") == ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local")


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        (("10-1-2-3.db.shop.svc.k8s", "10-1-2-4.db.shop.svc.k8s"), "hostname and subdomain"),
        (("db-1.db.other.svc.k8s",), "of another Service"),
        (("db-1.db.shop.svc.k8s",), ""),
        ((), ""),
    ],
)
def test_hint_names_what_the_hosts_give_away(hosts, words):
    assert words in hint("db-0.db.shop.svc.k8s", hosts)
    assert bool(words) == bool(hint("db-0.db.shop.svc.k8s", hosts))
