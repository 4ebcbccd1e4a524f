"""What a statement does, and what it is about."""

from __future__ import annotations

import pytest

from galeractl.core.statement import Kind, statements

DDL, ACCOUNT, SESSION, DML, REFUSED = Kind
KINDS: dict[str, tuple[Kind, str, str]] = {
    "CREATE TABLE shop.item (id INT)": (DDL, "CREATE TABLE", "shop.item"),
    "create or replace table if not exists `we``ird`.`t` (id int)": (DDL, "CREATE TABLE", "we`ird.t"),
    "CREATE TABLE t (a INT) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (3))": (DDL, "CREATE TABLE", "t"),
    "CREATE TABLE user (`select` INT)": (DDL, "CREATE TABLE", "user"),
    "CREATE TABLE t LIKE u": (DDL, "CREATE TABLE", "t"),
    "ALTER TABLE item ADD INDEX (v), ALGORITHM=INSTANT": (DDL, "ALTER TABLE", "item"),
    "ALTER ONLINE IGNORE TABLE item FORCE": (DDL, "ALTER TABLE", "item"),
    "DROP TABLE IF EXISTS a, b": (DDL, "DROP TABLE", "a"),
    "RENAME TABLE a TO b": (DDL, "RENAME TABLE", "a"),
    "CREATE UNIQUE INDEX i ON shop.item (v)": (DDL, "CREATE INDEX", "shop.item"),
    "DROP INDEX i ON item": (DDL, "DROP INDEX", "item"),
    "CREATE OR REPLACE DEFINER=`root`@`%` SQL SECURITY INVOKER VIEW v AS SELECT 1": (DDL, "CREATE VIEW", "v"),
    "CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1": (DDL, "CREATE TRIGGER", "trg"),
    "CREATE PROCEDURE shop.p() BEGIN INSERT INTO t SELECT 1; COMMIT; END": (DDL, "CREATE PROCEDURE", "shop.p"),
    "CREATE PACKAGE BODY k AS PROCEDURE p() AS BEGIN NULL; END; END": (DDL, "CREATE PACKAGE", "k"),
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1": (DDL, "CREATE EVENT", "e"),
    "CREATE SEQUENCE s INCREMENT BY 0": (DDL, "CREATE SEQUENCE", "s"),
    "CREATE DATABASE shop": (DDL, "CREATE DATABASE", "shop"),
    "/*!50003 CREATE FUNCTION f() RETURNS INT RETURN 1 */": (DDL, "CREATE FUNCTION", "f"),
    "GRANT ALL ON shop.* TO app": (ACCOUNT, "GRANT", ""),
    "CREATE USER app IDENTIFIED BY 'secret'": (ACCOUNT, "CREATE USER", ""),
    "DROP ROLE reader": (ACCOUNT, "DROP ROLE", ""),
    "SET PASSWORD FOR app = PASSWORD('secret')": (ACCOUNT, "SET", ""),
    "SET NAMES utf8mb4": (SESSION, "SET", ""),
    "SET @@SESSION.sql_mode = ''": (SESSION, "SET", ""),
    "/*!40014 SET FOREIGN_KEY_CHECKS=0 */": (SESSION, "SET", ""),
    "USE shop": (SESSION, "USE", ""),
    "INSERT INTO shop.item VALUES (1)": (DML, "INSERT", "shop.item"),
    "UPDATE item SET v = 1": (DML, "UPDATE", "item"),
    "DELETE FROM item": (DML, "DELETE", "item"),
    "TRUNCATE TABLE item": (DML, "TRUNCATE", "item"),
    "CREATE TABLE t AS SELECT * FROM item": (DML, "CREATE TABLE", "t"),
    "CREATE TABLE t (SELECT 1 AS a)": (DML, "CREATE TABLE", "t"),
    "CREATE TABLE t VALUES (1)": (DML, "CREATE TABLE", "t"),
    "CREATE TEMPORARY TABLE t (a INT)": (DML, "CREATE TABLE", "t"),
    "OPTIMIZE TABLE item": (DML, "OPTIMIZE", "item"),
    "BEGIN NOT ATOMIC SELECT 1; END": (DML, "BEGIN", ""),
    "SELECT 1": (DML, "SELECT", ""),
    "BEGIN": (REFUSED, "BEGIN", ""),
    "COMMIT": (REFUSED, "COMMIT", ""),
    "SET GLOBAL max_connections = 9": (REFUSED, "SET", ""),
    "SET @@global.max_connections = 9": (REFUSED, "SET", ""),
    "SET SESSION wsrep_on = OFF": (REFUSED, "SET", ""),
    "SET @@wsrep_OSU_method = 'RSU'": (REFUSED, "SET", ""),
    "LOCK TABLES item WRITE": (REFUSED, "LOCK", ""),
    "source other.sql": (REFUSED, "SOURCE", ""),
    "\\. other.sql": (REFUSED, "\\", ""),
    "SHUTDOWN": (REFUSED, "SHUTDOWN", ""),
}


@pytest.mark.parametrize(
    ("text", "kind", "verb", "about"), [(text, *found) for text, found in KINDS.items()], ids=KINDS
)
def test_what_a_statement_does_and_is_about(text: str, kind: Kind, verb: str, about: str) -> None:
    (one,) = statements(f"DELIMITER $$\n{text}$$")
    assert (one.kind, one.verb, one.about) == (kind, verb, about)
    assert bool(one.why) is (kind is REFUSED)


def test_a_statement_is_named_by_number_and_line_and_never_by_its_text() -> None:
    found = statements("CREATE TABLE t (a INT);\nCREATE USER app IDENTIFIED BY 'secret';\n")
    assert [str(one) for one in found] == ["1 (line 1) CREATE TABLE t", "2 (line 2) CREATE USER"]
