"""Where the status page is."""

from __future__ import annotations

from dataclasses import replace

from galeractl.core.diagnose import diagnose
from galeractl.core.page import NodePage, page_of, pages_of
from galeractl.core.programs import Programs
from tests.support.sights import a_cluster, a_member


def test_every_node_has_one_and_the_first_that_answers_is_told():
    sight = a_cluster(a_member("db-1"), a_member("db-2"), db_0=Programs.STOPPED)
    assert pages_of(sight) == (
        NodePage("db-0", "http://127.77.7.10:8008/", answers=False),
        NodePage("db-1", "http://127.77.7.11:8008/", answers=True),
        NodePage("db-2", "http://127.77.7.12:8008/", answers=True),
    )
    assert page_of(sight) == diagnose(sight).page == "http://127.77.7.11:8008/"


def test_where_nobody_answers_there_is_none():
    assert diagnose(a_cluster(db_0=Programs.STOPPED)).page is None


def test_an_ipv6_address_stands_in_brackets():
    sight = a_cluster(a_member("db-0"))
    six = replace(sight, nodes={"db-0": replace(sight.nodes["db-0"], address="fd00::7")})
    assert page_of(six) == "http://[fd00::7]:8008/"


def test_a_node_without_an_address_has_none():
    sight = a_cluster(a_member("db-0"))
    lost = replace(sight, nodes={"db-0": replace(sight.nodes["db-0"], address="")})
    assert pages_of(lost) == ()
