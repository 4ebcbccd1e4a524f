"""galeractl backup list, delete and prune: what lies in a store, and what is to stay there."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from backup.core.names import parse_name
from backup.core.retention import Delete, Policy
from backup.run import pruning
from backup.run.catalog import Entry, entries
from galeractl.adapters.terminal import print_table, say
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import answer, answers_json, selection
from galeractl.operator.storage import open_store, takes_store, troubles
from peerfinder.core.codec import to_json
from peerfinder.core.progress import amount


@click.command("list")
@takes_store("--from")
@answers_json
def show(*, url: str, store_options: tuple[str, ...]) -> None:
    """Say which backups are in a store, and which of them were verified.

    Oldest first; of each its size, the position of its data, and the most thorough verification that found it good.

    Exit codes: 0 told; 1 the store cannot be read; 2 usage.
    """
    with troubles():
        found = entries(open_store(url, store_options))
    if selection().json:
        answer([_told(one) for one in found], "")
    elif not found:
        say("there is no backup")
    else:
        titles = ("name", "kind", "stored", "of", "position", "verified")
        print_table(titles, [_cells(one) for one in found], right=("stored", "of"))


def _told(entry: Entry) -> dict[str, Any]:
    manifest, best = entry.manifest, entry.verified.best
    return {
        "name": str(entry.name),
        "state": _state(entry),
        "problem": _problem(entry),
        "size": entry.size,
        "verified": to_json(best) if best else None,
        "results": to_json(entry.verified.results),
        "manifest": to_json(manifest) if manifest else None,
    }


def _state(entry: Entry) -> str:
    if entry.is_leftover:
        return "leftover"
    if entry.problem or entry.verified.is_bad:
        return "bad"
    return "verified" if entry.verified.best else "stored"


def _problem(entry: Entry) -> str:
    last = entry.verified.last
    return entry.problem or (last.reason if last and entry.verified.is_bad else "")


def _cells(entry: Entry) -> tuple[str, ...]:
    manifest, best = entry.manifest, entry.verified.best
    if manifest is None:
        why = "no manifest: a job is at work, or died" if entry.is_leftover else f"bad: {entry.problem}"
        return (str(entry.name), "-", amount(entry.size), "-", "-", why)
    kind = f"{manifest.kind}{', encrypted' if manifest.encryption else ''}"
    soundness = f"bad: {_problem(entry)}" if entry.verified.is_bad else f"{best.level}, {best.at}" if best else "never"
    return (
        str(entry.name),
        kind,
        amount(manifest.stored_bytes),
        amount(manifest.raw_bytes),
        str(manifest.galera or "-"),
        soundness,
    )


@click.command("delete")
@takes_store("--from")
@click.argument("name")
@click.option("--force", is_flag=True, help="Also the only one that was verified, or the last one.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@answers_json
def delete(*, url: str, store_options: tuple[str, ...], name: str, force: bool, yes: bool) -> None:
    """Delete one backup.

    Its manifest goes first, so that half of a backup is none. The last backup, and the only one that was verified, are
    deleted only by force.

    Exit codes: 0 deleted; 1 the store failed; 2 usage, or there is no such backup; 4 refused.
    """
    _check_asked(yes=yes)
    with troubles():
        store = open_store(url, store_options)
        found = entries(store)
        entry = _find(found, name, store.url)
        if not force and (why := _why_not(found, entry)):
            raise Trouble(f"{name} is {why}", "make or verify another one first, or say --force", Code.REFUSED)
        if not yes and not click.confirm(f"Delete {name} ({amount(entry.size)})?", err=True):
            raise Trouble("nothing was deleted", code=Code.REFUSED)
        pruning.delete(store, entry)
    answer({"deleted": name, "size": entry.size}, f"{name} was deleted")


def _check_asked(*, yes: bool) -> None:
    if not (yes or sys.stdin.isatty()):
        raise click.UsageError("nobody can be asked here: say --yes")


def _find(found: tuple[Entry, ...], name: str, url: str) -> Entry:
    try:
        wanted = parse_name(name)
    except ValueError as error:
        raise Trouble(str(error), "galeractl backup list", Code.USAGE) from None
    for one in found:
        if one.name == wanted:
            return one
    raise Trouble(f"{url}: there is no backup {name}", "galeractl backup list", Code.USAGE)


def _why_not(found: tuple[Entry, ...], entry: Entry) -> str:
    others = [one for one in found if one is not entry and one.manifest and not one.verified.is_bad]
    if entry.manifest is None or entry.verified.is_bad:
        return ""
    if not others:
        return "the last backup"
    if entry.verified.best and not any(one.verified.best for one in others):
        return "the only backup that was verified"
    return ""


@click.command("prune")
@takes_store("--from")
@click.option("--keep-last", default=7, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--keep-daily", default=0, type=click.IntRange(0), help="The newest of so many days.")
@click.option("--keep-weekly", default=0, type=click.IntRange(0), help="The newest of so many weeks.")
@click.option("--keep-monthly", default=0, type=click.IntRange(0), help="The newest of so many months.")
@click.option(
    "--max-age", type=click.FloatRange(0, min_open=True), metavar="DAYS",
    help="Of days, weeks and months none older than the newest backup by this.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@answers_json
def prune(
    *, url: str, store_options: tuple[str, ...], keep_last: int, keep_daily: int, keep_weekly: int, keep_monthly: int,
    max_age: float | None, dry_run: bool,
) -> None:  # fmt: skip
    """Delete the backups that nothing asks to keep, and what dead jobs left.

    Days, weeks and months are those that have a backup. Never deleted are the newest one, the only one that was
    verified, and what cannot be read. Each comes with its reason.

    Exit codes: 0 done; 1 the store failed; 2 usage.
    """
    age = timedelta(days=max_age) if max_age else None
    policy = Policy(keep_last, keep_daily, keep_weekly, keep_monthly, age)
    with troubles():
        store = open_store(url, store_options)
        found = entries(store)
        leftovers = any(one.is_leftover for one in found)
        now = pruning.store_time(store) if leftovers and not dry_run else datetime.now(UTC)
        plan = pruning.plan(found, policy, now)
        by_name = {one.name: one for one in found}
        for doomed in plan.doomed if not dry_run else ():
            pruning.delete(store, by_name[doomed.name])
    fates = [{"name": str(one.name), "keep": not isinstance(one, Delete), "reason": one.reason} for one in plan.fates]
    size = sum(by_name[one.name].size for one in plan.doomed)
    verb = "would be deleted" if dry_run else "deleted"
    lines = [f"{'delete' if isinstance(one, Delete) else 'keep  '}  {one.name}  {one.reason}" for one in plan.fates]
    lines.append(f"{len(plan.doomed)} {verb}, {amount(size)}")
    answer({"dry_run": dry_run, "size": size, "backups": fates}, "\n".join(lines))
