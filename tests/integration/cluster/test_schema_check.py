"""galeractl schema check on a real cluster: what is defined, and the rows, while clients write without pause."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pymysql
import pytest

from tests.support.cluster import LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")
ROWS = 8000
OBJECTS = f"""
CREATE DATABASE shop DEFAULT CHARACTER SET latin1;
CREATE TABLE shop.item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(60) NOT NULL, n INT NOT NULL DEFAULT 0);
INSERT INTO shop.item (id, v) SELECT seq, UUID() FROM shop.seq_1_to_{ROWS};
CREATE TABLE shop.toggled (id INT PRIMARY KEY, v INT);
INSERT INTO shop.toggled VALUES (1, 0), (2, 0), (3, 0);
CREATE TABLE shop.many (e ENUM('z','a','m'), b BIT(9), u UUID, d DATETIME(3), c DECIMAL(20,5), v VARCHAR(20), f FLOAT,
  t TIME(3), x BLOB, j JSON, `we%ird``name` INT, g INT AS (b + 1) VIRTUAL, s INT AS (b + 2) STORED,
  PRIMARY KEY (e, b, u, d, c, v));
INSERT INTO shop.many (e, b, u, d, c, v, f, t, x, j, `we%ird``name`)
  SELECT seq MOD 3 + 1, seq MOD 512, UUID(), NOW(3), seq / 7, CONCAT('é', seq), seq / 3, '-1:02:03.5', x'00ff27',
  '{{}}', seq FROM shop.seq_1_to_2500;
CREATE TABLE shop.unique_key (a INT NOT NULL, b TEXT, UNIQUE (a));
INSERT INTO shop.unique_key SELECT seq, 'x' FROM shop.seq_1_to_10;
CREATE TABLE shop.no_key (a INT, b TEXT);
INSERT INTO shop.no_key SELECT seq MOD 7, 'x' FROM shop.seq_1_to_1000;
CREATE TABLE shop.versioned (a INT PRIMARY KEY, b INT) WITH SYSTEM VERSIONING;
INSERT INTO shop.versioned VALUES (1, 1), (2, 2);
CREATE TABLE shop.aria (a INT) ENGINE=Aria;
CREATE TABLE shop.parted (a INT PRIMARY KEY) PARTITION BY HASH (a) PARTITIONS 3;
CREATE SEQUENCE shop.numbers INCREMENT BY 0 CACHE 10;
CREATE VIEW shop.seen AS SELECT * FROM shop.item;
CREATE TABLE shop.gone (a INT);
CREATE VIEW shop.broken AS SELECT * FROM shop.gone;
DROP TABLE shop.gone;
CREATE FUNCTION shop.f(x INT) RETURNS INT DETERMINISTIC RETURN x + 1;
CREATE TRIGGER shop.trg BEFORE INSERT ON shop.unique_key FOR EACH ROW SET NEW.b = 'y';
GRANT ALL ON shop.* TO app@'%'"""
PROCEDURE = "CREATE PROCEDURE shop.p(IN x INT) BEGIN SELECT x; SELECT 2; END"
EVENT = "CREATE EVENT shop.daily ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1"


@pytest.fixture(scope="module")
def cluster(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "schema") as made:
        made.start()
        for statement in (*OBJECTS.split(";\n"), PROCEDURE, EVENT):
            made.node("db-0").sql(statement)
        yield made


def writer(cluster: LocalCluster) -> str:
    """The writer, once all are members and one of them is."""

    def found() -> Any:
        status = cluster.status()
        return status["state"] == "ONLINE" and status["writer"]

    return str(wait_for("all nodes and a writer", found, 60, cluster.words))


def alone(cluster: LocalCluster, name: str, *statements: str) -> None:
    """Change something on one node, and on no other."""
    cluster.node(name).sql("SET SESSION wsrep_on=OFF", *statements)


def check(cluster: LocalCluster, *words: str, expect: int = 0) -> dict[str, Any]:
    return dict(cluster.galeractl("schema", "check", *words, expect=expect))


class Clients:
    """Clients of one node that change rows forth and back without pause."""

    def __init__(self, cluster: LocalCluster, *names: str) -> None:
        told = [cluster.galeractl("local", "dsn", name) for name in names]
        self.places = [{key: one[key] for key in ("host", "port", "user", "password")} for one in told]
        self.done, self.ends, self.failed = 0, threading.Event(), ""
        self.threads = [threading.Thread(target=self._write, args=(place,)) for place in self.places]

    def __enter__(self) -> Self:
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        for one in self.threads:
            one.join()

    def _write(self, place: dict[str, Any]) -> None:
        dice = random.Random(7)
        with pymysql.connect(**place, database="shop", autocommit=True) as line, line.cursor() as cursor:
            while not self.ends.is_set():
                for statement in (
                    f"UPDATE toggled SET v = 1 - v WHERE id = {dice.randint(1, 3)}",
                    f"UPDATE item SET n = 1 - n WHERE id = {dice.randint(1, ROWS)} AND id <> 301",
                    f"DELETE FROM item WHERE id = {ROWS * 3}",
                    f"INSERT IGNORE INTO item VALUES ({ROWS * 3}, 'there and gone', 0)",
                    "UPDATE no_key SET a = 1 - a WHERE a IN (0, 1) LIMIT 1",
                ):
                    try:
                        cursor.execute(statement)
                    except pymysql.OperationalError as error:
                        if error.args[0] not in (1213, 1020):  # with several writers: the first committer wins
                            self.failed = str(error)
                            return
                    self.done += 1


def test_equal_definitions_have_one_digest_on_all_nodes(cluster: LocalCluster) -> None:
    found = check(cluster, "--database", "shop")
    assert (found["equal"], found["differences"], found["missing"]) == (True, [], {})
    assert len(set(found["digests"].values())) == 1
    assert set(found["objects"].values()) == {16}
    before = found["digests"]
    cluster.node(writer(cluster)).sql(
        "INSERT INTO shop.item (v) VALUES ('one more')"
    )  # AUTO_INCREMENT is no part of it
    assert check(cluster, "--database", "shop")["digests"] == before


def test_rows_are_the_same_while_clients_write_without_pause(cluster: LocalCluster) -> None:
    again = 0
    with Clients(cluster, *[writer(cluster)] * 3) as clients:
        wait_for("them to write", lambda: clients.done > 100, 30)
        for _round in range(4):
            found = check(cluster, "--data", "--rate", "0", "--database", "shop")
            assert found["equal"]
            again += sum(one["read_again"] for one in found["tables"])
    assert not clients.failed
    assert again > 0  # it did meet writes on their way
    tables = {one["table"]: one for one in found["tables"]}
    assert tables["many"]["rows"] == 2500
    assert tables["many"]["chunks"] == 3
    assert tables["item"]["chunks"] > 7
    assert tables["aria"]["skipped"] == "Galera does not replicate the rows of Aria"
    print(f"{clients.done} changes, {again} chunks read again")


def test_with_several_writers_nothing_is_called_different_either(cluster: LocalCluster) -> None:
    cluster.galeractl("mode", "multi")
    try:
        with Clients(cluster, *NAMES) as clients:
            wait_for("them to write", lambda: clients.done > 100, 30)
            found = check(cluster, "--data", "--rate", "0", "--database", "shop", expect=None)  # 3: not all settled
            assert not found["different"]
        assert not clients.failed
    finally:
        cluster.galeractl("mode", "default")


def test_one_row_that_was_changed_on_one_node_is_found_under_writes(cluster: LocalCluster) -> None:
    odd = next(name for name in NAMES if name != writer(cluster))
    was = cluster.node(odd).sql("SELECT v FROM shop.item WHERE id = 301")[0][0]
    alone(cluster, odd, "UPDATE shop.item SET v = 'odd' WHERE id = 301")
    with Clients(cluster, *[writer(cluster)] * 2) as clients:
        wait_for("them to write", lambda: clients.done > 100, 30)
        found = check(cluster, "--data", "--table", "shop.item", expect=1)
        (table,) = found["tables"]
        (row,) = table["findings"]
        assert row["key"] == {"id": "301"}
        assert len({row["nodes"][name] for name in NAMES if name != odd}) == 1
        assert found["odd"] == [odd]
        assert found["remedy"].count(f"local stop {odd} && ") == 1
    text = subprocess.run(
        [sys.executable, "-m", "galeractl", "--local", str(cluster.directory), "schema", "check", "--data"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert text.returncode == 1
    assert f"shop.item: row id=301: {row['nodes'][next(one for one in NAMES if one != odd)][:8]} on " in text.stdout
    assert f"{odd} is the odd one out. To copy everything anew there: galeractl --local" in text.stdout
    alone(cluster, odd, f"UPDATE shop.item SET v = '{was}' WHERE id = 301")
    assert check(cluster, "--data", "--table", "shop.item")["equal"]


def test_rows_that_are_missing_or_too_many_are_found_with_and_without_a_key(cluster: LocalCluster) -> None:
    odd, other = [name for name in NAMES if name != writer(cluster)]
    alone(cluster, odd, "DELETE FROM shop.many LIMIT 1", "INSERT INTO shop.no_key VALUES (77, 'y')")
    alone(cluster, other, "INSERT INTO shop.unique_key VALUES (99, 'z')")
    found = {
        one["table"]: one["findings"] for one in check(cluster, "--data", "--database", "shop", expect=1)["tables"]
    }
    (row,), (whole,), (extra,) = found["many"], found["no_key"], found["unique_key"]
    assert [name for name, content in row["nodes"].items() if content is None] == [odd]
    assert whole["rows"][odd] == whole["rows"][other] + 1
    assert (extra["key"], [name for name, content in extra["nodes"].items() if content]) == ({"a": "99"}, [other])
    alone(cluster, odd, "DELETE FROM shop.no_key WHERE a = 77")
    alone(cluster, other, "DELETE FROM shop.unique_key WHERE a = 99")
    cluster.node(writer(cluster)).sql("TRUNCATE TABLE shop.many")


def test_definitions_that_were_changed_on_one_node_are_named_with_it(cluster: LocalCluster) -> None:
    odd = next(name for name in NAMES if name != writer(cluster))
    alone(
        cluster, odd, "ALTER TABLE shop.parted ADD COLUMN b INT", "DROP PROCEDURE shop.p",
        "CREATE OR REPLACE VIEW shop.seen AS SELECT id FROM shop.item", "DROP EVENT shop.daily",
    )  # fmt: skip
    found = check(cluster, "--data", "--database", "shop", expect=1)
    assert [(one["kind"], one["name"], one["odd"]) for one in found["differences"]] == [
        ("event", "daily", [odd]), ("procedure", "p", [odd]), ("table", "parted", [odd]), ("view", "seen", [odd]),
    ]  # fmt: skip
    skipped = {one["table"]: one["skipped"] for one in found["tables"]}
    assert skipped["parted"] == "it is not defined alike on all nodes"
    assert len(set(found["digests"].values())) == 2
    alone(
        cluster, odd, "ALTER TABLE shop.parted DROP COLUMN b", PROCEDURE,
        "CREATE OR REPLACE VIEW shop.seen AS SELECT * FROM shop.item", EVENT,
    )  # fmt: skip
    assert check(cluster, "--database", "shop")["equal"]


def test_ddl_that_goes_on_is_no_difference(cluster: LocalCluster) -> None:
    ends, node = threading.Event(), cluster.node(writer(cluster))

    def alter() -> None:
        while not ends.wait(0.02):
            node.sql("ALTER TABLE shop.parted ADD COLUMN b INT")
            node.sql("ALTER TABLE shop.parted DROP COLUMN b")

    going = threading.Thread(target=alter)
    going.start()
    try:
        for _round in range(3):
            assert not check(cluster, "--database", "shop", expect=None)["different"]
    finally:
        ends.set()
        going.join()


def test_another_account_may_be_named_and_who_may_not_is_told(cluster: LocalCluster, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    told = check(cluster, "--user", "app", "--password-file", str(secret), expect=1)
    assert "the server does not let app in" in told["error"]
    assert "--user NAME --password-file FILE" in told["remedy"]
    secret.write_text("eyes é'\n")
    cluster.node(writer(cluster)).sql(
        "CREATE USER eyes@'%' IDENTIFIED BY 'eyes é\\''", "GRANT SELECT, SHOW VIEW, EVENT, TRIGGER ON *.* TO eyes@'%'"
    )
    assert check(cluster, "--user", "eyes", "--password-file", str(secret), "--database", "shop")["equal"]


def test_a_node_that_is_not_there_is_said_and_the_others_are_compared(cluster: LocalCluster) -> None:
    gone = next(name for name in NAMES if name != writer(cluster))
    cluster.stop(gone)
    found = check(cluster, "--data", expect=3)
    assert (found["different"], set(found["digests"])) == (False, {*NAMES} - {gone})
    assert found["missing"] == {gone: "it is no member of the Primary component"}
    cluster.start(gone)
