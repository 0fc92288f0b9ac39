"""CSV files, good and bad: every record knows its line, everything malformed is named."""

import hashlib

import pytest

from registryctl.imports.table import Refused, Row, Table

COLUMNS = ("id", "name")


def table(tmp_path, content):
    path = tmp_path / "things.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Table(path, COLUMNS)


def refusals(found):
    return [(row[0], row[1].field, row[1].reason) for row in found if not isinstance(row, Row)]


def test_a_record_is_on_the_line_where_it_begins(tmp_path):
    """Quoted line breaks move later records down; empty lines are no records."""
    found = table(tmp_path, 'id,name\na,"one\ntwo"\n\nb,three\n').rows()
    assert [(row.line, row["id"], row["name"]) for row in found] == [
        (2, "a", "one\ntwo"),
        (5, "b", "three"),
    ]


def test_the_digest_is_that_of_the_bytes(tmp_path):
    """SHA-256 is over the file as it is, a byte order mark included."""
    content = b"\xef\xbb\xbfid,name\r\na,b\r\n"
    found = table(tmp_path, content)
    assert found.sha256 == hashlib.sha256(content).digest()
    assert [row["id"] for row in found.rows()] == ["a"]


def test_cells_lose_surrounding_spaces_only(tmp_path):
    """Spaces within are the source's."""
    (row,) = table(tmp_path, "id,name\n a , b  c \n").rows()
    assert (row["id"], row["name"]) == ("a", "b  c")


def test_rows_of_another_width_are_refused_alone(tmp_path):
    """The others are read."""
    found = list(table(tmp_path, "id,name\na,b,c\nd\ne,f\n").rows())
    assert refusals(found) == [(2, "", "TOO_MANY_FIELDS"), (3, "", "TOO_FEW_FIELDS")]
    assert found[2]["id"] == "e"


def test_bytes_that_are_no_utf_8_refuse_their_row_alone(tmp_path):
    """The column is named."""
    found = list(table(tmp_path, b"id,name\na,caf\xe9\nb,x\n").rows())
    assert refusals(found) == [(2, "name", "NOT_UTF8")]
    assert found[1]["id"] == "b"


def test_a_quote_that_is_never_closed_is_named_where_it_opens(tmp_path):
    """Everything after it is lost, and the message says so."""
    found = list(table(tmp_path, 'id,name\na,b\nc,"d\ne,f\n').rows())
    assert refusals(found) == [(3, "", "MALFORMED_CSV")]
    assert "line 3 is never closed" in found[1][1].message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "MISSING_COLUMN"),
        ("id,title\n", "MISSING_COLUMN"),
        ("id;name\n", "MISSING_COLUMN"),
        ("id,name,id\n", "DOUBLE_COLUMN"),
        ('id,"name"x\n', "MALFORMED_CSV"),
        ("id,name\n".encode("utf-16"), "NOT_UTF8"),
    ],
)
def test_a_file_without_its_header_is_refused(tmp_path, content, reason):
    """The line is 1, and no row is guessed."""
    with pytest.raises(Refused) as refused:
        table(tmp_path, content)
    assert (refused.value.reason, refused.value.line) == (reason, 1)


def test_columns_that_nobody_reads_are_known(tmp_path):
    """A further column is no fault; the import can tell of it."""
    assert table(tmp_path, "id,name,colour\n").unused == ["colour"]
