"""`entrypoint alive`: does the node's first process do its work? For the liveness probe of the database container.

It asks only for the heart-beat in node.json, never for the server, a quorum, a state transfer or the sidecar: a
container that is restarted for any of those comes back into the same trouble, and has lost its place in it.
"""

from __future__ import annotations

import json
from pathlib import Path

from entrypoint.adapters.machine import boot_id, boot_seconds

STOPPED_SECONDS = 60.0
"""A hundred and twenty beats. The process writes to its volume between beats; a disk may keep it for a while."""


def check(run_directory: Path) -> tuple[bool, str]:
    """Whether the process works, and the sentence that says why."""
    path = run_directory / "node.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        written, boot, phase = float(facts["written_at"]), str(facts["boot_id"]), str(facts["phase"])
    except FileNotFoundError:
        return True, "the entrypoint has not reported yet"
    except OSError as error:
        return False, f"{path} cannot be read ({error.strerror}): does this run as the entrypoint's user?"
    except (ValueError, KeyError, TypeError):
        return False, f"{path} is malformed: was it written by the entrypoint of this version?"
    if boot != boot_id():
        return True, "the entrypoint has not reported since this machine booted"
    age = boot_seconds() - written
    if age > STOPPED_SECONDS:
        return False, f"the entrypoint's heart stopped {age:.0f} s ago"
    return True, f"the entrypoint is {phase}"
