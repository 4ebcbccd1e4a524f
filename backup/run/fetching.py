"""`python -m backup.run.fetching`: a stored backup for a program that restores it; it has no user but that.

    describe   one line of JSON: which backup that is, and what must be known before its first byte (`Described`)
    stream     its mbstream on standard output; on standard error `progress DONE TOTAL`, bytes, once a second

What is wrong is one sentence, the last line on standard error, and the exit status is 1. Of a backup that is not sealed
the last byte tells whether the first one was good: what came counts only when the exit status is 0.

Without a name it is the newest physical backup that nobody has found to be bad.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from backup.adapters.key_file import read_key
from backup.adapters.objectstore import Store
from backup.core.damage import Damaged
from backup.core.fetched import Described
from backup.core.manifest import Manifest
from backup.core.names import Kind
from backup.core.store import StoreTrouble, parse_options
from backup.run.catalog import entries
from backup.run.reading import check_key, read_manifest, read_pieces
from peerfinder.core.codec import to_json

_TELL_SECONDS = 1.0


def main(argv: list[str] | None = None) -> int:
    """Do what the arguments say; gives the exit status."""
    options = _parse(argv)
    try:
        store = Store(options.source, parse_options(tuple(options.store_option)), os.environ)
        key = read_key(Path(options.key_file)) if options.key_file else None
        manifest = read_manifest(store, options.name) if options.name else _newest(store)
        _check_kind(manifest)
        check_key(store, manifest, key)
        if options.what == "describe":
            described = Described(manifest.name, manifest.server_version, manifest.raw_bytes, manifest.ended_at)
            print(json.dumps(to_json(described)))
        else:
            _stream(store, manifest, key)
    except StoreTrouble as trouble:
        print(f"{trouble.seen}; to do: {trouble.remedy}", file=sys.stderr)
    except Damaged as error:
        print(f"{options.source}: {options.name or 'the newest backup'} is damaged: {error}", file=sys.stderr)
    except BrokenPipeError:  # whoever reads has ended, and says why
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    else:
        return 0
    return 1


def _newest(store: Store) -> Manifest:
    found = [one for one in entries(store) if one.manifest and one.manifest.kind is Kind.PHYSICAL]
    for one in reversed(found):
        if one.manifest and not one.verified.is_bad:
            return one.manifest
    bad = f" but {len(found)} that were found to be bad" if found else ""
    raise StoreTrouble(f"{store.url}: there is no physical backup{bad}", f"galeractl backup list --from {store.url}")


def _check_kind(manifest: Manifest) -> None:
    if manifest.kind is not Kind.PHYSICAL:
        raise StoreTrouble(f"{manifest.name} is a dump, of which no datadir can be made", "name a physical backup")


def _stream(store: Store, manifest: Manifest, key: bytes | None) -> None:
    done, told = 0, 0.0
    for piece in read_pieces(store, manifest, key):
        sys.stdout.buffer.write(piece)
        done += len(piece)
        if time.monotonic() - told >= _TELL_SECONDS:
            told = time.monotonic()
            print(f"progress {done} {manifest.raw_bytes}", file=sys.stderr, flush=True)
    sys.stdout.buffer.flush()


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m backup.run.fetching", description="a stored backup, read back")
    parser.add_argument("what", choices=["describe", "stream"])
    parser.add_argument("--from", dest="source", required=True, metavar="URL")
    parser.add_argument("--name", default="", help="of the backup; the newest good one if there is none")
    parser.add_argument("--key-file", default="")
    parser.add_argument("--store-option", action="append", default=[], metavar="K=V")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
