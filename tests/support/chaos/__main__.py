"""make chaos: seeded runs on several clusters side by side, a line of each and the totals. Acts.

With --prove the oracle proves itself on clusters that are broken on purpose (`proofs`): what was broken must be
reported.

Nodes have a network each, so that they can be parted; that needs root. Without it partitions and flapping links are
left out, and the schedules of the seeds are others.

Exit codes: 0 nothing was violated, 1 something was, 2 usage. With --prove: 0 it was reported, 1 it was not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from galeractl.adapters import namespaces
from tests.support.chaos.catalogue import schedule
from tests.support.chaos.faults import Schedule, What
from tests.support.chaos.ground import Ground, make_original
from tests.support.chaos.machine import SHIMS
from tests.support.chaos.proofs import PROOFS, VARIABLE, Proof
from tests.support.chaos.run import play
from tests.support.chaos.telling import Result, failure, line, totals
from tests.support.chaos.workers import Plan, play_all

NETWORK = 231  # of the first local cluster; tests and benchmarks take theirs by chance, these are asked for
GCACHE = str(32 << 20)


def main(argv: list[str] | None = None) -> int:
    """Play as many runs as asked for."""
    options = _parse(argv)
    lacking = namespaces.lacking()
    if lacking:
        print(f"without partitions and flapping links: {lacking}", flush=True)
    first = options.seed if options.seed is not None else int(time.time())
    seeds = range(first, first + options.runs)
    only = tuple(What(one) for one in options.only)
    proof = PROOFS.get(options.prove)
    count = options.faults
    schedules = [
        proof.schedule(seed) if proof else schedule(seed, only, isolated=not lacking, count=count) for seed in seeds
    ]
    if options.dry_run:
        print("\n".join(map(str, schedules)))
        return 0
    os.environ.setdefault("GALERA_GCACHE_SIZE", GCACHE)
    yard = Path(tempfile.mkdtemp(prefix="galera-chaos.", dir=options.yard))
    yard.chmod(0o755)
    results: list[Result] = []
    try:
        originals = _originals(yard, {one.nodes for one in schedules}, options.network, isolated=not lacking)
        if proof:
            results += _prove(proof, schedules, originals, yard, options)
        else:
            extra = tuple(options.option)
            plan = Plan(originals, yard, options.network, extra, options.keep, options.minutes, options.keep_all)
            for result in play_all(schedules, plan, options.jobs):
                results.append(result)
                _tell(result)
    finally:
        shutil.rmtree(yard, ignore_errors=True)
        if results:
            print(totals(results), flush=True)
    seen = {violation.kind for result in results for violation in result.violations}
    if proof:
        print(f"{proof.name}: {'noticed' if proof.expected in seen else 'NOT NOTICED'} ({proof.expected})")
        return 0 if proof.expected in seen else 1
    return 1 if seen else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.chaos", description="faults, and what they cost")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="the first seed; each run takes the next one")
    parser.add_argument("--minutes", type=float, default=None, help="begin no run after that time")
    parser.add_argument(
        "--jobs", type=int, default=1, help="clusters side by side; with more than one, times are worse"
    )
    parser.add_argument("--faults", type=int, default=None, help="how many a run has, instead of one to four")
    parser.add_argument("--only", action="append", default=[], choices=[str(what) for what in What])
    parser.add_argument("--option", action="append", default=[], metavar="K=V", help="of mariadbd, on every node")
    parser.add_argument("--network", type=int, default=NETWORK)
    parser.add_argument("--yard", type=Path, default=Path("/var/tmp"))
    parser.add_argument("--keep", type=Path, default=Path(".cache/chaos"))
    parser.add_argument("--prove", choices=sorted(PROOFS), help="show that the oracle notices what is broken")
    parser.add_argument("--keep-all", action="store_true", help="keep the files of runs without a violation, too")
    parser.add_argument("--dry-run", action="store_true", help="show the schedules only")
    return parser.parse_args(argv)


def _originals(yard: Path, sizes: set[int], network: int, *, isolated: bool) -> dict[int, Path]:
    return {
        nodes: make_original(yard / f"original-{nodes}", nodes, network, isolated=isolated) for nodes in sorted(sizes)
    }


def _prove(
    proof: Proof, schedules: Sequence[Schedule], originals: dict[int, Path], yard: Path, options: argparse.Namespace
) -> list[Result]:
    """Play until it is noticed; the originals were made by whole programs."""
    results: list[Result] = []
    broken = {VARIABLE: proof.broken, "PYTHONPATH": str(SHIMS)} if proof.broken else {}
    for one in schedules:
        for name in broken:  # of the run before
            os.environ.pop(name, None)
        ground = Ground(originals, yard, options.network, (*options.option, *proof.options))
        try:
            results.append(play(one, ground, yard, options.keep, proof.options, environment=broken))
        finally:
            ground.discard()
        _tell(results[-1])
        if proof.expected in {violation.kind for violation in results[-1].violations}:
            break
    return results


def _tell(result: Result) -> None:
    print(line(result), flush=True)
    if result.violations:
        print(failure(result), flush=True)


if __name__ == "__main__":
    sys.exit(main())
