"""Location quotients at the command line, with the real data."""

import csv
import io

import pytest


def test_a_table_says_which_numbers_are_small_and_who_is_counted(example):
    """A person sees at once what a quotient of few clusters is worth."""
    result = example.run("-o", "table", "region", "specialisation", "PL82")
    assert result.exit_code == 0, result.stderr
    header, first, *_ = lines = result.stdout.splitlines()
    assert header.split()[-3:] == ["total", "quotient", "smallNumbers"]
    assert first.split() == ["tourism", "regions/PL82", "2", "7", "3", "74", "7.05", "true"]
    assert "undefined" in lines[-4]
    assert lines[-3:] == [
        "base: existing 113, total 74, untagged 39, unlocated 0",
        "left out: withoutEcosystem 3, coarser 3, ambiguous 0, leftNuts 0",
        "small numbers: 14 of 14 rows rest on fewer than 5 clusters, counted or expected",
    ]


def test_a_table_of_an_ecosystem_begins_with_its_regions(example):
    """Of the level and the version asked for."""
    command = "ecosystem specialisation aerospace-defence --level 1 --by 2013"
    result = example.run("-o", "table", *command.split())
    header, first, *_ = result.stdout.splitlines()
    assert header.split()[:3] == ["region", "ecosystem", "clusters"]
    assert first.split() == [
        "regions/DE6",
        "aerospace-defence",
        "1",
        "1",
        "10",
        "74",
        "7.40",
        "true",
    ]
    assert "left out: withoutCountry 0, coarser 2" in result.stdout


def test_programs_get_every_digit(example):
    """As CSV the rows, with who is counted beside them on stderr; as JSON all there is."""
    command = ["region", "specialisation", "PL12", "--nuts", "2013"]
    result = example.run("-o", "csv", *command)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert "base: existing 113" in result.stderr
    whole = example.json(*command)
    assert (whole["region"], whole["version"], whole["byVersion"]) == ("PL12", 2013, 2013)
    assert whole["base"]["total"] == 74
    assert [row["quotient"] for row in rows] == [
        str(row["quotient"]) if "quotient" in row else "" for row in whole["rows"]
    ]
    assert {row["smallNumbers"] for row in rows} == {"true"}


def test_as_of_a_date_that_had_none_there_is_nothing_to_tell(service):
    """No region has a cluster yet: the base says so."""
    result = service.run(
        *("-o", "table", "ecosystem", "specialisation", "digital", "--known-at", "2001")
    )
    assert result.exit_code == 0, result.stderr
    assert "base: existing 0, total 0" in result.stdout


def test_a_code_of_another_version_is_refused_with_what_became_of_it(example):
    """As by every command that takes a region."""
    result = example.run("region", "specialisation", "PL32")
    assert result.exit_code == 3
    assert "its territory lies in PL82" in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("region show PL --explain specialisation.clusters.PLX", "'PLX' is no ecosystem"),
        ("region show PL --explain specialisation.clusters", "specialisation.clusters.digital"),
        ("region show PL --explain participants.byKind.clusters", "did you mean cluster?"),
        ("diff regions/PL 2010 2022 --explain clusters.totl", "did you mean clusters.total"),
    ],
)
def test_a_figure_that_is_none_is_a_usage_error(example, line, said):
    """Named as it was typed; what nothing counts under is no answer to a slip."""
    result = example.run(*line.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "invalid argument: --explain: '" in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize("noun", ["region", "ecosystem"])
def test_the_help_says_which_command_explains_the_numbers(example, noun):
    """It is the one for the summary, which has the option."""
    result = example.run(noun, "specialisation", "--help")
    said = " ".join(result.stdout.split())
    assert f"`{noun} show" in said
    assert "--explain specialisation.clusters." in said


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("ecosystem specialisation ecosystems/digital", "ecosystem specialisation digital"),
        ("ecosystem show ecosystems/digital", "ecosystem show digital"),
        ("region specialisation regions/PL82", "region specialisation PL82"),
        (
            "ecosystem specialisation digital --nuts 2013",
            "ecosystem specialisation digital --by 2013",
        ),
        ("edition summary ecc-2022 --nuts 2013", "edition summary ecc-2022 --by 2013"),
    ],
)
def test_a_name_and_an_option_are_taken_as_elsewhere(example, line, same):
    """An ecosystem as `diff` names it; a version of NUTS by the option of regions."""
    assert example.json(*line.split()) == example.json(*same.split())
