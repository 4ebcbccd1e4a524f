"""The directory of a new local cluster, and of its nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.network import MAX_NODES, candidates, identity
from galeractl.core.settings import ClusterSettings, option_problem, render_options
from galeractl.core.trouble import Code, Trouble
from galeractl.local import access, isolation, launch

DEFAULT_NODES = 3
# On a laptop the application is its own administrator: it may make databases, which the account of an image may not.
RIGHTS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE TEMPORARY TABLES, LOCK TABLES, "
    "EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER, SHOW DATABASES, PROCESS"
)


def reachable(place: Place, user: str) -> Place:
    """Check that the server's user can enter the directory, before anything is made there."""
    access.check_reach(place.root, local_dir.read_settings(place).user if place.exists else access.server_user(user))
    return place


def create_or_open(
    place: Place,
    nodes: int | None,
    options: tuple[str, ...],
    user: str,
    *,
    isolated: bool = False,
    enforce_read_only: bool | None = None,
) -> ClusterSettings:
    """Give the cluster's settings, changed as asked; on the first call the cluster is created."""
    for option in options:
        if problem := option_problem(option):
            raise Trouble(problem, "--mariadb-option max_connections=200", Code.USAGE)
    if nodes is not None and not 1 <= nodes <= MAX_NODES:
        raise Trouble(f"a local cluster has 1 to {MAX_NODES} nodes, not {nodes}", "--nodes 3", Code.USAGE)
    if place.exists:
        old = local_dir.read_settings(place)
        settings = _changed(old, nodes, options, user)
        if isolated and not old.isolated:
            raise Trouble(
                "the nodes of this cluster share one network, as they have since it was created",
                "leave out --isolated, or start another cluster with --dir",
                Code.USAGE,
            )
    else:
        if isolated:
            isolation.require()
        old = None
        settings = replace(_new(place, nodes or DEFAULT_NODES, options, access.server_user(user)), isolated=isolated)
    if enforce_read_only is not None:
        settings = replace(settings, enforce_read_only=enforce_read_only)
    for folder in (place.root, place.initdb, place.root / "nodes"):
        _make(folder)
    local_dir.make_secrets(place)
    if old is None:
        local_dir.write(place.memory, "{}\n", 0o600)  # empty: a cluster that has never been; missing is unreadable
    local_dir.write(place.initdb / "10-rights.sql", f"GRANT {RIGHTS} ON *.* TO '{launch.APP_USER}'@'%';\n", 0o644)
    if settings != old:
        local_dir.write_settings(place, settings)
    return settings


def prepare_node(place: Place, settings: ClusterSettings, name: str) -> None:
    """Make a node's directories; what is there stays."""
    node = place.node(name)
    for folder in (node.root, node.volume, node.run, node.conf, node.root / "log"):
        _make(folder)
    for folder in (node.volume, node.run):
        access.give(folder, settings.user)
    local_dir.write(node.conf / "50-options.cnf", render_options(settings.options), 0o644)


def _new(place: Place, nodes: int, options: tuple[str, ...], user: str) -> ClusterSettings:
    root = str(place.root)
    return ClusterSettings(f"local-{identity(root)}", candidates(root)[0], nodes, user, options)


def _changed(old: ClusterSettings, nodes: int | None, options: tuple[str, ...], user: str) -> ClusterSettings:
    if nodes is not None and nodes < old.nodes:
        raise Trouble(
            f"the cluster has {old.nodes} nodes; taking nodes away is not possible here",
            "leave out --nodes, or start a smaller one with another --dir",
            Code.USAGE,
        )
    if user and access.server_user(user) != old.user:
        raise Trouble(f"the data belong to the user {old.user or 'who started it'}", "leave out --user", Code.USAGE)
    kept = [one for one in old.options if one.partition("=")[0] not in {new.partition("=")[0] for new in options}]
    return replace(old, nodes=nodes or old.nodes, options=(*kept, *options))


def _make(folder: Path) -> None:
    """Make a directory that others may pass through, whatever the umask; an existing one stays as it is."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)
