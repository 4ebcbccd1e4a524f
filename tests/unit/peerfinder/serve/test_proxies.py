"""What proxies are told, beyond yes and no."""

from __future__ import annotations

import pytest

from peerfinder.core.health import Answer
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.serve.proxies import NOTICE_SECONDS, Proxies
from peerfinder.serve.published import STALE_SECONDS, Published
from tests.support.sights import NAMES, a_member, a_waiting_node

YES, NO = Answer(ok=True, reason="yes"), Answer(ok=False, reason="no")
NOW = 100.0


def published(*, serves: bool = True, at: float = NOW) -> Published:
    """A node that another one follows as the writer; `serves`: its server answers, in a Primary."""
    reports = {name: a_member(name) for name in NAMES}
    if not serves:
        reports["db-0"] = a_waiting_node("db-0")
    view = WriterView(Mode.SINGLE, "db-1", 4, Role.SECONDARY)
    return Published(ClusterSnapshot("db-0", at, "b", NAMES, reports, ready=serves, writer=view))


@pytest.mark.parametrize(
    ("answer", "seen", "status"),
    [
        pytest.param(YES, published(), 200, id="take it"),
        pytest.param(NO, published(), 404, id="nobody new, while its server is in the cluster"),
        pytest.param(NO, published(serves=False), 503, id="nobody at all, where no server is"),
        pytest.param(NO, published(at=NOW - STALE_SECONDS - 1), 503, id="nor where the last look is too old to say"),
        pytest.param(NO, None, 503, id="nor before the first look"),
    ],
)
def test_the_first_word(answer: Answer, seen: Published | None, status: int) -> None:
    assert Proxies().status("primary", answer, seen, NOW) == status


@pytest.mark.parametrize("last", [YES, NO], ids=["the writer", "a secondary"])
def test_an_end_begins_with_a_notice_that_sends_nobody_new(last: Answer) -> None:
    told = Proxies()
    told.status("primary", last, published(), NOW)
    gone = published(serves=False, at=NOW)
    after = [told.status("primary", NO, gone, NOW + part * NOTICE_SECONDS) for part in (0.1, 0.9, 1.1, 2.0)]
    assert after == [404, 404, 503, 503]


def test_who_comes_back_is_taken_at_once() -> None:
    told = Proxies()
    told.status("primary", NO, published(serves=False), NOW)
    assert told.status("primary", YES, published(), NOW + 5) == 200
