"""Rules 1 to 3: this node's own volume, and a Primary that answers."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.decision import Join, Refuse, Wait
from entrypoint.core.recovery import NotRecovered, parse_recovery
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Discard, Superseded
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.report import Datadir, DecisionSummary, NodeReport
from tests.support.examples.example import Example
from tests.support.reports import (
    FOREIGN,
    KNOWN,
    LINEAGE,
    OURS,
    facts,
    running,
    unreadable,
    view,
    waiting,
    without_data,
)  # fmt: skip

VOLUME = "/var/lib/galera"
OWNED = f"another process owns {VOLUME} (it holds {VOLUME}/lock); stop it first"
NOT_WHOLE = f"{VOLUME}/data has files but no mysql/: it is not a whole MariaDB datadir, left as it is"
SPOILT = parse_recovery("[ERROR] InnoDB: Missing FILE_CHECKPOINT at 46590 between the checkpoint 46590 and the end", 1)
assert isinstance(SPOILT, NotRecovered)

ALL = view("db-0", "db-1", "db-2")
FORK_A = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 3))
FORK_B = (*LINEAGE, Epoch(Ballot(3, "db-1"), OURS, 4))
REPAIR = "repair what the message names; this node looks again by itself"
JOINS = DecisionSummary("join", 2, "")


def about_to_join(report: NodeReport) -> NodeReport:
    return replace(report, facts=replace(report.facts, decision=JOINS))


EXAMPLES = (
    Example(
        1, "a volume that another process owns is left alone",
        facts("db-0", unreadable("db-0", OWNED)),
        Refuse, "another process owns /var/lib/galera (it holds /var/lib/galera/lock); stop it first",
        REPAIR,
    ),
    Example(
        1, "files that are no whole datadir are left as they are",
        facts("db-0", unreadable("db-0", NOT_WHOLE)),
        Refuse, "/var/lib/galera/data has files but no mysql/: it is not a whole MariaDB datadir, left as it is",
        REPAIR,
    ),
    Example(
        1, "data that the storage engine cannot read may be given up where a Primary is there to fill the volume",
        facts("db-1", unreadable("db-1", SPOILT.reason), running("db-0", ALL)),
        Refuse,
        "mariadbd --wsrep-recover ended with 1: "
        "InnoDB: Missing FILE_CHECKPOINT at 46590 between the checkpoint 46590 and the end",
        f"{REPAIR}. Or give it an empty volume: the Primary fills it",
    ),
    Example(
        2, "data of the Primary's history join",
        facts("db-1", waiting("db-1", 5, ALL), running("db-0", ALL)),
        Join, "a Primary of this node's history answers (db-0)",
    ),
    Example(
        2, "an empty volume joins",
        facts("db-1", without_data("db-1"), running("db-0", ALL)),
        Join, "a Primary answers (db-0); this node holds no data",
    ),
    Example(
        2, "so does one whose state transfer did not finish",
        facts("db-1", without_data("db-1", Datadir.INCOMPLETE), running("db-0", ALL), running("db-2", ALL)),
        Join, "a Primary answers (db-0, db-2); this node holds no data",
    ),
    Example(
        2, "an empty volume does not join a Primary that the memory does not know",
        facts("db-1", without_data("db-1"), running("db-0", uuid=FOREIGN, lineage=()), memory=KNOWN),
        Refuse, f"the Primary of db-0 has history {FOREIGN}, the memory knows {OURS}",
        "galeractl status",
    ),
    Example(
        2, "a node waits while another one's server is on its way in",
        facts("db-2", waiting("db-2", 5, ALL), running("db-0", ALL), running("db-1", primary=False)),
        Wait, "a Primary of this node's history answers (db-0); db-1 is joining first",
    ),
    Example(
        2, "of several that are about to join the lowest ordinal goes first",
        facts("db-2", without_data("db-2"), running("db-0", ALL), about_to_join(waiting("db-1", 5, ALL))),
        Wait, "a Primary answers (db-0); this node holds no data; db-1 is joining first",
    ),
    Example(
        2, "data that reach beyond a fork are refused",
        facts("db-1", waiting("db-1", 9, lineage=FORK_B), running("db-0", lineage=FORK_A)),
        Refuse,
        f"diverged: this node's data reach {OURS}:9, beyond the point where the Primary of db-0 went another way",
        "galeractl recover --discard db-1",
    ),
    Example(
        2, "two Primaries are joined by nobody",
        facts("db-2", waiting("db-2", 5), running("db-0", lineage=FORK_A), running("db-1", lineage=FORK_B)),
        Wait,
        "two Primary components answer (db-0 in epoch 2/db-0, db-1 in epoch 3/db-1): a split brain, joining neither",
        "galeractl status",
    ),
    Example(
        2, "data that a restore superseded are given up",
        facts("db-1", waiting("db-1", 5), running("db-0", uuid=FOREIGN),
              memory=replace(KNOWN, superseded=(Superseded(OURS, 5),))),
        Join, f"the data at {OURS}:5 were given up; taking those of the Primary",
    ),
    Example(
        2, "data that a person discarded are given up",
        facts("db-1", waiting("db-1", 7), running("db-0", uuid=FOREIGN),
              memory=replace(KNOWN, discards=(Discard("db-1", Position(OURS, 7)),))),
        Join, f"the data at {OURS}:7 were given up; taking those of the Primary",
    ),
    Example(
        3, "data of another history are not wiped",
        facts("db-1", waiting("db-1", 5), running("db-0", uuid=FOREIGN)),
        Refuse, f"the Primary of db-0 has history {FOREIGN}, this node holds {OURS}:5: joining would wipe it",
        "galeractl recover --discard db-1",
    ),
    Example(
        3, "nor are data that never belonged to a history",
        facts("db-1", waiting("db-1", -1, uuid=ZERO_UUID, lineage=()), running("db-0", ALL)),
        Refuse, f"the Primary of db-0 has history {OURS}, this node holds {ZERO_UUID}:-1: joining would wipe it",
        "galeractl recover --discard db-1",
    ),
)  # fmt: skip
