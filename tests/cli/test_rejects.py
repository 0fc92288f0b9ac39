"""Refused rows are written down to be mended, and come in the second time."""

import csv

from tests.cli.service import EXAMPLE
from tests.cli.test_import import CLUSTERS, ORGANISATIONS, cluster_row, counts, written


def rows(path):
    """Rows of a CSV file, by column."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def mended(path, **cells):
    """Write other cells into every row of a file."""
    found = rows(path)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows([row | cells for row in found])


def test_what_is_refused_can_be_mended_and_imported(service, tmp_path):
    """The same columns, the reasons beside them; the rest is recorded at once."""
    good = cluster_row(id="good-row", name="Good", country_iso="CZ")
    bad = cluster_row(id="bad-row", name="Bad", country_iso="CZ", established="2010-13")
    directory = written(tmp_path, clusters=f"{CLUSTERS}\n{good}{bad}")
    rejects = tmp_path / "rejects"
    result = service.run("import", str(directory), "--rejects", str(rejects))
    assert counts(result) == {"accepted": 1, "unchanged": 0, "refused": 1}
    assert f"1 rows to mend in {rejects}" in result.stderr
    (row,) = rows(rejects / "clusters.csv")
    assert (row["id"], row["established"]) == ("bad-row", "2010-13")
    assert (row["rejected_line"], row["rejected_field"]) == ("3", "established")
    assert row["rejected_reason"] == "INVALID_FIELD"
    assert "2010-13" in row["rejected_message"]

    mended(rejects / "clusters.csv", established="2010-12")
    again = service.run("import", str(rejects))
    assert counts(again) == {"accepted": 1, "unchanged": 0, "refused": 0}
    assert "not imported: rejected" not in again.stderr
    assert service.json("cluster", "show", "bad-row")["established"]["date"]["month"] == 12


def test_a_mended_import_ends_where_a_clean_one_does(service, tmp_path):
    """Rows of several files, broken each in its way; the example is there in the end."""
    directory = tmp_path / "data"
    directory.mkdir()
    for path in EXAMPLE.glob("*.csv"):
        (directory / path.name).write_text(path.read_text())
    breaks = {"clusters.csv": ("PL82", "PL99"), "editions.csv": (",SE,", ",S,")}
    for name, (right, wrong) in breaks.items():
        path = directory / name
        path.write_text(path.read_text().replace(right, wrong))
    rejects = tmp_path / "rejects"
    first = counts(service.run("import", str(directory), "--rejects", str(rejects)))
    assert first["refused"] == sum(len(rows(path)) for path in rejects.glob("*.csv")) > 5
    for name, (right, wrong) in breaks.items():
        path = rejects / name
        path.write_text(path.read_text().replace(wrong, right))
    assert counts(service.run("import", str(rejects)))["refused"] == 0
    assert counts(service.run("import", str(EXAMPLE))) == {
        "accepted": 0,
        "unchanged": 299,
        "refused": 0,
    }


def test_what_is_still_wrong_is_written_down_again(service, tmp_path):
    """The earlier reasons give way to the new ones; columns are not doubled."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "x,One,CZ,\n")
    service.run("import", str(directory), "--rejects", str(tmp_path / "first"))
    result = service.run("import", str(tmp_path / "first"), "--rejects", str(tmp_path / "second"))
    assert counts(result)["refused"] == 1
    (row,) = rows(tmp_path / "second/organisations.csv")
    assert list(row)[-4:] == list(rows(tmp_path / "first/organisations.csv")[0])[-4:]
    assert row["rejected_line"] == "2"
    header = (tmp_path / "second/organisations.csv").read_text().splitlines()[0]
    assert header.count("rejected_line") == 1


def test_rows_that_are_no_rows_are_written_down_as_they_stand(service, tmp_path):
    """Too few fields are padded, so that the reasons stand in their columns."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "few,Few\n")
    service.run("import", str(directory), "--rejects", str(tmp_path / "rejects"))
    (row,) = rows(tmp_path / "rejects/organisations.csv")
    assert (row["id"], row["name"], row["rejected_reason"]) == ("few", "Few", "TOO_FEW_FIELDS")


def test_tables_are_never_written_over(service, tmp_path):
    """Neither those that are imported nor those that are half mended; nothing is recorded."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "kept-org,Kept,CZ,\n")
    before = (directory / "organisations.csv").read_text()
    result = service.run("import", str(directory), "--rejects", str(directory))
    assert result.exit_code == 2
    assert "organisations.csv" in result.stderr
    assert (directory / "organisations.csv").read_text() == before
    assert service.run("organisation", "show", "kept-org").exit_code == 3


def test_nothing_is_written_where_nothing_is_refused(service, tmp_path):
    """Not even the directory."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "fine-org,Fine,CZ,\n")
    result = service.run("import", str(directory), "--rejects", str(tmp_path / "rejects"))
    assert "nothing to mend" in result.stderr
    assert not (tmp_path / "rejects").exists()


def test_a_row_that_was_filled_up_is_not_taken_as_mended(service, tmp_path):
    """Its cells may stand in the wrong columns; emptying the reason says that they do not."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "filled-up,Filled\n")
    service.run("import", str(directory), "--rejects", str(tmp_path / "first"))
    again = service.run("import", str(tmp_path / "first"))
    assert counts(again) == {"accepted": 0, "unchanged": 0, "refused": 1}
    assert "then empty rejected_reason" in again.stderr
    mended(tmp_path / "first/organisations.csv", country_iso="CZ", rejected_reason="")
    assert counts(service.run("import", str(tmp_path / "first")))["accepted"] == 1


def test_what_stands_behind_a_record_that_is_none_is_written_down_too(service, tmp_path):
    """The record itself cannot be a row: it is to be mended where it stands."""
    records = '"malformed"x,One,CZ,\nbehind,Two,CZE,\n'
    directory = written(tmp_path, organisations=ORGANISATIONS + records)
    result = service.run("import", str(directory), "--rejects", str(tmp_path / "rejects"))
    assert counts(result)["refused"] == 2
    assert [row["id"] for row in rows(tmp_path / "rejects/organisations.csv")] == ["behind"]
    assert "1 more that are no rows" in result.stderr


def test_a_mended_row_still_names_what_came_before_it(service, tmp_path):
    """Its predecessor is registered, though no row of the mended file gives it."""
    header = (EXAMPLE / "partnerships.csv").read_text().splitlines()[0]
    columns = header.split(",")

    def row(**cells):
        return ",".join(cells.get(column, "") for column in columns) + "\n"

    first = row(id="came-first", name="First")
    then = row(id="came-then", name="Then", start="2010-13", predecessor_or_parent="came-first")
    directory = written(tmp_path, partnerships=f"{header}\n{first}{then}")
    rejects = tmp_path / "rejects"
    assert counts(service.run("import", str(directory), "--rejects", str(rejects)))["refused"] == 1
    mended(rejects / "partnerships.csv", start="2010-12")
    assert counts(service.run("import", str(rejects)))["accepted"] == 1
    (relation,) = service.json("partnership", "show", "came-then")["relations"]
    assert relation["target"]["resource"] == "partnerships/came-first"
