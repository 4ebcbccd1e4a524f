"""Breaks one clause of the entrypoint before it runs, for the proofs of the oracle: it has to notice. Never installed.

Python imports a `sitecustomize` that it finds on PYTHONPATH at each start; `proofs` puts this directory there and names
the clause in CHAOS_BROKEN.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

broken = os.environ.get("CHAOS_BROKEN", "")

if broken == "vote":  # whoever is not there is not waited for, and is not asked
    from entrypoint.core import election, evidence

    def _of_those_who_are_here(facts: Any, expected: Any, excluded: Any, _all: Any = evidence.gather_evidence) -> Any:
        found = _all(facts, expected, excluded)
        here = frozenset(facts.reports)
        return replace(found, required=found.required & here, missing=frozenset())

    vars(election)["gather_evidence"] = _of_those_who_are_here

if broken == "election":  # the node that is furthest behind wins
    from entrypoint.core import election, evidence

    def _lowest_seqno(facts: Any, tip: Any) -> int:
        return min((seqno for _name, seqno in evidence._eligible(facts, tip)), default=-1)

    vars(election)["best_seqno"] = _lowest_seqno
