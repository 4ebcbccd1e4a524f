"""galeractl page: where is the status page?"""

from __future__ import annotations

import sys

import click

from galeractl.core.page import page_of, pages_of
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.cluster import selected
from galeractl.operator.selection import answer, answers_json, selection
from peerfinder.core.codec import to_json


@click.command("page")
@answers_json
def command() -> None:
    """Say where the status page is.

    Every agent serves it. Of a cluster in Kubernetes it comes with the command that brings it to a machine with
    kubectl; who may look at it says `--page` of `peerfinder serve` (`page.access` of the chart).

    Exit codes: 0 said, 1 no agent answers, 2 there is no such cluster.
    """
    sight = selected().look()
    page, pages = page_of(sight), pages_of(sight)
    if page is None:
        raise Trouble("no agent answers, so nobody serves the page", "galeractl status")
    port = sight.agent_port
    forward = selection().forward(next(one.name for one in pages if one.answers), port)
    width = max(len(one.url) for one in pages)
    lines = [f"{one.url:<{width}}  {one.name}" + ("" if one.answers else "  (does not answer)") for one in pages]
    if forward:
        lines = [forward, f"http://127.0.0.1:{port}/  while that runs; inside of Kubernetes:", *lines]
    answer({"page": page, "forward": forward, "nodes": [to_json(one) for one in pages]}, "\n".join(lines))
    sys.exit(Code.OK)
