"""What one question to DNS can tell: the peers it named, or why it named none.

"Nobody is there" is a statement about the cluster; "nobody answered" is a statement about DNS. Acting on the second
as if it were the first is how a partitioned node starts a second cluster, so the two are different types, and there
is no way to write an empty list of peers: no answer at all is always a `NoAnswer` with its cause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Cause(Enum):
    """Why a lookup named nobody."""

    NXDOMAIN = "nxdomain"  # the server knows that the name does not exist
    EMPTY = "empty"  # the name exists and has no record of this type
    REFUSED = "refused"  # the servers answered, and not with a result: SERVFAIL, REFUSED, NOTIMP
    TIMEOUT = "timeout"  # no server answered in time
    UNREADABLE = "unreadable"  # our own side: no resolv.conf, no name server in it, a name that is no DNS name
    BROKEN = "broken"  # a reply that is no DNS message, or an address that cannot be reached at all


@dataclass(frozen=True, order=True)
class Target:
    """One peer that DNS named.

    `host` is its full name, lower case, without trailing dot; `addresses` are its IP addresses as text, IPv4 before
    IPv6, empty when nobody asked for them or DNS has none.
    """

    host: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """At least one peer; sorted by host, each host once."""

    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("an answer names at least one peer; use NoAnswer")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names alone, sorted by bytes."""
        return tuple(sorted({target.host for target in self.targets}))


@dataclass(frozen=True)
class NoAnswer:
    """DNS named nobody; `reason` is the sentence for a person."""

    cause: Cause
    reason: str


Lookup = Answer | NoAnswer


def addresses_of(answers: Mapping[str, Lookup], before: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Give the address of each node that was asked for by its own name, and what is wrong with DNS ('' when nothing).

    The rules of one SRV answer, applied name by name: a name that does not exist is a node that is not there, a name
    that got no answer keeps the address it had `before`. That no name at all exists is no statement about nodes.
    """
    addresses: dict[str, str] = {}
    troubles: list[str] = []
    absent: list[str] = []
    for name, answer in answers.items():
        if isinstance(answer, NoAnswer):
            is_absent = answer.cause in {Cause.NXDOMAIN, Cause.EMPTY}
            (absent if is_absent else troubles).append(answer.reason)
            if not is_absent and name in before:
                addresses[name] = before[name]
        else:
            addresses[name] = answer.targets[0].addresses[0]
    if not addresses and not troubles:
        troubles = absent
    return addresses, "; ".join(troubles)
