"""The orders to a local cluster: start, stop, kill, pause, resume, wipe.

Each looks which programs run, acts, and records what it started. Commands that start something hold the directory's
lock while they do; waiting is done without it, so that a cluster that does not come up can still be stopped or killed.
A kill freezes all programs of a node before it kills the first: in a power cut nobody sees the others die.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterable

from galeractl.adapters import local_dir, processes
from galeractl.adapters.local_dir import Place
from galeractl.core.programs import Kind, Process, Programs, are_running, steps_to_start
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Code, Trouble
from galeractl.local import creation, isolation, launch, naming
from galeractl.operator.looking import programs_of

END_SECONDS = 20.0  # for a process that got SIGKILL to be gone; longer only where the disk hangs
FREEZE_ROUNDS = 20  # each finds what was forked before the last one took hold
SERVER = "mariadbd"
SERVER_COMMANDS = (SERVER, "mysqld")


def known(settings: ClusterSettings, names: tuple[str, ...]) -> tuple[str, ...]:
    """Check names of nodes; no name means all."""
    strange = [name for name in names if name not in settings.names]
    if strange:
        raise Trouble(
            f"there is no node {', '.join(strange)}", f"the nodes are {', '.join(settings.names)}", Code.USAGE
        )
    return tuple(dict.fromkeys(names)) or settings.names


def look_at_programs(place: Place, names: Iterable[str]) -> dict[str, Programs]:
    """Look which programs of each node run."""
    return {name: programs_of(place.node(name)) for name in names}


def start(place: Place, settings: ClusterSettings, names: tuple[str, ...]) -> ClusterSettings:
    """Start what does not run of the named nodes; returns without waiting for the cluster."""
    programs = look_at_programs(place, settings.names)
    paused = [name for name in names if programs[name] is Programs.PAUSED]
    if paused:
        raise Trouble(f"{', '.join(paused)} is paused", f"galeractl local resume {paused[0]}")
    alive = are_running(settings.names, programs)
    settings = naming.ensure_names(place, settings, may_move=not alive)
    naming.publish(place, settings, frozenset({*naming.published(place), *alive, *names}))
    for name in names:
        creation.prepare_node(place, settings, name)
        isolation.prepare(settings, name)
        if programs[name] in (Programs.LEFTOVERS, Programs.AGENT_ONLY):
            _cut_orphans(place, name)
    for step in steps_to_start(names, programs):
        node = place.node(step.node)
        command = launch.command(place, settings, settings.address(step.node), step.program)
        argv = isolation.inside(settings, step.node, command)
        process = processes.spawn(argv, launch.environment(place, node.root), node.log(step.program))
        local_dir.write_pids(node.pids, local_dir.read_pids(node.pids) | {step.program: process})
    return settings


def stop(place: Place, settings: ClusterSettings, names: tuple[str, ...], seconds: float) -> tuple[str, ...]:
    """Stop nodes gracefully, all at once: first the server through its entrypoint, then the agent.

    Returns those that still run when the time is up; they go on stopping.
    """
    mains = {name: local_dir.read_pids(place.node(name).pids) for name in names}
    for name in names:
        entrypoint = mains[name].get(Kind.ENTRYPOINT)
        if entrypoint:
            processes.send(entrypoint, signal.SIGTERM)
        _signal_all(place, name, signal.SIGCONT)  # a paused node could not stop
    late = processes.wait_gone([one[Kind.ENTRYPOINT] for one in mains.values() if Kind.ENTRYPOINT in one], seconds)
    stopped = tuple(name for name in names if mains[name].get(Kind.ENTRYPOINT) not in late)
    agents = [mains[name][Kind.AGENT] for name in stopped if Kind.AGENT in mains[name]]
    for agent in agents:
        processes.send(agent, signal.SIGTERM)
    processes.wait_gone(agents, END_SECONDS)
    with local_dir.exclusive(place):
        for name in stopped:
            cut_off(place, (name,))  # an agent that hangs, a state transfer that nobody waits for
        naming.publish(place, settings, frozenset(naming.published(place)) - frozenset(stopped))
        if not are_running(settings.names, look_at_programs(place, settings.names)):
            naming.stop_names(place)
            isolation.release(place, settings)
    return tuple(name for name in names if name not in stopped)


def kill_nodes(place: Place, names: tuple[str, ...], number: signal.Signals) -> dict[str, int]:
    """Signal every program of the nodes; with SIGKILL a power cut of all at once. Returns how many were hit of each."""
    if number is signal.SIGKILL:
        return cut_off(place, names)
    return {name: _signal_all(place, name, number) for name in names}


def cut_off(place: Place, names: tuple[str, ...]) -> dict[str, int]:
    """A power cut: all programs of all named nodes are frozen, then killed."""
    frozen = {name: _freeze(place, name) for name in names}
    everything = [process for processes_ in frozen.values() for process in processes_]
    for process in everything:
        processes.send(process, signal.SIGKILL)
    left = processes.wait_gone(everything, END_SECONDS)
    if left:
        raise Trouble(f"process {left[0].pid} does not end after SIGKILL", "look at the disk below it")
    return {name: len(processes_) for name, processes_ in frozen.items()}


def kill_server(place: Place, name: str, number: signal.Signals) -> int:
    """Signal only the server of a node."""
    hit = 0
    for process, seen in _family(place, name).items():
        if seen.command in SERVER_COMMANDS and processes.send(process, number):
            hit += 1
    return hit


def pause(place: Place, name: str) -> int:
    """Stop the clock of every program of a node (SIGSTOP)."""
    return len(_freeze(place, name))


def resume(place: Place, name: str) -> int:
    """Let a paused node go on (SIGCONT)."""
    return _signal_all(place, name, signal.SIGCONT)


def wipe(place: Place, names: tuple[str, ...]) -> None:
    """Remove the volumes of stopped nodes."""
    alive = are_running(names, look_at_programs(place, names))
    if alive:
        raise Trouble(
            f"{', '.join(alive)} runs; only the volume of a stopped node can be wiped",
            f"galeractl local stop {' '.join(alive)}",
            Code.REFUSED,
        )
    for name in names:
        node = place.node(name)
        for folder in (node.volume, node.run):
            if folder.exists():
                shutil.rmtree(folder)


def processes_of(place: Place, name: str) -> dict[str, Process]:
    """The processes of a node that run, by what they are: its two programs, and the server."""
    family = _family(place, name)
    found = {kind: one for kind, one in local_dir.read_pids(place.node(name).pids).items() if one in family}
    servers = [one for one, seen in family.items() if seen.command in SERVER_COMMANDS]
    return found | ({SERVER: servers[0]} if servers else {})


def _family(place: Place, name: str) -> dict[Process, processes.Running]:
    node = place.node(name)
    return processes.family(local_dir.read_pids(node.pids).values(), str(node.root))


def _cut_orphans(place: Place, name: str) -> None:
    """End what an entrypoint left behind when it died, as a container ends with its first process; not the agent."""
    recorded = local_dir.read_pids(place.node(name).pids)
    agents = processes.family([one for kind, one in recorded.items() if kind == Kind.AGENT], None)
    orphans = [one for one in _family(place, name) if one not in agents]
    for orphan in orphans:
        processes.send(orphan, signal.SIGKILL)
    processes.wait_gone(orphans, END_SECONDS)


def _signal_all(place: Place, name: str, number: signal.Signals) -> int:
    return sum(processes.send(process, number) for process in _family(place, name))


def _freeze(place: Place, name: str) -> tuple[Process, ...]:
    """Stop all processes of a node, until no new one is found that the last moment forked."""
    frozen: dict[Process, None] = {}
    for _round in range(FREEZE_ROUNDS):
        fresh = [process for process in _family(place, name) if process not in frozen]
        if not fresh:
            break
        for process in fresh:
            processes.send(process, signal.SIGSTOP)
            frozen[process] = None
    return tuple(frozen)
