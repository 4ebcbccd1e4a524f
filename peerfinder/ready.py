"""`peerfinder ready`: may this node serve clients? Exit code 0 or 1, and the reason in one line.

The kubelet runs it every few seconds in every pod, so it reads the sidecar's cluster.json and imports next to
nothing. A file that is old says nothing about now: then the answer is no, as from the sidecar's own /readyz.
"""

import json
import os
import sys
import time

STALE_SECONDS = 5.0  # as serve.published has it; that module is too dear to import here
USAGE = "usage: peerfinder ready [--run-dir DIR]    (else PEERFINDER_RUN_DIR, else /run/galera)"


def main(argv: list[str]) -> int:
    """Print the reason; 0 ready, 1 not ready, 2 usage."""
    directory = os.environ.get("PEERFINDER_RUN_DIR") or "/run/galera"
    match argv:
        case []:
            pass
        case ["-h" | "--help"]:
            print(__doc__, USAGE, sep="\n")
            return 0
        case ["--run-dir", given]:
            directory = given
        case [one] if one.startswith("--run-dir="):
            directory = one.removeprefix("--run-dir=")
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    ready, reason = look(directory + "/cluster.json", time.clock_gettime(time.CLOCK_BOOTTIME))
    print(reason)
    return 0 if ready else 1


def look(path: str, now: float) -> tuple[bool, str]:
    """Read the sidecar's snapshot; `now` is CLOCK_BOOTTIME seconds."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs a tenth of the whole run
            snapshot = json.load(file)
        ready, reason = snapshot["ready"], str(snapshot["ready_reason"])
        age = now - float(snapshot["written_at"])
    except FileNotFoundError:
        return False, f"{path} does not exist: the sidecar has not looked yet"
    except OSError as error:
        return False, f"{path} cannot be read ({error.strerror}): does this run as the sidecar's user?"
    except (ValueError, KeyError, TypeError, RecursionError):
        return False, f"{path} is malformed: is the sidecar of another version?"
    if not -1.0 <= age <= STALE_SECONDS:  # in the future: written before a reboot
        return False, f"the sidecar's last look was {age:.0f} s ago: is it running?"
    return ready is True, reason
