"""The page's first state as HTML: what a person sees before the script runs, and all that one without it gets.

Every word goes through `html.escape`; the data for the script travel as JSON in which no `<` is left, so that nothing
in a report can end the element that carries it.
"""

from __future__ import annotations

import json
from html import escape
from string import Template

from peerfinder.core.codec import to_json
from peerfinder.core.page import PageData, PageNode
from peerfinder.core.state import State

TONES = {State.ONLINE: "good", State.ONLINE_PARTIAL: "warn", State.INITIALIZING: "note", State.UNKNOWN: "note"}
"""Every other state is bad."""


def document(template: str, page: PageData, text: str) -> str:
    """Fill the template: `$name` stands for each piece; `text` is the page's data as `data_of` gives them."""
    return Template(template).substitute(
        cluster=escape(page.cluster),
        state=escape(page.state),
        tone=TONES.get(page.state, "bad"),
        summary=escape(page.summary),
        losses=escape(page.losses),
        alerts="".join(f'<li class="alert {one.level}">{escape(one.text)}</li>' for one in page.alerts),
        rows="".join(_row(one) for one in page.nodes),
        data=text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    )


def data_of(page: PageData) -> str:
    """Give the page's data as JSON."""
    return json.dumps(to_json(page), separators=(",", ":"))  # ASCII: no line separator that a script would stumble over


def _row(node: PageNode) -> str:
    cells = [node.role, node.state or node.phase, _cell(node.seqno), _cell(node.queue), node.version, node.reason]
    return (
        f'<tr><th scope="row">{escape(node.name)}</th>' + "".join(f"<td>{escape(one)}</td>" for one in cells) + "</tr>"
    )


def _cell(value: int | None) -> str:
    return "–" if value is None else str(value)
