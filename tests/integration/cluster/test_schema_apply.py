"""galeractl schema apply on a real cluster: all nodes or none, progress, errors and how to go on."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import connected, run
from tests.support.cluster import ENVIRONMENT, LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")
CHANGE = """\
-- the shop grows
CREATE DATABASE IF NOT EXISTS shop;
USE shop;
CREATE TABLE item (id INT PRIMARY KEY, v VARCHAR(60)); CREATE INDEX by_v ON item (v);
DELIMITER $$
CREATE PROCEDURE p(IN x INT)
BEGIN
  SELECT x;
  SELECT ';';
END$$
DELIMITER ;
/*!50003 CREATE TRIGGER trg BEFORE INSERT ON item FOR EACH ROW SET NEW.v = 'y' */;
ALTER TABLE lab.t ADD COLUMN n INT NOT NULL DEFAULT 0;
"""


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "apply") as made:
        made.start()
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced, one of them the writer, and nothing in the database shop."""
    running.start()
    wait_for("all nodes and a writer", lambda: whole(running), 60, running.words)
    running.node(writer(running)).sql("DROP DATABASE IF EXISTS shop")
    return running


def whole(cluster: LocalCluster) -> bool:
    found = cluster.status()
    return bool(found["state"] == "ONLINE" and found["writer"] and all(one["ready"] for one in found["nodes"]))


def writer(cluster: LocalCluster) -> str:
    return str(cluster.status()["writer"])


def apply(cluster: LocalCluster, file: Path, text: str, *words: str, expect: int = 0) -> dict[str, Any]:
    """Write a file, and apply it."""
    file.write_text(text)
    return dict(cluster.galeractl("schema", "apply", str(file), *words, expect=expect))


def columns(cluster: LocalCluster, table: str) -> set[tuple[str, ...]]:
    """The columns of a table, as each node has them."""
    return {
        tuple(row[0] for row in cluster.node(name).sql("SET SESSION wsrep_sync_wait=1", f"SHOW COLUMNS FROM {table}"))
        for name in NAMES
    }


def test_a_file_is_done_by_all_nodes_and_what_changed_is_told(cluster: LocalCluster, tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    foreseen = apply(cluster, file, CHANGE, "--dry-run")
    assert [(one["verb"], one["about"]) for one in foreseen["statements"]] == [
        ("CREATE DATABASE", "shop"), ("USE", ""), ("CREATE TABLE", "item"), ("CREATE INDEX", "item"),
        ("CREATE PROCEDURE", "p"), ("CREATE TRIGGER", "trg"), ("ALTER TABLE", "lab.t"),
    ]  # fmt: skip
    assert [one["line"] for one in foreseen["statements"]] == [2, 3, 4, 4, 6, 12, 13]
    assert foreseen["statements"][-1]["bytes"] >= 16384
    assert "shop" not in {row[0] for row in cluster.node("db-0").sql("SHOW DATABASES")}
    done = apply(cluster, file, CHANGE)
    assert (done["done"], done["equal"], done["missing"], done["stopped"]) == (True, True, {}, None)
    assert [one["done"] for one in done["statements"]] == [True] * 7
    assert {(one["what"], one["kind"], one["name"]) for one in done["changes"]} == {
        ("made", "database", ""), ("made", "table", "item"), ("made", "procedure", "p"), ("made", "trigger", "trg"),
        ("changed", "table", "t"),
    }  # fmt: skip
    assert len(set(done["digests"].values())) == 1
    assert columns(cluster, "lab.t") == {("id", "v", "n")}
    cluster.node("db-1").sql("ALTER TABLE lab.t DROP COLUMN n")


def test_it_ends_at_the_first_error_and_goes_on_from_there(cluster: LocalCluster, tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    text = "CREATE DATABASE shop; USE shop;\nCREATE TABLE a (id INT PRIMARY KEY);\n{}CREATE TABLE b LIKE a;\n"
    done = apply(cluster, file, text.format("ALTER TABLE a ADD COLUMN id INT;\n"), expect=1)
    assert [one["done"] for one in done["statements"]] == [True, True, True, False, False]
    assert done["stopped"]["number"] == 4
    assert "Duplicate column name 'id'" in done["stopped"]["reason"]
    assert done["stopped"]["again"] == f"galeractl schema apply {file} --from 4"
    assert done["equal"]  # the error was the same on all nodes, and all are there
    assert whole(cluster)
    on = apply(cluster, file, text.format("ALTER TABLE a ADD COLUMN c INT;\n"), "--from", "4")
    assert ([one["number"] for one in on["statements"]], on["done"]) == ([4, 5], True)
    assert columns(cluster, "shop.b") == {("id", "c")}  # it has used the database that the file names before


def test_a_file_that_the_server_does_not_understand_changes_nothing(cluster: LocalCluster, tmp_path: Path) -> None:
    text = "CREATE DATABASE shop;\nCREATE TABLE shop.a (id INT PRIMARY KEY);\nALTER TABLE shop.a AD COLUMN b INT;\n"
    told = apply(cluster, tmp_path / "x.sql", text, expect=2)
    assert "nothing was changed: the server does not understand" in told["error"]
    assert "statement 3 (line 3) ALTER TABLE shop.a: You have an error in your SQL syntax" in told["error"]
    secret = apply(cluster, tmp_path / "y.sql", "CREATE USER eve IDENTIFED BY 's3cret-word'", expect=2)
    assert "statement 1 (line 1) CREATE USER: error 1064" in secret["error"]
    assert "s3cret" not in json.dumps(secret)
    assert "shop" not in {row[0] for row in cluster.node("db-0").sql("SHOW DATABASES")}


REFUSED = {
    "rows": ("DELETE FROM lab.t", "no definitions, but rows: statement 1 (line 1) DELETE lab.t"),
    "a table with rows": ("CREATE TABLE lab.u AS SELECT * FROM lab.t", "statement 1 (line 1) CREATE TABLE lab.u"),
    "a transaction": ("BEGIN", "each statement is done or not done by itself"),
    "no replication": ("SET SESSION wsrep_on=OFF", "WSREP_ON decides whether and how it is replicated"),
}


@pytest.mark.parametrize(("text", "seen"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_definition_is_refused(cluster: LocalCluster, tmp_path: Path, text: str, seen: str) -> None:
    assert seen in apply(cluster, tmp_path / "x.sql", text, expect=4)["error"]


def test_rows_too_where_that_is_allowed(cluster: LocalCluster, tmp_path: Path) -> None:
    text = "CREATE DATABASE shop; CREATE TABLE shop.a (id INT PRIMARY KEY); INSERT INTO shop.a VALUES (1), (2);"
    assert apply(cluster, tmp_path / "x.sql", text, "--allow-dml")["equal"]
    rows = {
        int(cluster.node(name).sql("SET SESSION wsrep_sync_wait=1", "SELECT COUNT(*) FROM shop.a")[0][0])
        for name in NAMES
    }
    assert rows == {2}


def test_nothing_is_changed_while_a_node_is_not_there_or_rests_or_lags(cluster: LocalCluster, tmp_path: Path) -> None:
    file, other = tmp_path / "x.sql", next(name for name in NAMES if name != writer(cluster))
    text = "CREATE DATABASE shop"
    cluster.galeractl("maintenance", "on", other)
    assert f"{other} is in maintenance" in apply(cluster, file, text, expect=4)["error"]
    cluster.galeractl("maintenance", "off", other)
    wait_for("all to be ready", lambda: whole(cluster), 30, cluster.words)
    cluster.node(other).sql("SET GLOBAL wsrep_desync=ON")
    wait_for("that to be seen", lambda: "desynced" in str(cluster.status()["nodes"]), 15, cluster.words)
    assert f"{other} is Donor/Desynced, not Synced" in apply(cluster, file, text, expect=4)["error"]
    cluster.node(other).sql("SET GLOBAL wsrep_desync=OFF")
    wait_for("all to be ready", lambda: whole(cluster), 30, cluster.words)
    cluster.node(other).sql("SET SESSION wsrep_on=OFF", "CREATE TABLE lab.odd (a INT PRIMARY KEY)")
    told = apply(cluster, file, text, expect=4)
    assert "the nodes differ in table lab.odd" in told["error"]
    assert told["remedy"].endswith(" schema check")
    cluster.node(other).sql("SET SESSION wsrep_on=OFF", "DROP TABLE lab.odd")
    cluster.stop(other)
    assert "the cluster is ONLINE_PARTIAL" in apply(cluster, file, text, expect=4)["error"]
    assert "shop" not in {row[0] for row in cluster.node(writer(cluster)).sql("SHOW DATABASES")}


def test_a_long_statement_tells_how_far_it_is_and_a_short_one_by_clients_goes_on_afterwards(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    holder = writer(cluster)
    cluster.node(holder).sql(
        "CREATE DATABASE shop", "CREATE TABLE shop.a (id INT PRIMARY KEY, v CHAR(200))",
        "INSERT INTO shop.a SELECT seq, REPEAT('x', 200) FROM shop.seq_1_to_150000",
    )  # fmt: skip
    file = tmp_path / "x.sql"
    file.write_text("ALTER TABLE shop.a ADD COLUMN b INT, ALGORITHM=COPY;\n")
    line, written = connected(cluster, holder), []

    def write() -> None:
        run(line, "INSERT INTO t (v) VALUES (1)")
        written.append(True)

    cluster.node(holder).sql("CREATE TABLE app.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL)")
    command = [sys.executable, "-m", "galeractl", "--local", str(cluster.directory), "schema", "apply", str(file)]
    going = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    client = threading.Thread(target=write)
    client.start()
    out, said = going.communicate(timeout=120)
    client.join()
    assert going.returncode == 0, said
    assert "statement 1 (line 1) ALTER TABLE shop.a of 1" in said
    assert "done  1 (line 1) ALTER TABLE shop.a, " in out
    assert "changed table shop.a\n    +  `b` int(11) DEFAULT NULL,\n" in out
    assert "have the same schema, digest " in out
    assert written
