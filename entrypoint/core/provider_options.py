"""Galera's provider options: the ones that ship, and a check of what users add.

The server's own dry run does not look into this string; Galera does, but only when it starts, after
which a typo costs a restart and, on older servers, a full copy (MDEV-31517). So names and the bounds
that abort a start (gcomm `evs_proto.cpp`) are checked here first.
"""

from __future__ import annotations

import re

DEFAULTS = {
    "evs.keepalive_period": 1.0,
    "evs.inactive_check_period": 0.5,
    "evs.suspect_timeout": 5.0,
    "evs.inactive_timeout": 15.0,
    "evs.install_timeout": 7.5,
    "evs.join_retrans_period": 1.0,
}  # gcomm defaults.cpp

FAST = {
    "evs.keepalive_period": "PT0.1S",
    "evs.inactive_check_period": "PT0.25S",
    "evs.suspect_timeout": "PT2S",
    "evs.inactive_timeout": "PT6S",
    "evs.install_timeout": "PT3S",
    "evs.join_retrans_period": "PT0.1S",
}
"""The "2 s family" (measured: writes resume 2.0-2.5 s after a SIGKILL, against 6 s). Below 3 s of suspicion
Galera refuses to start with a keepalive of 1 s, so the six go together.

Keepalive and join_retrans are at their least (gcomm `evs_proto.cpp`): each view change waits for one of each. With 0.5
and 0.3 s a node that came back stopped all writes for 1.07 s, with these for 0.33 s."""

_NAMES = frozenset(
    [
        "allocator.disk_pages_encryption",
        "allocator.encryption_cache_page_size",
        "allocator.encryption_cache_size",
        "base_dir",
        "base_host",
        "base_port",
        "cert.log_conflicts",
        "cert.optimistic_pa",
        "debug",
        "evs.auto_evict",
        "evs.causal_keepalive_period",
        "evs.debug_log_mask",
        "evs.delay_margin",
        "evs.delayed_keep_period",
        "evs.evict",
        "evs.inactive_check_period",
        "evs.inactive_timeout",
        "evs.info_log_mask",
        "evs.install_timeout",
        "evs.join_retrans_period",
        "evs.keepalive_period",
        "evs.max_install_timeouts",
        "evs.send_window",
        "evs.stats_report_period",
        "evs.suspect_timeout",
        "evs.use_aggregate",
        "evs.user_send_window",
        "evs.version",
        "evs.view_forget_timeout",
        "gcache.dir",
        "gcache.freeze_purge_at_seqno",
        "gcache.keep_pages_count",
        "gcache.keep_pages_size",
        "gcache.mem_size",
        "gcache.name",
        "gcache.page_size",
        "gcache.recover",
        "gcache.size",
        "gcomm.thread_prio",
        "gcs.check_appl_proto",
        "gcs.fc_auto_evict_threshold",
        "gcs.fc_auto_evict_window",
        "gcs.fc_debug",
        "gcs.fc_factor",
        "gcs.fc_limit",
        "gcs.fc_master_slave",
        "gcs.fc_single_primary",
        "gcs.max_packet_size",
        "gcs.max_throttle",
        "gcs.recv_q_hard_limit",
        "gcs.recv_q_soft_limit",
        "gcs.sync_donor",
        "gcs.vote_policy",
        "gmcast.isolate",
        "gmcast.listen_addr",
        "gmcast.mcast_addr",
        "gmcast.mcast_ttl",
        "gmcast.peer_timeout",
        "gmcast.segment",
        "gmcast.time_wait",
        "gmcast.version",
        "ist.recv_addr",
        "ist.recv_bind",
        "pc.announce_timeout",
        "pc.bootstrap",
        "pc.checksum",
        "pc.ignore_quorum",
        "pc.ignore_sb",
        "pc.linger",
        "pc.npvo",
        "pc.recovery",
        "pc.version",
        "pc.wait_prim",
        "pc.wait_prim_timeout",
        "pc.wait_restored_prim_timeout",
        "pc.weight",
        "protonet.backend",
        "protonet.version",
        "repl.causal_read_timeout",
        "repl.commit_order",
        "repl.key_format",
        "repl.max_ws_size",
        "repl.proto_max",
        "signal",
        "socket.checksum",
        "socket.dynamic",
        "socket.if_addr",
        "socket.recv_buf_size",
        "socket.send_buf_size",
        "socket.ssl",
        "socket.ssl_ca",
        "socket.ssl_cert",
        "socket.ssl_cipher",
        "socket.ssl_compression",
        "socket.ssl_key",
        "socket.ssl_password_file",
        "socket.ssl_reload",
        "cert.max_length",
        "cert.length_check",
    ]
)

_NEVER = {
    "pc.bootstrap": "a Primary is formed by the nodes' vote only",
    "pc.ignore_sb": "it lets both halves of a split cluster write",
    "pc.ignore_quorum": "it lets both halves of a split cluster write",
}
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


def parse(text: str) -> dict[str, str]:
    """Split `a=1; b=2`; the last of repeated names wins, as in Galera."""
    pairs = (part.split("=", 1) for part in text.split(";") if part.strip())
    return {pair[0].strip(): pair[1].strip() if len(pair) > 1 else "" for pair in pairs}


def format_options(options: dict[str, str]) -> str:
    """Write the string that wsrep_provider_options takes."""
    return "; ".join(f"{name}={value}" for name, value in options.items())


def problems(options: dict[str, str]) -> tuple[str, ...]:
    """List what would abort the start or endanger the data, one sentence each."""
    found = []
    for name, value in options.items():
        if name not in _NAMES:
            import difflib  # only where there is something to suggest

            near = difflib.get_close_matches(name, _NAMES, 1)
            found.append(f"unknown provider option {name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
        elif name in _NEVER and value.lower() not in ("0", "no", "off", "false"):
            found.append(f"provider option {name} must stay off: {_NEVER[name]}")
    return tuple(found) + _timing_problems(options)


def _timing_problems(options: dict[str, str]) -> tuple[str, ...]:
    seconds = dict(DEFAULTS)
    found = []
    for name in DEFAULTS:
        if name in options:
            duration = _seconds(options[name])
            if duration is None:
                found.append(f"provider option {name}: not a duration like PT2S: {options[name]!r}")
            else:
                seconds[name] = duration
    suspect = seconds["evs.suspect_timeout"]
    if seconds["evs.keepalive_period"] > suspect / 3:
        found.append(f"evs.keepalive_period must be at most a third of evs.suspect_timeout ({suspect:g} s)")
    if seconds["evs.inactive_check_period"] > suspect / 2:
        found.append(f"evs.inactive_check_period must be at most half of evs.suspect_timeout ({suspect:g} s)")
    if seconds["evs.install_timeout"] > seconds["evs.inactive_timeout"]:
        found.append("evs.install_timeout must not exceed evs.inactive_timeout")
    return tuple(found)


def _seconds(text: str) -> float | None:
    match = _DURATION.fullmatch(text.upper())
    if not match or text.upper() == "PT":
        return None
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest
