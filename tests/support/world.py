"""A world around the real decision core: real records, facts, rules and votes; everything else is simulated.

What is simulated: Galera (components, certification order, majority, transfers), disks, time, partitions of agents
and of Galera apart, API outages, hanging entrypoints, kills, stops, lost volumes, scaling, and operators.
"""

from __future__ import annotations

from dataclasses import replace

from peerfinder.core.lineage import Lineage, is_part_of
from peerfinder.core.memory import Discard, Override
from peerfinder.core.report import NodeReport
from tests.support.world_faults import Faults
from tests.support.world_galera import Component
from tests.support.world_nodes import Core
from tests.support.world_oracle import Violated

__all__ = ["Core", "Violated", "World"]


class World(Faults):
    """The whole: operators, and a phase in which everything heals."""

    acceptable: frozenset[str] = frozenset()  # what the operator's last override may lose

    def override(self, name: str, *, named: bool = False) -> None:
        """An operator who sees what `name` sees excludes the nodes that are down, which is true at that moment."""
        node = self.nodes[name]
        if self.components or not node.up or not node.api:
            return
        facts = self.facts(name)
        gone = tuple(sorted(self.nodes.keys() - facts.answering))
        held = {one: report for one, report in facts.reports.items() if report.facts.holds_data}
        if not held or not gone or any(self.nodes[one].up for one in gone):
            return
        tips = [
            record.lineage for report in facts.reports.values() if (record := report.facts.record) and record.lineage
        ]
        tip: Lineage = max(tips, key=lambda one: one[-1].ballot, default=())
        fits = {one: report for one, report in held.items() if self._fits(report, tip)} or held
        chosen = max(fits, key=lambda one: (self._seqno(fits[one]), -int(one[3:])))
        promises = [record.promise for report in facts.reports.values() if (record := report.facts.record)]
        where = fits[chosen].facts.position
        if where is None:
            return
        self.swap(
            replace(
                self.memory,
                override=Override(
                    gone,
                    chosen,
                    where,
                    named,
                    tip[-1].ballot if tip else None,
                    max((one for one in promises if one), default=None),
                    self.memory.ballot,
                ),
            )
        )
        lost: set[str] = set()
        for one in gone:
            lost |= set(self.servers[one].volume.data)
        present: set[str] = set()
        for one in facts.reports:
            present |= set(self.servers[one].volume.data)
        self.acceptable = frozenset(lost | (self.acknowledged - present))
        self.faults.add("override")
        self.log(f"an operator at {name} recovers {chosen} without {', '.join(gone)}")

    @staticmethod
    def _seqno(report: NodeReport) -> int:
        return report.facts.position.seqno if report.facts.position else -1

    @staticmethod
    def _fits(report: NodeReport, tip: Lineage) -> bool:
        where, record = report.facts.position, report.facts.record
        return where is not None and is_part_of(record.lineage if record else (), where.uuid, where.seqno, tip)

    def on_announce(self, name: str) -> None:
        seen = set(self.servers[name].volume.data)
        for other in self.nodes:
            if self.sees(name, other) and self.nodes[other].up:
                seen |= set(self.servers[other].volume.data)
        self.given_up[name] = (self.acknowledged & self.acceptable) - seen

    def accept_loss(self, name: str) -> None:
        self.accepted |= self.given_up[name]

    def discard(self, name: str) -> None:
        """An operator follows the remedy of a node that refuses beside a Primary: its data may go."""
        node, volume = self.nodes[name], self.servers[name].volume
        refuses = node.up and not node.hung and self.servers[name].state == "off" and self.is_refused(name)
        if not refuses or len(self.components) != 1:
            return
        where = self.report(name).facts.position
        if where is None:
            return
        self.swap(replace(self.memory, discards=(*self.memory.discards, Discard(name, where))))
        self.accepted |= (self.acknowledged & set(volume.data)) - set(self.components[0].log)
        self.faults.add("discard")
        self.log(f"an operator gives up the data of {name} at {where}")

    def on_regroup(self, component: Component) -> None:
        self.check_one_primary()
        self.check_nothing_lost(component, "Galera")

    def fair(self, rounds: int = 90, members: frozenset[str] | None = None, *, operator: bool = False) -> bool:
        """Everything heals, all nodes (or `members`) are up, nothing fails: tell whether all end up Synced."""
        self.heal()
        self.swap(replace(self.memory, override=None))
        wanted = members if members is not None else frozenset(f"db-{ordinal}" for ordinal in range(self.replicas))
        for name in self.nodes:
            self.nodes[name].api = True
            self.unhang(name)
            if name in wanted:
                self.boot(name)
        for turn in range(rounds):
            self.clock += 1.0
            self.regroup()
            for name in self.nodes:
                self.turn(name)
                if turn % 9 == 8 and not self.components:
                    self.give_up_join(name)
                if turn % 20 == 19:
                    self.cancel(name)
                if operator and turn % 10 == 9:
                    self.discard(name)
            if self.components and all(self.is_member(name) for name in wanted):
                return True
        return False

    def turn(self, name: str) -> None:
        """One round of everything that a node does when nothing fails."""
        for act in (self.arrive, self.sync, self.step, self.watch):
            act(name)
            self.check_one_primary()

    def is_member(self, name: str) -> bool:
        component = self.servers[name].component
        return component is not None and name in component.synced
