"""make chaos: seeded runs, one after the other, a line of each and the totals. Acts.

With --prove the checker proves itself: servers that sync their log once a second, a full crash under load, and a loss
must be reported. Processes are killed, so the page cache survives: what is lost is what the server had not yet written
(innodb_flush_log_at_trx_commit=0); with 2 nothing can show here.

Exit codes: 0 nothing was violated, 1 something was, 2 usage. With --prove: 0 a loss was reported, 1 none was.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.support.chaos.faults import What, proof, schedule
from tests.support.chaos.findings import Kind
from tests.support.chaos.ground import make_original
from tests.support.chaos.run import play
from tests.support.chaos.telling import Result, failure, line, totals

NETWORK = 231  # of a local cluster; tests and benchmarks take theirs by chance, this one is asked for
GCACHE = str(32 << 20)
UNSAFE = "innodb_flush_log_at_trx_commit=0"


def main(argv: list[str] | None = None) -> int:
    """Play as many runs as asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.chaos", description="faults, and what they cost")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="the first seed; each run takes the next one")
    parser.add_argument("--minutes", type=float, default=None, help="begin no run after that time")
    parser.add_argument("--only", action="append", default=[], choices=[str(what) for what in What])
    parser.add_argument("--option", action="append", default=[], metavar="K=V", help="of mariadbd, on every node")
    parser.add_argument("--network", type=int, default=NETWORK)
    parser.add_argument("--yard", type=Path, default=Path("/var/tmp"))
    parser.add_argument("--keep", type=Path, default=Path(".cache/chaos"))
    parser.add_argument("--prove", action="store_true", help="show that a loss is noticed")
    parser.add_argument("--dry-run", action="store_true", help="show the schedules only")
    options = parser.parse_args(argv)
    first = options.seed if options.seed is not None else int(time.time())
    only = tuple(What(one) for one in options.only)
    schedules = [proof(seed) if options.prove else schedule(seed, only) for seed in range(first, first + options.runs)]
    extra = (*options.option, *([UNSAFE] if options.prove else []))
    if options.dry_run:
        print("\n".join(map(str, schedules)))
        return 0
    os.environ.setdefault("GALERA_GCACHE_SIZE", GCACHE)
    yard = Path(tempfile.mkdtemp(prefix="galera-chaos.", dir=options.yard))
    yard.chmod(0o755)
    results: list[Result] = []
    try:
        begun = time.monotonic()
        original = make_original(yard / "original", options.network)
        for one in schedules:
            if options.minutes is not None and time.monotonic() - begun > options.minutes * 60:
                break
            results.append(play(one, original, yard, options.keep, extra))
            print(line(results[-1]), flush=True)
            if results[-1].violations:
                print(failure(results[-1]), flush=True)
    finally:
        shutil.rmtree(yard, ignore_errors=True)
        if results:
            print(totals(results), flush=True)
    seen = {violation.kind for result in results for violation in result.violations}
    if options.prove:
        print(
            "the checker noticed the loss" if Kind.LOST in seen else "no loss was noticed: the checker proves nothing"
        )
        return 0 if Kind.LOST in seen else 1
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
