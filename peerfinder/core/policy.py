"""Which node is wanted as the writer, once the role has to move? What was configured, and what people have set instead.

The order (`worth`): writable (what its own sidecar has made read-only, it takes back), Synced, preferred, ready for
STEADY_SECONDS (so that the role does not go to and fro with a node that flaps), the shortest receive queue in coarse
steps, the lowest ordinal. A node that *must not* be the writer is no candidate while another one can be; where none
can, it is better than none. A preference moves no role that is well where it is, with one exception: a writer that must
not be one is succeeded as soon as another node can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from peerfinder.core.names import ordinal_of
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Preference
from peerfinder.core.steering import Steering
from peerfinder.core.wsrep import WsrepState

STEADY_SECONDS = 30.0
"""Ready for so long, a node flaps no more: several times what a restart of its server, or an IST, takes."""

QUEUE_STEP = 16
"""Write sets; some for each applier thread come and go within one look. Beyond, each doubling is one step worse."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What was configured or set, the same on every node."""

    mode: Mode = Mode.SINGLE
    donor_ready: bool = False
    preferences: Mapping[str, Preference] = field(default_factory=dict)

    def of(self, name: str) -> Preference:
        """The preference of a node."""
        return self.preferences.get(name, Preference.NEUTRAL)


def steered(policy: Policy, steering: Steering) -> Policy:
    """Give the policy with what people have set in place of what was configured."""
    return replace(
        policy, mode=steering.mode or policy.mode, preferences={**policy.preferences, **steering.preferences}
    )


def wishes(policy: Policy) -> dict[str, Preference]:
    """Give the preferences that mean something."""
    return {name: wish for name, wish in policy.preferences.items() if wish is not Preference.NEUTRAL}


def worth(report: NodeReport, policy: Policy) -> tuple[bool, bool, bool, bool, bool, int, int, str]:
    """Give what a ready node counts as the next writer; the smallest is the best."""
    server, name = report.server, report.facts.name
    wish = policy.of(name)
    return (
        server.is_read_only_by_hand,
        server.state is not WsrepState.SYNCED,
        wish is Preference.MUST_NOT,
        wish is not Preference.PREFER,
        server.ready_seconds < STEADY_SECONDS,
        queue_step(server.recv_queue),
        ordinal_of(name),
        name,
    )


def may_write(report: NodeReport, policy: Policy) -> bool:
    """Whether a ready node is one that writes are wanted on."""
    return not report.server.is_read_only_by_hand and policy.of(report.facts.name) is not Preference.MUST_NOT


def queue_step(length: int) -> int:
    """Coarsen the length of a receive queue: 0 below QUEUE_STEP, and one more with each doubling."""
    return (max(0, length) // QUEUE_STEP).bit_length()
