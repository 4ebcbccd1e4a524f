"""galeractl backup: make, list, verify and delete backups."""

from __future__ import annotations

import click

from galeractl.operator import backup_create, backup_kept, backup_verify


@click.group("backup")
def command() -> None:
    """Make, list, verify and delete backups of the cluster.

    A store is a bucket, or a directory: s3://bucket/prefix, gs://, az://, file:///path. Its credentials come from the
    environment, or from files that the environment names; never from the command line.

    \b
    galeractl backup create --to s3://bucket/prefix
    galeractl backup list   --from s3://bucket/prefix
    galeractl backup verify --from s3://bucket/prefix
    galeractl backup prune  --from s3://bucket/prefix --keep-last 7 --keep-weekly 4 --dry-run

    Exit codes: 0 done; 1 failed, or the backup is bad; 2 usage; 3 timed out; 4 refused.
    """  # noqa: D301 - a real backspace is how click is told not to wrap


for one in (backup_create.create, backup_kept.show, backup_verify.command, backup_kept.delete, backup_kept.prune):
    command.add_command(one)
