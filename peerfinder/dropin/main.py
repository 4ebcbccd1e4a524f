"""`peerfinder -service=... -on-start=...`: flags and machine in, exit code out.

Exit codes: 0 on-start is done and there is no -on-change (also for help and version); 1 the arguments are incomplete,
a name cannot be found out, or a script failed; 2 a flag cannot be read; 3 -timeout passed without a first list; 143
SIGTERM (130 SIGINT).

Everything is said on stderr; stdout stays empty.
"""

import contextlib
import os
import socket
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from peerfinder.adapters.resolver import Source, look_up
from peerfinder.core.lookup import Lookup
from peerfinder.dropin.flags import HelpWanted, Settings, UsageError, parse, usage
from peerfinder.dropin.names import Identity, NoDomain, identify, search_path
from peerfinder.dropin.script import Ended, Runner
from peerfinder.dropin.watch import Finished, Outside, Plan, ScriptFailed, TimedOut, watch

INCOMPLETE = "Incomplete args, require -on-change and/or -on-start, -service and -ns or an env var for POD_NAMESPACE."


@dataclass(frozen=True)
class Fatal:
    """Something needed before the first lookup is missing; exit 1."""

    reason: str


def main(argv: list[str]) -> int:
    """Run the drop-in; `argv` is without the program's name."""
    settings = parse(argv)
    if isinstance(settings, UsageError):
        _write(f"{settings.message}\n{usage()}")
        return 2
    if isinstance(settings, HelpWanted):
        _write(usage())
        return 0
    if settings.version:
        print(f"peerfinder {_version()}")
        return 0
    for warning in settings.warnings:
        _log(warning)
    identity = _who_am_i(settings)
    if isinstance(identity, Fatal):
        _log(identity.reason)
        return 1
    runner = Runner(_write)
    runner.install()
    try:
        return _watch(settings, identity, runner)
    except Ended as ended:
        _log(f"Ended by signal {ended.number}")
        return 128 + ended.number
    except OSError as error:  # lookups and scripts give values: this is the ready file
        _log(f"Unable to write {settings.ready_file}: {error.strerror}")
        return 1


def _version() -> str:
    try:
        return metadata.version("galera-kit")
    except metadata.PackageNotFoundError:
        return "(run from its source, not installed)"


def _watch(settings: Settings, identity: Identity, runner: Runner) -> int:
    source = _source(settings, identity)
    ready_file = Path(settings.ready_file) if settings.ready_file else None
    extra = {"PEER_FINDER_SELF": identity.own, "HOST_ADDRESS": os.environ.get("HOST_ADDRESS", identity.own)}
    if ready_file is not None:
        with contextlib.suppress(FileNotFoundError):  # a list of the time before a restart is no list
            ready_file.unlink()

    def resolve(within: float | None) -> Lookup:
        return look_up(settings.service, source=source, within=within)

    def run(script: str, peers: tuple[str, ...]) -> int:
        _log(f"execing: {script} with stdin: {' '.join(peers)}")
        return runner.run(script, peers, extra)

    def delivered(peers: tuple[str, ...]) -> None:
        if ready_file is not None:
            _replace(ready_file, "".join(f"{peer}\n" for peer in peers))

    plan = Plan(
        identity.own, settings.on_start, settings.on_change, settings.timeout, settings.min_peers, settings.poll
    )
    match watch(plan, Outside(resolve, run, delivered, time.monotonic, time.sleep, _log)):
        case Finished():
            _log("Peer finder exiting")
            return 0
        case ScriptFailed(_, reason):
            _log(reason)
            return 1
        case TimedOut(reason):
            _log(reason)
            return 3


def _who_am_i(settings: Settings) -> Identity | Fatal:
    if not settings.service or not (settings.on_start or settings.on_change):
        return Fatal(f"{INCOMPLETE} `peerfinder --help` shows all forms.")
    namespace = settings.ns or os.environ.get("POD_NAMESPACE", "")
    text = ""
    if not (settings.nameserver and namespace and settings.domain):  # then nothing in the file is needed
        try:
            text = Path(settings.resolv_conf).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            return Fatal(f"Unable to read {settings.resolv_conf}: {error.strerror}")
    try:
        hostname = settings.hostname or socket.gethostname()
    except OSError as error:
        return Fatal(f"Failed to get hostname: {error}")
    found = identify(hostname, settings.service, namespace, settings.domain, text)
    if isinstance(found, NoDomain):
        return Fatal(f"{INCOMPLETE} {found.reason}")
    _log(f"Determined Domain to be {found.domain}, own name {found.own}")
    return found


def _source(settings: Settings, identity: Identity) -> Source:
    """With a name server of its own choice the search list is what the kubelet would have written."""
    if settings.nameserver:
        return Source(None, settings.nameserver, search_path(identity.domain))
    return Source(settings.resolv_conf)


def _replace(path: Path, text: str) -> None:
    """Write by rename, so that a reader sees the old list or the new one, never half of one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _log(message: str) -> None:
    _write(f"{time.strftime('%Y/%m/%d %H:%M:%S')} {message}")


def _write(line: str) -> None:
    """One write per line: lines of a script and of ours do not mix. A closed stderr is nobody's business."""
    with contextlib.suppress(OSError):
        os.write(2, f"{line}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
