"""Clusters side by side: addresses, network numbers and the one port that differs."""

from __future__ import annotations

import pytest

from galeractl.core.network import (
    FIRST_NETWORK,
    LAST_NETWORK,
    MAX_NODES,
    candidates,
    dns_address,
    identity,
    node_address,
)


def test_every_network_is_tried_once_and_the_first_is_the_directorys_own() -> None:
    tried = candidates("/home/me/one/.galera")
    assert sorted(tried) == list(range(FIRST_NETWORK, LAST_NETWORK + 1))
    assert tried == candidates("/home/me/one/.galera")


def test_directories_prefer_different_networks() -> None:
    first = {candidates(f"/home/me/{number}/.galera")[0] for number in range(50)}
    assert len(first) > 40  # 50 of 250 drawn at random collide now and then


def test_two_directories_have_two_identities() -> None:
    assert identity("/a/.galera") != identity("/b/.galera")


def test_a_node_has_its_own_address_and_sst_port() -> None:
    node = node_address(7, 2)
    assert (node.name, node.address, node.sst_port) == ("db-2", "127.77.7.12", 14000 + 7 * 16 + 2)
    assert dns_address(7) == "127.77.7.1"


def test_no_two_nodes_of_any_cluster_share_an_sst_port_or_an_address() -> None:
    nodes = [node_address(c, n) for c in range(FIRST_NETWORK, LAST_NETWORK + 1) for n in range(MAX_NODES)]
    assert len({node.sst_port for node in nodes}) == len({node.address for node in nodes}) == len(nodes)
    assert max(node.sst_port for node in nodes) < 32768  # where Linux begins to hand out ephemeral ports


@pytest.mark.parametrize(("network", "ordinal"), [(0, 0), (251, 0), (1, 16), (1, -1)])
def test_there_is_no_address_outside_of_the_plan(network: int, ordinal: int) -> None:
    with pytest.raises(ValueError, match="no address"):
        node_address(network, ordinal)
