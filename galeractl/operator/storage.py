"""The options by which every command on backups names its store and its key, and what their troubles become."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from backup.adapters.agent import CopyFailed
from backup.adapters.dump import DumpFailed
from backup.adapters.key_file import read_key
from backup.adapters.objectstore import Store
from backup.core.damage import Damaged
from backup.core.proof import CannotVerify
from backup.core.store import StoreTrouble, parse_options
from backup.run.storing import Stopped
from galeractl.core.trouble import Code, Trouble

Function = TypeVar("Function", bound=Callable[..., Any])


def takes_store(flag: str) -> Callable[[Function], Function]:
    """Give a command the options of a store; `flag` is --to or --from. It gets `url` and `store_options`."""

    def add(function: Function) -> Function:
        options = (
            click.option(
                flag, "url", required=True, envvar="GALERACTL_STORE", metavar="URL",
                help="s3://bucket/prefix, gs://, az://, or file:///path.",
            ),
            click.option(
                "--store-option", "store_options", multiple=True, envvar="GALERACTL_STORE_OPTIONS",
                metavar="NAME=VALUE", help="endpoint, region, path-style of the store (repeatable).",
            ),
        )  # fmt: skip
        for option in reversed(options):
            function = option(function)
        return function

    return add


def takes_key(function: Function) -> Function:
    """Give a command the option of the key."""
    add = click.option(
        "--encrypt-key-file", "key_file", envvar="GALERACTL_KEY_FILE", type=click.Path(path_type=Path), metavar="FILE",
        help="The key by which backups are encrypted: 32 bytes, in hexadecimal or base64.",
    )  # fmt: skip
    return add(function)


def open_store(url: str, store_options: tuple[str, ...]) -> Store:
    """Open the store; raises StoreTrouble."""
    return Store(url, parse_options(store_options), os.environ)


def key_of(path: Path | None) -> bytes | None:
    """Read the key, if one was named."""
    return read_key(path) if path is not None else None


@contextmanager
def troubles() -> Iterator[None]:
    """Make of what stores, agents and backups are in trouble with what a person reads, and an exit code."""
    try:
        yield
    except StoreTrouble as trouble:
        code = Code.USAGE if trouble.wrong or trouble.missing else Code.FAILED
        raise Trouble(_with_notes(trouble.seen, trouble), trouble.remedy, code) from None
    except Damaged as error:
        raise Trouble(_with_notes(str(error), error), "take another backup: galeractl backup list") from None
    except CannotVerify as error:
        raise Trouble(error.seen, error.remedy, Code.REFUSED) from None
    except CopyFailed as error:
        log = "".join(f"\n    {line}" for line in error.log[-8:])  # 8: a screenful has more to show than that
        raise Trouble(_with_notes(f"{error.reason}{log}", error), "galeractl status; then try again") from None
    except DumpFailed as error:
        raise Trouble(_with_notes(str(error), error), "galeractl status; then try again") from None
    except Stopped as error:
        raise Trouble(_with_notes("it was told to end, and is no backup", error), "run it again") from None


def _with_notes(seen: str, error: BaseException) -> str:
    return "; ".join((seen, *getattr(error, "__notes__", ())))
