"""Answers in every form, with figures that are zero."""

import csv
import io
import json

import pytest
from google.type import date_pb2

from registry.events.v1 import values_pb2
from registry.v1 import cluster_service_pb2, summary_service_pb2
from registryctl import printing, text
from registryctl.app import Settings

CLUSTERS = [
    cluster_service_pb2.Cluster(
        cluster=f"clusters/{name}",
        name=name.upper(),
        aliases=["one", "two; three"],
        established=values_pb2.Effective(
            date=date_pb2.Date(year=2006, month=9), bound=values_pb2.Effective.BOUND_AT
        ),
    )
    for name in ("aa", "bb")
]


def printed(capsys, form, messages=CLUSTERS):
    printing.show_messages(Settings(output=form), messages)
    return capsys.readouterr().out


def test_json_is_one_array(capsys):
    """Several resources are a JSON array, none an empty one."""
    assert [row["name"] for row in json.loads(printed(capsys, "json"))] == ["AA", "BB"]
    assert json.loads(printed(capsys, "json", [])) == []


def test_ndjson_is_an_object_a_line(capsys):
    """A program can read line by line."""
    lines = printed(capsys, "ndjson").splitlines()
    assert [json.loads(line)["cluster"] for line in lines] == ["clusters/aa", "clusters/bb"]


def test_csv_has_one_header_and_quotes_what_needs_it(capsys):
    """Dates are text, lists are JSON, and the columns are the same in every row."""
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "csv"))))
    assert [row["established"] for row in rows] == ["2006-09", "2006-09"]
    assert json.loads(rows[0]["aliases"]) == ["one", "two; three"]


def test_csv_has_the_columns_of_all_rows(capsys):
    """What the first row does not have, another may: no value is left out."""
    other = cluster_service_pb2.Cluster(cluster="clusters/cc")
    other.dissolved.CopyFrom(CLUSTERS[0].established)
    other.location.region_as_stated = "Somewhere"
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "csv", [*CLUSTERS, other]))))
    assert [row["dissolved"] for row in rows] == ["", "", "2006-09"]
    assert rows[2]["location.regionAsStated"] == "Somewhere"
    assert [row["established"] for row in rows] == ["2006-09", "2006-09", ""]


def test_a_table_shows_the_columns_that_matter(capsys):
    """A table in a pipe is not cut."""
    header, first, _ = printed(capsys, "table").splitlines()
    assert header.split() == ["cluster", "name", "country", "established", "ecosystems", "life"]
    assert first.split()[:3] == ["clusters/aa", "AA", "2006-09"]


def test_an_answer_shows_figures_that_are_zero(capsys):
    """A figure that is zero is a figure; names are those of proto JSON, in the proto's order."""
    answer = summary_service_pb2.GetEditionSummaryResponse(
        summary={
            "edition": "editions/x",
            "participants": {"total": 2, "by_country": {"PL": 1, "CZ": 1}},
        },
        read_position=7,
    )
    printing.show_one(Settings(output="json"), answer)
    summary = json.loads(capsys.readouterr().out)
    assert summary["readPosition"] == "7"
    assert list(summary["participants"])[:3] == ["total", "byCountry", "byRegion"]
    assert list(summary["participants"]["byCountry"]) == ["CZ", "PL"]
    assert summary["participants"]["leftNuts"] == 0
    printing.show_one(Settings(output="table"), answer)
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["participants.byCountry", "CZ 1, PL 1"] in [[a, b.strip()] for a, b in lines]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"bound": "BOUND_UNKNOWN"}, "unknown"),
        ({"date": {"year": 2010}, "bound": "BOUND_NO_LATER_THAN"}, "no-later-than 2010"),
        ({"year": 2022, "month": 9, "day": 26}, "2022-09-26"),
        (["a", "b"], "a; b"),
        ([{"ecosystem": "digital", "partnerships": 1}], "digital 1"),
        ({"name": "P", "durationMonths": 0}, "name P"),
        ({"total": 0}, "total 0"),
        ({"CZ": 6, "PL": 2}, "CZ 6, PL 2"),
        (True, "true"),
        (0, "0"),
    ],
)
def test_values_have_a_short_text(value, shown):
    """Dates and counts read as a person writes them."""
    assert text.short(value) == shown


def test_a_terminal_obeys_nothing_from_the_data():
    """Escape sequences in a name are made visible."""
    assert text.printable("a\x1b[2Jb\nc") == "a\N{REPLACEMENT CHARACTER}[2Jb\nc"


SUMMARIES = ("region show PL", "ecosystem show aerospace-defence", "edition summary ecc-2022")


@pytest.mark.parametrize("summary", SUMMARIES)
def test_a_summary_is_a_row_for_each_figure_that_can_be_explained(example, summary):
    """As CSV: what counts something has the name that `--explain` takes, and counts as many."""
    result = example.run("-o", "csv", *summary.split())
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == ["figure", "value"]
    counts = {row["figure"]: int(row["value"]) for row in rows if row["value"].isdecimal()}
    counts = {name: count for name, count in counts.items() if "." in name and count}
    assert len(counts) > 5
    for name, count in counts.items():
        explained = example.run("-o", "ndjson", *summary.split(), "--explain", name)
        assert explained.exit_code == 0, (name, explained.stderr)
        found = {json.loads(line)["resource"] for line in explained.stdout.splitlines()}
        assert len(found) == count, name


def test_members_are_told_with_what_their_dates_are(example):
    """And each thing once; what nobody stated is not shown as 0 months."""
    shown = example.run("-o", "table", "partnership", "show", "adpack2").stdout
    assert "clusters/nanoprogress coordinator joined unknown; clusters/balticnet" in shown
    assert "durationMonths" not in shown
    assert "durationMonths" in example.run("partnership", "show", "adpack2").stdout
