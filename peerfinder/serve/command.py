"""`peerfinder serve`: read the options, open the sockets, look for ever, end cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import click

from peerfinder.adapters import clock, kube, run_directory
from peerfinder.adapters.memory_configmap import MemoryConfigMap
from peerfinder.adapters.memory_file import MemoryFile
from peerfinder.adapters.peer_http import Agents
from peerfinder.adapters.pod_events import PodEvents
from peerfinder.adapters.pod_labels import PodLabels
from peerfinder.core.names import split_name
from peerfinder.core.naming import is_ours
from peerfinder.core.role import Mode, Preference
from peerfinder.core.takeover import MOST_DRAIN_SECONDS
from peerfinder.serve import agent_socket, api, logs
from peerfinder.serve.look import Watch
from peerfinder.serve.outside import Outside
from peerfinder.serve.settings import Settings
from peerfinder.serve.token import NoToken, Token
from peerfinder.serve.viewer import Access

THREADS = 16
"""For what blocks: DNS, two SQL connections, the memory, names of new connections; each has one call on its way, and
DNS one for each --peer. A thread is made when there is work for it."""

log = logging.getLogger("peerfinder")
_PATH = click.Path(path_type=Path)
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        split_name(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return value


def _memory(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, str]:
    kind, _, place = value.partition(":")
    if kind not in {"file", "configmap"} or not place:
        raise click.BadParameter(f"{value!r} is neither file:PATH nor configmap:NAME")
    return kind, place


def _peers(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    peers = {}
    for one in given:
        name, _, host = one.partition("=")
        if not host or name in peers:
            raise click.BadParameter(f"{one!r} is not NAME=HOST, each NAME once")
        peers[_name(_context, _parameter, name)] = host
    return tuple(peers.items())


def _preferences(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[tuple[str, Preference], ...]:
    wishes = {}
    for one in given:
        name, _, word = one.partition("=")
        if word not in list(Preference) or name in wishes:
            raise click.BadParameter(f"{one!r} is not NODE={'|'.join(Preference)}, each NODE once")
        wishes[_name(_context, _parameter, name)] = Preference(word)
    return tuple(wishes.items())


@click.command(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "PEERFINDER",
        "show_default": True,
    }
)
@click.option(
    "--name", required=True, callback=_name, envvar=["PEERFINDER_NAME", "POD_NAME"], help="This node, NAME-ORDINAL."
)
@click.option("--run-dir", required=True, type=_DIRECTORY, help="Directory shared with the entrypoint.")
@click.option("--volume", required=True, type=_PATH, help="Data volume; the datadir is `data` below it.")
@click.option("--service", default="", help="Governing (headless) Service of the nodes; or --peer.")
@click.option(
    "--peer",
    multiple=True,
    callback=_peers,
    metavar="NAME=HOST",
    help="A node and its address or host name, in place of --service (repeatable).",
)
@click.option(
    "--namespace", default="default", envvar=["PEERFINDER_NAMESPACE", "POD_NAMESPACE"], help="Namespace of the Service."
)
@click.option("--domain", default="cluster.local", help="Cluster domain.")
@click.option("--nameserver", metavar="ADDRESS:PORT", help="Ask this name server instead of those in resolv.conf.")
@click.option("--resolv-conf", metavar="FILE", help="Another file than /etc/resolv.conf.")
@click.option("--address", required=True, envvar=["PEERFINDER_ADDRESS", "POD_IP"], help="Address to listen on.")
@click.option("--port", default=8008, type=click.IntRange(1, 65535), help="Port of every node's agent.")
@click.option("--token-file", required=True, type=_PATH, help="File with the token that agents share.")
@click.option("--replicas-file", required=True, type=_PATH, help="File with the number of nodes.")
@click.option("--statefulset", default="", metavar="NAME", help="Ask the API how many nodes this one is to have, too.")
@click.option(
    "--memory", required=True, callback=_memory, metavar="file:PATH|configmap:NAME", help="Where the cluster memory is."
)
@click.option("--api", default="", metavar="URL", help="The API of Kubernetes, instead of the one of this pod.")
@click.option("--api-dir", default=kube.ACCOUNT, type=_PATH, help="Directory with its token and ca.crt.")
@click.option("--monitor-user", default="monitor", help="Account that reads the server's status.")
@click.option("--monitor-password-file", type=_PATH, help="File with its password.")
@click.option("--donor-ready", is_flag=True, help="A donor is ready even while others are Synced.")
@click.option(
    "--writer-mode",
    default="single",
    type=click.Choice([one.value for one in Mode]),
    callback=lambda _context, _parameter, value: Mode(value),
    help="One node takes writes, or every ready one; galeractl mode changes it while the cluster runs.",
)
@click.option(
    "--writer-preference",
    multiple=True,
    callback=_preferences,
    metavar="NODE=prefer|neutral|must-not",
    help="Which node is to be the writer when the role has to move (repeatable).",
)
@click.option(
    "--enforce-read-only", is_flag=True, help="Set read_only on every node but the writer; in mode multi on none."
)
@click.option(
    "--stuck-seconds",
    default=30.0,
    type=click.FloatRange(min=0),
    help="How long appliers may stand still, while others go on, before the node leaves flow control; 0: for ever.",
)
@click.option(
    "--drain-seconds",
    default=5.0,
    type=click.FloatRange(min=0, max=MOST_DRAIN_SECONDS),
    help="For open transactions, when another node has taken the writer role over.",
)
@click.option(
    "--page",
    default="token",
    type=click.Choice([one.value for one in Access]),
    callback=lambda _context, _parameter, value: Access(value),
    help="Who may look at the status page: everybody, who has a token, nobody.",
)
@click.option(
    "--viewer-token-file", type=_PATH, help="File with a token that opens the status page alone, if it is there."
)
@click.option("--log-format", default="text", type=click.Choice(["text", "json"]), help="Form of log lines.")
def command(token_file: Path, log_format: str, **options: Any) -> None:
    """Watch this node and its peers; answer probes, metrics and the API.

    Every option can be given as the environment variable PEERFINDER_OPTION (PEERFINDER_RUN_DIR for --run-dir); name,
    namespace and address also as POD_NAME, POD_NAMESPACE and POD_IP.

    \b
    GET /startupz /livez /readyz                open
    GET /primary /secondary /metrics            open
    GET /v1/node /v1/cluster /v1/history        with the token: Authorization: Bearer TOKEN
    POST /v1/vote /v1/takeover /v1/role         the same
    POST /v1/copy                               the same
    GET POST /v1/settings                       the same
    GET / /page, POST /login                    the status page, as --page says

    Exit codes: 0 ended by SIGTERM or SIGINT, 1 failed, 2 usage (a missing or empty token file is usage).
    """  # noqa: D301 - click takes a real backspace as the mark of lines that stay as they are
    _check_names(**options)
    settings = Settings(token_file=token_file, **options)
    objects = _objects(settings) if settings.needs_api else None
    logs.set_up(log_format)
    os.umask(0o077)
    try:
        token = Token(token_file)
    except NoToken as error:
        raise click.UsageError(f"{error}; agents without a token would answer anybody, so it does not start") from None
    try:
        asyncio.run(_serve(settings, token, objects))
    except OSError as error:
        log.error(
            f"cannot listen on {settings.address}:{settings.port} or in {settings.run_dir} "  # noqa: G004 - said once
            f"({error.strerror or error}): is another agent running?"
        )
        sys.exit(1)


def _check_names(
    *, name: str, service: str, peer: tuple[tuple[str, str], ...],
    writer_preference: tuple[tuple[str, Preference], ...], **_others: Any,
) -> None:  # fmt: skip
    if bool(service) == bool(peer):
        raise click.UsageError("exactly one of --service and --peer is needed: who are the nodes?")
    for option, names in (("peer", peer), ("writer-preference", writer_preference)):
        strangers = [one for one, _word in names if not is_ours(one, name)]
        if strangers:
            raise click.UsageError(f"--{option} names {strangers[0]}, which is no node of the set of {name}")


def _objects(settings: Settings) -> kube.Api:
    url = settings.api or kube.address_of_pod(os.environ)
    if not url:
        raise click.UsageError(
            "--statefulset and a memory in a ConfigMap need the API of Kubernetes: KUBERNETES_SERVICE_HOST is not set, "
            "and --api is not given"
        )
    try:
        return kube.Api(url, settings.api_dir, settings.namespace)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _outside(settings: Settings, objects: kube.Api | None) -> Outside:
    kind, place = settings.memory
    if objects is None:
        return Outside(MemoryFile(Path(place)))
    return Outside(
        MemoryConfigMap(objects, place) if kind == "configmap" else MemoryFile(Path(place)),
        partial(objects.replicas, settings.statefulset) if settings.statefulset else None,
        PodEvents(objects, settings.name, settings.namespace).write,
        PodLabels(objects, settings.name),
    )


async def _serve(settings: Settings, token: Token, objects: kube.Api | None) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "blocking"))
    agents = Agents(settings.port)
    watch = Watch(settings, token, agents, _outside(settings, objects), clock.read_boot_id())
    http = api.listen(watch, token)
    socket = settings.run_dir / run_directory.AGENT_SOCKET
    unix = await agent_socket.listen(watch, socket)
    log.info("serving", extra={"facts": {"node": settings.name, "address": f"{settings.address}:{settings.port}"}})
    looking = asyncio.create_task(watch.run())
    await ended.wait()
    looking.cancel()
    watch.copier.kill()
    http.stop()
    unix.close()
    agents.close()
    socket.unlink(missing_ok=True)
    log.info("ended by a signal")
    logging.shutdown()
    os._exit(0)  # a thread may wait half a minute for a causal read, and an orderly exit would wait for it
