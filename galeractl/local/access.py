"""May the user that runs mariadbd reach the cluster's directory?

Started by root, the server drops to another user. If one directory above the data shuts that user out, mariadbd fails
with a message about a file that is plainly there; so this is looked at first, and the directory that blocks is named.
"""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from galeractl.core.trouble import Code, Trouble

DEFAULT_USER = "mysql"


def server_user(wanted: str) -> str:
    """Choose the user for mariadbd: '' when this process is an ordinary user, who can only be itself."""
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid()).pw_name
        if wanted not in ("", me):
            raise Trouble(f"{me} cannot run a server as {wanted}", "leave out --user, or run as root", Code.USAGE)
        return ""
    name = wanted or DEFAULT_USER
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise Trouble(f"there is no user {name} on this machine", "name one with --user", Code.USAGE) from None
    return name


def check_reach(directory: Path, user: str) -> None:
    """Raise Trouble that names the first directory that `user` cannot pass through."""
    if user in ("", "root"):
        return
    who = pwd.getpwnam(user)
    groups = frozenset(os.getgrouplist(user, who.pw_gid))
    for folder in (*reversed(directory.parents), directory):
        if folder.exists() and not may_pass(folder.stat(), who.pw_uid, groups):
            raise Trouble(
                f"the user {user} of mariadbd cannot enter {folder} (mode {stat.filemode(folder.stat().st_mode)})",
                "use --dir with a place that it can reach, for example below /var/tmp, or --user root",
            )


def may_pass(status: os.stat_result, uid: int, groups: frozenset[int]) -> bool:
    """Tell whether a user may pass through a directory, by its mode bits."""
    if uid in (0, status.st_uid):
        return uid == 0 or bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid in groups:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def give(folder: Path, user: str) -> None:
    """Hand a directory to the user of the server."""
    if user not in ("", "root"):
        who, now = pwd.getpwnam(user), folder.stat()
        if (now.st_uid, now.st_gid) != (who.pw_uid, who.pw_gid):  # a volume may be mounted read-only
            os.chown(folder, who.pw_uid, who.pw_gid)
