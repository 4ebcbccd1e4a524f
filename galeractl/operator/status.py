"""galeractl status: how is the cluster?"""

from __future__ import annotations

import sys

import click

from galeractl.core.diagnose import Diagnosis, diagnose
from galeractl.core.trouble import Code
from galeractl.operator.cluster import selected
from galeractl.operator.selection import answer, answers_json, selection
from peerfinder.core.codec import to_json
from peerfinder.core.state import State


def diagnosis() -> Diagnosis:
    """Look at the selected cluster and judge it."""
    return diagnose(selected().look())


@click.command("status")
@answers_json
def command() -> None:
    """Say what state the cluster is in, and what every node does.

    \b
    ONLINE           every node is in the one Primary component
    ONLINE_PARTIAL   there is a Primary component, without some node
    INITIALIZING     the first start of the cluster
    NO_QUORUM        nodes are there, and no Primary component
    SPLIT_BRAIN      two Primary components with different histories
    OFFLINE          nothing runs
    UNKNOWN          nobody answers

    A node that does not take part comes with its reason, and with what to do about it.

    Exit codes: 0 the cluster is ONLINE, 1 it is not, 2 there is no such cluster.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    found = diagnosis()
    if selection().json:
        answer(to_json(found), "")
    else:
        from galeractl.adapters.terminal import print_diagnosis

        print_diagnosis(found, selection().address)
    sys.exit(Code.OK if found.state is State.ONLINE else Code.FAILED)
