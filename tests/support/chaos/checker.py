"""The oracle: a history and the final state of every node in, violations out. Pure.

The set tells what was lost without any doubt: values are inserted once and never touched. Lists and the bank read
before they write, so with several writers Galera itself may lose an update there (P4); a violation of theirs in such a
run has to be told apart from a lost write, which is why each names its workload.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tests.support.chaos.findings import ACCOUNTS, OPENING, Final, Findings, GivenUp, Kind, Violation
from tests.support.chaos.history import Operation, Outcome, Workload, lists_seen, pairs

SHOWN = 5  # of many, in a message


def check(history: Sequence[Operation], finals: Sequence[Final], given_up: Sequence[GivenUp] = ()) -> Findings:
    """Hold every node's final state against what the clients were told."""
    violations: list[Violation] = []
    excused: set[tuple[str, int]] = set()
    unequal = _equal(finals)
    for final in finals if unequal else finals[:1]:  # of equal nodes one speaks for all
        oracle = _Oracle(history, final, given_up)
        oracle.check()
        violations += oracle.violations
        excused |= oracle.excused
    violations += unequal
    outcomes = Counter(one.outcome for one in history)
    return Findings(
        tuple(dict.fromkeys(violations)), outcomes[Outcome.OK], outcomes[Outcome.UNKNOWN], outcomes[Outcome.FAIL],
        len(excused),
    )  # fmt: skip


def _equal(finals: Sequence[Final]) -> list[Violation]:
    found = []
    if len({final.checksums for final in finals}) > 1:
        found.append(Violation(Kind.UNEQUAL, "; ".join(f"{final.node} {dict(final.checksums)}" for final in finals)))
    states = {(final.values, str(final.lists), str(final.balances), final.transfers, final.counter) for final in finals}
    if len(states) > 1:
        found.append(Violation(Kind.UNEQUAL, f"the rows of {', '.join(final.node for final in finals)}"))
    if len({final.uuid for final in finals}) > 1:
        found.append(Violation(Kind.UUID, "; ".join(f"{final.node} is in {final.uuid}" for final in finals)))
    return found


class _Oracle:
    """One node's state against the history."""

    def __init__(self, history: Sequence[Operation], final: Final, given_up: Sequence[GivenUp]) -> None:
        self.final = final
        self.violations: list[Violation] = []
        self.excused: set[tuple[str, int]] = set()
        self._given_up = given_up
        self._by = {kind: [one for one in history if one.workload is kind] for kind in Workload}

    def check(self) -> None:
        """All workloads."""
        self._set()
        self._append()
        self._bank()
        self._counter()

    def _say(self, kind: Kind, workload: Workload, items: Iterable[object]) -> None:
        listed = [str(item) for item in items]
        if listed:
            more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
            what = f"{len(listed)} of {workload} on {self.final.node}: {'; '.join(listed[:SHOWN])}{more}"
            self.violations.append(Violation(kind, what))

    def _present(self, workload: Workload, values: Sequence[int], value: Callable[[Operation], int]) -> None:
        """Acknowledged values are there, once; no refused one, no invented one."""
        present, written = Counter(values), {value(one): one for one in self._by[workload]}
        self._lost(workload, [one for key, one in written.items() if key not in present])
        self._say(Kind.DUPLICATE, workload, (key for key, count in present.items() if count > 1))
        self._say(Kind.INVENTED, workload, present.keys() - written.keys())
        refused = (one for key, one in written.items() if one.outcome is Outcome.FAIL and key in present)
        self._say(Kind.REFUSED, workload, refused)

    def _lost(self, workload: Workload, absent: Iterable[Operation]) -> None:
        lost = [one for one in absent if one.outcome is Outcome.OK]
        self.excused |= {(one.client, one.number) for one in lost if self._is_given_up(one)}
        self._say(Kind.LOST, workload, [one for one in lost if not self._is_given_up(one)])

    def _is_given_up(self, one: Operation) -> bool:
        return any(
            given.node == one.node and one.ended is not None and given.since <= one.ended <= given.until
            for given in self._given_up
        )

    def _set(self) -> None:
        self._present(Workload.SET, self.final.values, lambda one: one.args[0])

    def _append(self) -> None:
        appends = self._by[Workload.APPEND]
        present = {(key, value) for key, values in self.final.lists.items() for value in values}
        there = {one: sum(pair in present for pair in pairs(one)) for one in appends}
        self._lost(Workload.APPEND, [one for one in appends if there[one] < len(pairs(one))])
        unsure = [one for one in appends if one.outcome is not Outcome.OK]
        self._say(Kind.TORN, Workload.APPEND, (one for one in unsure if 0 < there[one] < len(pairs(one))))
        self._say(Kind.REFUSED, Workload.APPEND, (one for one in unsure if there[one] and one.outcome is Outcome.FAIL))
        written = {pair for one in appends for pair in pairs(one)}
        self._say(Kind.INVENTED, Workload.APPEND, sorted(present - written))
        doubles = {key: [v for v, count in Counter(vs).items() if count > 1] for key, vs in self.final.lists.items()}
        self._say(Kind.DUPLICATE, Workload.APPEND, ((key, found) for key, found in doubles.items() if found))
        reads = (one for one in appends if one.outcome is Outcome.OK and not self._is_given_up(one))
        self._say(Kind.ORDER, Workload.APPEND, (one for one in reads if not self._saw_prefixes(one)))

    def _saw_prefixes(self, one: Operation) -> bool:
        return all(self.final.lists.get(key, ())[: len(seen)] == seen for key, seen in lists_seen(one).items())

    def _bank(self) -> None:
        self._present(Workload.BANK, [transfer[0] for transfer in self.final.transfers], lambda one: one.args[0])
        asked = {one.args[0]: one.args for one in self._by[Workload.BANK]}
        changed = [one for one in self.final.transfers if one[0] in asked and asked[one[0]] != one]
        self._say(Kind.INVENTED, Workload.BANK, changed)
        owed = dict.fromkeys(range(ACCOUNTS), OPENING)
        for _number, source, target, amount in self.final.transfers:
            owed[source] -= amount
            owed[target] += amount
        total = sum(self.final.balances.values())
        if total != ACCOUNTS * OPENING:
            self._say(Kind.SUM, Workload.BANK, [f"{total} instead of {ACCOUNTS * OPENING} in the end"])
        wrong = [f"account {id_} has {self.final.balances.get(id_)}, its transfers give {owed[id_]}" for id_ in owed
                 if self.final.balances.get(id_) != owed[id_]]  # fmt: skip
        self._say(Kind.TORN, Workload.BANK, wrong)
        reads = (one for one in self._by[Workload.BALANCES] if one.outcome is Outcome.OK)
        self._say(Kind.SUM, Workload.BALANCES, (one for one in reads if sum(one.seen) != ACCOUNTS * OPENING))

    def _counter(self) -> None:
        count = Counter(one.outcome for one in self._by[Workload.COUNTER])
        excusable = sum(self._is_given_up(one) for one in self._by[Workload.COUNTER] if one.outcome is Outcome.OK)
        least, most = count[Outcome.OK] - excusable, count[Outcome.OK] + count[Outcome.UNKNOWN]
        if not least <= self.final.counter <= most:
            words = f"{self.final.counter}, acknowledged {count[Outcome.OK]}, unknown {count[Outcome.UNKNOWN]}"
            self._say(Kind.COUNT, Workload.COUNTER, [words])
