"""Where the statements of a file end."""

from __future__ import annotations

import pytest

from galeractl.core.script import Unclosed, pieces

CUT = {
    "one after the other": ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
    "the last without a delimiter": ("SELECT 1;\nSELECT 2", ["SELECT 1", "SELECT 2"]),
    "nothing": ("", []),
    "nothing but delimiters and comments": (";; -- a;b\n# c;d\n/* e;f */ ;", []),
    "a string": ("SELECT 'a;b', \"c;d\"; SELECT 2", ["SELECT 'a;b', \"c;d\"", "SELECT 2"]),
    "a string with quotes": (r"SELECT 'it''s;', 'a\\';SELECT 'b\';c'", [r"SELECT 'it''s;', 'a\\'", r"SELECT 'b\';c'"]),
    "a quoted name": ("SELECT `a;``b`; SELECT 2", ["SELECT `a;``b`", "SELECT 2"]),
    "comments": (
        "SELECT 1 -- a;b\n + 2; SELECT /* c;d */ 3 # e;f",
        ["SELECT 1 -- a;b\n + 2", "SELECT /* c;d */ 3 # e;f"],
    ),
    "minus minus without a space is none": ("SELECT 1--2;SELECT 3", ["SELECT 1--2", "SELECT 3"]),
    "a comment that is code": ("/*!40101 SET NAMES utf8 */; SELECT 1", ["/*!40101 SET NAMES utf8 */", "SELECT 1"]),
    "another of MariaDB": ("/*M!100301 ALTER TABLE t FORCE */;", ["/*M!100301 ALTER TABLE t FORCE */"]),
    "another delimiter": (
        "DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END$$\ndelimiter ;\nSELECT 3;",
        ["CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "SELECT 3"],
    ),
    "slashes": ("DELIMITER //\nSELECT 4/2; SELECT 1//\nDELIMITER ;\nSELECT 2", ["SELECT 4/2; SELECT 1", "SELECT 2"]),
    "a delimiter of letters": ("DELIMITER go\nSELECT 1 go\nSELECT 2 go", ["SELECT 1", "SELECT 2"]),
    "the word within a statement": ("SELECT 1 AS\ndelimiter ; SELECT 2", ["SELECT 1 AS\ndelimiter", "SELECT 2"]),
}


@pytest.mark.parametrize(("text", "found"), CUT.values(), ids=CUT)
def test_where_statements_end(text: str, found: list[str]) -> None:
    assert [one.text for one in pieces(text)] == found


def test_a_statement_begins_where_its_first_word_does() -> None:
    found = list(pieces("-- SELECT\n\nSELECT 1;\n\n/* SELECT\n */ SELECT\n 2"))
    assert [one.line for one in found] == [3, 6]
    assert found[0].text == "-- SELECT\n\nSELECT 1"


UNCLOSED = {
    "a string": ("SELECT 1;\nSELECT 'a;\nb", "the string that begins in line 2 does not end"),
    "another string": ('SELECT "', "the string that begins in line 1 does not end"),
    "a name": ("SELECT `a", "the name that begins in line 1 does not end"),
    "a comment": ("SELECT 1\n/* a", "the comment that begins in line 2 does not end"),
}


@pytest.mark.parametrize(("text", "said"), UNCLOSED.values(), ids=UNCLOSED)
def test_what_does_not_end_is_named(text: str, said: str) -> None:
    with pytest.raises(Unclosed, match=said):
        list(pieces(text))


def test_words_are_of_the_language_or_names() -> None:
    ((one,),) = [[*pieces("alter table `we``ird`.t /*!50100 engine=x */ 'add'")]]
    assert [word.upper for word in one.words] == ["ALTER", "TABLE", "", "", "T", "ENGINE", "", "X", ""]
    assert [word.name for word in one.words[2:5]] == ["we`ird", "", "t"]
