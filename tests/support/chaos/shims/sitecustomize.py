"""What programs of a broken cluster find before they begin: a clause that is broken, or a clock that is wrong.

Python imports a `sitecustomize` that it finds on PYTHONPATH at each start. `CHAOS_BROKEN` names the clause (`proofs`:
the oracle has to notice it), `CHAOS_CLOCK` a file with the seconds by which the wall clock is off. Only what asks for
the time of day is led astray, as when a machine's clock is set: monotonic clocks stay true. (libfaketime cannot do
that to these programs: with true monotonic clocks its 0.9.10 makes every sleep of Python 3.11 fail.) Never installed.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

clock = os.environ.get("CHAOS_CLOCK", "")

if clock:  # logging, certificates of ours, events: whatever in these programs asks the time module
    true_time, true_gmtime, true_localtime = time.time, time.gmtime, time.localtime

    def _shifted() -> float:
        return true_time() + float(Path(clock).read_text())

    vars(time)["time"] = _shifted
    vars(time)["time_ns"] = lambda: int(_shifted() * 1e9)
    vars(time)["gmtime"] = lambda seconds=None: true_gmtime(_shifted() if seconds is None else seconds)
    vars(time)["localtime"] = lambda seconds=None: true_localtime(_shifted() if seconds is None else seconds)

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
