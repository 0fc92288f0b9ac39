"""The import against a real service: everything comes in, once, and what does not is explained."""

import json
import shutil
import subprocess

import pytest

from registry_client import batches
from tests.cli.service import BIN, EXAMPLE

ORGANISATIONS = "id,name,country_iso,note\n"
CLUSTERS = (EXAMPLE / "clusters.csv").read_text().splitlines()[0]


def counts(result):
    return json.loads(result.stdout.splitlines()[-1])


def imported(service, directory, *options):
    """Import a directory; answers exit code, counts and report."""
    report = directory.parent / f"{directory.name}.ndjson"
    result = service.run("import", str(directory), "--report", str(report), *options)
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    return result.exit_code, counts(result), lines


def written(tmp_path, **files):
    directory = tmp_path / "data"
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        (directory / f"{name}.csv").write_text(content)
    return directory


def cluster_row(**cells):
    """A row of clusters.csv."""
    return ",".join(cells.get(column, "") for column in CLUSTERS.split(",")) + "\n"


def test_the_example_comes_in_and_a_second_time_nothing_does(example):
    """299 rows accepted, none refused; then all of them unchanged, and none differs."""
    head = example.json("view", "list")[0]["headPosition"]
    result = example.run("import", str(EXAMPLE))
    assert "registered before" not in result.stderr
    assert result.exit_code == 0
    assert counts(result) == {"accepted": 0, "unchanged": 299, "refused": 0}
    assert example.json("view", "list")[0]["headPosition"] == head


def test_another_digest_of_every_file_records_nothing(example, tmp_path):
    """A line more at the end of each file: every fact is recorded already, and says so."""
    head = example.json("view", "list")[0]["headPosition"]
    for path in EXAMPLE.glob("*.csv"):
        (tmp_path / path.name).write_text(path.read_text() + "\n")
    for _ in range(2):
        result = example.run("import", str(tmp_path))
        assert counts(result) == {"accepted": 0, "unchanged": 299, "refused": 0}
        assert result.exit_code == 0, result.stderr
    assert example.json("view", "list")[0]["headPosition"] == head


def test_a_subset_of_the_files_is_enough(service, tmp_path):
    """A directory may hold any of the files; others are named and left alone."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "sub-org,Sub,CZ,\n")
    (directory / "notes.txt").write_text("hello")
    result = service.run("import", str(directory))
    assert counts(result) == {"accepted": 1, "unchanged": 0, "refused": 0}
    assert "not imported: notes.txt" in result.stderr


def test_quiet_leaves_out_what_is_never_imported(service, tmp_path):
    """Files and columns that an import does not read are no fault; what stays as it was is told."""
    rows = f"{ORGANISATIONS.strip()},colour\nquiet-org,Quiet,CZ,,red\n"
    directory = written(tmp_path, organisations=rows)
    (directory / "notes.txt").write_text("hello")
    assert "organisations.csv: not imported: colour" in service.run("import", str(directory)).stderr
    assert service.run("-q", "import", str(directory)).stderr == ""
    written(tmp_path, organisations=rows.replace("Quiet", "Other"))
    assert "keeps its name" in service.run("-q", "import", str(directory)).stderr


def test_a_directory_without_any_file_is_a_usage_error(service, tmp_path):
    """Nothing is what nobody means."""
    assert service.run("import", str(tmp_path)).exit_code == 2


def test_another_state_of_the_file_adds_only_what_is_new(service, tmp_path):
    """Another digest or line is no other fact; a further alias is one."""
    first = cluster_row(id="grown", name="Grown", country_iso="CZ", name_aliases="One")
    directory = written(tmp_path, clusters=f"{CLUSTERS}\n{first}")
    assert imported(service, directory)[1] == {"accepted": 1, "unchanged": 0, "refused": 0}
    again = first.replace("One", "One; Two").replace("\n", "")
    other = cluster_row(id="grown-2", name="Grown 2", country_iso="CZ")
    written(tmp_path, clusters=f"{CLUSTERS}\n{other}{again}\n")
    assert imported(service, directory)[1] == {"accepted": 2, "unchanged": 0, "refused": 0}
    assert service.json("cluster", "show", "grown")["aliases"] == ["One", "Two"]
    written(tmp_path, clusters=f"{CLUSTERS}\n{again}\n{other}")
    assert imported(service, directory)[1] == {"accepted": 0, "unchanged": 2, "refused": 0}


def test_a_retracted_fact_stays_retracted(service, tmp_path):
    """Neither the same file nor a changed one brings back what a clerk took back."""
    row = cluster_row(id="undone", name="Undone", country_iso="CZ", name_aliases="Alias")
    directory = written(tmp_path, clusters=f"{CLUSTERS}\n{row}")
    assert imported(service, directory)[1]["accepted"] == 1
    service.json("events", "retract", "clusters/undone", "2", "--yes")
    assert imported(service, directory)[1]["unchanged"] == 1
    assert service.json("cluster", "show", "undone")["aliases"] == []
    written(tmp_path, clusters=f"{CLUSTERS}\n\n{row}")
    assert imported(service, directory) == (0, {"accepted": 0, "unchanged": 1, "refused": 0}, [])
    assert service.json("cluster", "show", "undone")["aliases"] == []
    more = row.replace("Alias", "Alias; Other")
    written(tmp_path, clusters=f"{CLUSTERS}\n{more}")
    assert imported(service, directory)[1]["accepted"] == 1
    assert service.json("cluster", "show", "undone")["aliases"] == ["Other"]


def test_a_registration_in_other_words_is_told(service, tmp_path):
    """An id that is registered keeps its name; a person is told of it, but nothing is refused."""
    written(tmp_path, organisations=ORGANISATIONS + "worded,One,CZ,\n")
    service.run("import", str(tmp_path / "data"))
    written(tmp_path, organisations=ORGANISATIONS + "worded,Other,CZ,\n")
    result = service.run("import", str(tmp_path / "data"))
    assert counts(result) == {"accepted": 0, "unchanged": 1, "refused": 0}
    assert "1 registered before, by another command; what is there stays:\n" in result.stderr
    assert "organisations.csv:2: organisations/worded keeps its name" in result.stderr
    assert imported(service, tmp_path / "data") == (0, counts(result), [])
    written(tmp_path, organisations=ORGANISATIONS + "worded,One,CZ,\n")
    assert "registered before" not in service.run("import", str(tmp_path / "data")).stderr


def test_the_report_is_in_the_order_of_the_lines(service, tmp_path):
    """Also where the service refuses a line after the program has refused a later one."""
    clusters = CLUSTERS + "\n" + cluster_row(id="order-c", name="C", country_iso="CZE")
    rows = "order-1,One,CZE,\norder-2,Two\norder-3,Three,CZE,\n"
    directory = written(tmp_path, organisations=ORGANISATIONS + rows, clusters=clusters)
    _, _, report = imported(service, directory)
    assert [(one["file"], one["line"]) for one in report] == [
        *(("organisations.csv", line) for line in (2, 3, 4)),
        ("clusters.csv", 2),
    ]


def test_a_report_that_cannot_be_written_is_a_usage_error(service, tmp_path):
    """Said before anything is recorded."""
    directory = written(tmp_path, organisations=ORGANISATIONS + "unreported,X,CZ,\n")
    result = service.run("import", str(directory), "--report", str(tmp_path / "no" / "x"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--report" in result.stderr
    assert service.run("organisation", "show", "unreported").exit_code == 3


def test_two_rows_of_one_id_must_say_the_same(service, tmp_path):
    """The second is refused where it says something else; a mere repetition changes nothing."""
    rows = "twice,One,CZ,\ntwice,One,CZ,\ntwice,Two,CZ,\n"
    directory = written(tmp_path, organisations=ORGANISATIONS + rows)
    exit_code, count, report = imported(service, directory)
    assert (exit_code, count) == (1, {"accepted": 1, "unchanged": 1, "refused": 1})
    assert [(one["line"], one["field"], one["reason"]) for one in report] == [
        (4, "id", "DUPLICATE_ID")
    ]


@pytest.mark.parametrize("header", ["id;name;country_iso;note", '"id";"name";"country_iso"'])
def test_a_file_with_semicolons_is_asked_about_its_separator(service, tmp_path, header):
    """The usual export of a spreadsheet is named as what it is."""
    directory = written(tmp_path, organisations=f"{header}\na;b;CZ;\n")
    _, _, (line,) = imported(service, directory)
    assert line["message"].endswith("is the separator a comma?")


@pytest.mark.parametrize(
    ("file", "row", "field", "reason"),
    [
        ("organisations", "Bad_Id,X,CZ,", "id", "INVALID_FIELD"),
        ("organisations", ",X,CZ,", "id", "EMPTY_CELL"),
        ("organisations", "ok-1,,CZ,", "name", "INVALID_FIELD"),
        ("organisations", "ok-2,X,CZE,", "country_iso", "INVALID_FIELD"),
        ("organisations", "ok-3,X", "", "TOO_FEW_FIELDS"),
        ("organisations", "ok-4,X,CZ,,more", "", "TOO_MANY_FIELDS"),
        ("organisations", 'ok-5,"X,CZ,', "", "MALFORMED_CSV"),
        ("partnership_members", "p-x,cluster,gone,,,partner,,", "partnership_id", "NOT_FOUND"),
        ("partnership_members", "p-x,person,gone,,,partner,,", "member_kind", "INVALID_FIELD"),
        ("participations", "99,cluster,gone,,,,,attendee,,", "edition_number", "NOT_FOUND"),
    ],
)
def test_a_bad_row_is_refused_by_itself(  # noqa: PLR0913, PLR0917  # a table of cases
    service, tmp_path, file, row, field, reason
):
    """The report names file, line, column and reason; exit code 1."""
    header = (EXAMPLE / f"{file}.csv").read_text().splitlines()[0]
    directory = written(tmp_path, **{file: f"{header}\n{row}\n"})
    exit_code, count, report = imported(service, directory)
    assert exit_code == 1
    assert count == {"accepted": 0, "unchanged": 0, "refused": 1}
    (line,) = report
    assert (line["file"], line["line"]) == (f"{file}.csv", 2)
    assert (line["field"], line["reason"]) == (field, reason)
    assert line["message"]


@pytest.mark.parametrize(
    ("column", "cell", "reported"),
    [
        ("established", "in spring", "established"),
        ("established", "0007", "established"),
        ("nuts_code", "XX99", "nuts_code"),
        ("nuts_version", "new", "nuts_version"),
        ("ecosystem_id", "no-ecosystem", "ecosystem_id"),
    ],
)
def test_a_bad_cell_of_a_cluster_is_named(service, tmp_path, column, cell, reported):
    """Whoever notices, the program or the service: the column is that of the file."""
    cells = {"id": f"bad-{column.replace('_', '-')}", "name": "Bad", "country_iso": "CZ"}
    cells |= {"nuts_code": "CZ01", "nuts_version": "2024"} | {column: cell}
    directory = written(tmp_path, clusters=f"{CLUSTERS}\n{cluster_row(**cells)}")
    exit_code, count, report = imported(service, directory)
    assert (exit_code, count["refused"]) == (1, 1)
    assert [line["field"] for line in report] == [reported]


def test_facts_of_what_was_not_registered_are_not_reported_again(service, tmp_path):
    """One refused registration is one line, however many facts rest on it."""
    row = cluster_row(id="not-born", name="X", country_iso="CZE", name_aliases="A; B")
    exit_code, count, report = imported(service, written(tmp_path, clusters=f"{CLUSTERS}\n{row}"))
    assert (exit_code, count["refused"]) == (1, 1)
    assert [line["field"] for line in report] == ["country_iso"]


def test_a_refused_row_does_not_stop_the_others(service, tmp_path):
    """Rows stand for themselves; without a report they are told on stderr."""
    rows = 'go-1,One,CZ,\n"go\n2",Two,CZ,\ngo-3,Three,CZ,\n'
    result = service.run("import", str(written(tmp_path, organisations=ORGANISATIONS + rows)))
    assert counts(result) == {"accepted": 2, "unchanged": 0, "refused": 1}
    assert "organisations.csv:3: id: INVALID_FIELD" in result.stderr


def test_a_file_without_its_columns_is_refused_and_the_others_come_in(service, tmp_path):
    """The header's line is reported once."""
    good = ORGANISATIONS + "beside,Beside,CZ,\n"
    directory = written(tmp_path, organisations=good, clusters="id,name\na,b\n")
    exit_code, count, report = imported(service, directory)
    assert exit_code == 1
    assert count == {"accepted": 1, "unchanged": 0, "refused": 1}
    assert [(line["line"], line["reason"]) for line in report] == [(1, "MISSING_COLUMN")]


def test_many_rows_go_in_several_batches(service, tmp_path, monkeypatch):
    """Batches are sent ahead, and their answers find their rows."""
    monkeypatch.setattr(batches, "BATCH_SIZE", 7)
    rows = "".join(f"many-{n},Many {n},{'CZ' if n % 10 else 'CZE'},\n" for n in range(100))
    directory = written(tmp_path, organisations=ORGANISATIONS + rows)
    _, count, report = imported(service, directory)
    assert count == {"accepted": 90, "unchanged": 0, "refused": 10}
    assert [line["line"] for line in report] == list(range(2, 102, 10))
    changed = ORGANISATIONS + "\n" + rows
    _, count, _ = imported(service, written(tmp_path, organisations=changed))
    assert count == {"accepted": 0, "unchanged": 90, "refused": 10}


def test_a_service_that_is_not_there_is_exit_code_7(tmp_path):
    """Nothing is counted, and it does not hang."""
    shutil.copy(EXAMPLE / "organisations.csv", tmp_path)
    command = [BIN / "registryctl", "--address", "127.0.0.1:1", "import", tmp_path]
    result = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert (result.returncode, result.stdout) == (7, b"")


def test_the_questions_have_the_answers_of_the_data(example):
    """The figures of the example, as they were counted by hand."""
    prague = example.json("edition", "summary", "ecc-2022")["participants"]
    assert (prague["total"], prague["byCountry"]) == (8, {"CZ": 6, "PL": 2})
    assert prague["byKind"] == {"cluster": 6, "delegation": 1, "organisation": 1}
    assert (prague["firstTime"], prague["returning"]) == (7, 1)
    assert (prague["byRegion"], prague["unlocated"]) == ({"PL42": 1, "PL82": 1}, 6)
    assert prague["byEcosystem"] == {"electronics": 1, "health": 1, "textiles": 1}
    assert prague["untagged"] == 5
    aerospace = example.json("ecosystem", "show", "aerospace-defence")
    assert aerospace["clusters"]["total"] == 10
    assert aerospace["clusters"]["startUnknown"] == 7
    assert aerospace["linkedEcosystems"] == []
    digital = example.json("ecosystem", "show", "digital")
    assert digital["clusters"]["byCountry"] == {"FR": 1, "IT": 2, "PL": 3, "RO": 1, "RS": 1}
    assert [one["ecosystem"] for one in digital["linkedEcosystems"]] == [
        "agri-food",
        "cultural-creative",
        "electronics",
        "mobility-transport-automotive",
    ]
    podkarpackie = example.json("region", "show", "PL82")
    assert podkarpackie["clusters"]["total"] == 10
    assert podkarpackie["delegations"]["total"] == 1
    assert example.json("region", "show", "FRL0")["clusters"]["total"] == 1
