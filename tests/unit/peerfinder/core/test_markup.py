"""The first state as HTML: whatever a node says stays text."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

from peerfinder.core.codec import to_json
from peerfinder.core.markup import data_of, document
from peerfinder.core.page import PageData, page_of
from peerfinder.core.report import DecisionSummary
from tests.support.moments import LOOKED_AT, a_moment
from tests.support.sights import a_member, a_waiting_node

EVIL = "</script><script>alert(1)</script><img src=x onerror='alert(2)'> & $state ${data} \u2028"
TEMPLATE = (
    '<h1>$cluster</h1><p data-tone="$tone">$state</p><p>$summary</p><p>$losses</p><ul>$alerts</ul><table>$rows</table>'
    '<script type="application/json" id="data">$data</script><script>let price = "$$5";</script>'
)


class Seen(HTMLParser):
    """The elements of a document, and the text of the first script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script" and self.tags.count("script") == 1 and not self.data:
            self.data = data


def a_page() -> PageData:
    """A cluster one node of which says evil things."""
    refuses = DecisionSummary("refuse", 6, EVIL, EVIL)
    moment = a_moment(a_member("db-0"), a_member("db-1"), a_waiting_node("db-2", decision=refuses))
    return page_of(replace(moment, dns=EVIL), LOOKED_AT, stale_after=5.0)


def test_what_a_node_says_is_text_and_arrives_whole():
    page = a_page()
    seen = Seen(document(TEMPLATE, page, data_of(page)))
    assert seen.tags.count("script") == 2
    assert "img" not in seen.tags
    assert json.loads(seen.data) == json.loads(json.dumps(to_json(page)))


def test_the_first_state_needs_no_script():
    page = a_page()
    text = document(TEMPLATE, page, data_of(page))
    assert '<p data-tone="warn">ONLINE_PARTIAL</p>' in text
    assert '<tr><th scope="row">db-0</th><td>primary</td><td>Synced</td><td>812</td><td>0</td>' in text
    assert text.count('<li class="alert ') == len(page.alerts)
    assert 'let price = "$5";' in text
