"""A connection of an application to one node of a local cluster, and whether the server has ended it."""

from __future__ import annotations

import select
from typing import Any

import pymysql

from tests.support.cluster import LocalCluster


def connected(cluster: LocalCluster, name: str) -> Any:
    """Connect to a node as an application does: by TCP, with autocommit, in the database `app`."""
    told = cluster.galeractl("local", "dsn", name)
    return pymysql.connect(
        host=told["host"], port=told["port"], user=told["user"], password=told["password"], database="app",
        autocommit=True, connect_timeout=5,
    )  # fmt: skip


def is_closed(line: Any) -> bool:
    """Whether the server has ended a connection that waits for nothing."""
    return bool(select.select([line._sock], [], [], 0)[0])


def run(line: Any, statement: str) -> None:
    """Execute a statement."""
    with line.cursor() as cursor:
        cursor.execute(statement)
