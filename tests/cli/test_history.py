"""The history of a resource at the command line."""

import csv
import io
import json

import pytest


@pytest.fixture
def late(service, new) -> str:
    """A cluster with a late fact, and a fact that was taken back."""
    for line in (
        f"cluster rename {new} Later --effective 2021-01-07 --reason identity --source paper",
        f"cluster rename {new} Earlier --effective 2009",
        f"cluster rename {new} Wrong --effective 2010",
        f"events retract clusters/{new} 4 --reason mistaken --yes",
    ):
        result = service.run(*line.split())
        assert result.exit_code == 0, result.stderr
    return f"clusters/{new}"


def rows(service, *arguments):
    result = service.run("-o", "csv", "history", *arguments)
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_what_changed_is_said_in_words_with_who_and_why(service, late):
    """A late fact at its date, with what replaces it; what was taken back, with the reason."""
    first, later, earlier, wrong, retraction = rows(service, late)
    assert first["changes"].startswith("name: Demo (until 2009); country: CZ")
    assert (later["by"], later["reason"], later["source"]) == (
        "principals/local",
        "identity",
        "paper",
    )
    assert (earlier["effective"], earlier["changes"]) == (
        "2009",
        "name: Demo -> Earlier (until 2021-01-07)",
    )
    assert (wrong["changes"], wrong["retracted"]) == (
        "name: Earlier -> Wrong",
        f"{late}@5: mistaken",
    )
    assert retraction["changes"] == f"retracts {late}@4: name: Wrong -> Earlier"


def test_it_is_sorted_by_either_time_and_as_it_was_known(service, late):
    """By effective date what is earlier in the world is first; a limit is of that order."""
    by_date = [row["event"] for row in rows(service, late, "--by", "effective")]
    assert by_date == [f"{late}@{version}" for version in (1, 3, 4, 2, 5)]
    some = rows(service, late, "--by", "effective", "--limit", "2")
    assert [row["event"] for row in some] == by_date[:2]
    (known,) = rows(service, late, "--known-position", rows(service, late)[0]["position"])
    assert known["changes"].startswith("name: Demo; country: CZ")


def test_for_a_program_values_are_json(service, late):
    """Before and after, and the event, are no text that has to be read again."""
    result = service.run("history", late, "--own-only")
    entry = json.loads(result.stdout.splitlines()[2])
    assert entry["payload"] == {"name": "Earlier"}
    (change,) = entry["changes"]
    assert (change["before"], change["after"]) == ("Demo", "Earlier")
    array = service.json("history", late)
    assert (len(array), array[0]["changes"][0]["before"]) == (5, None)


def test_what_came_to_a_list_and_went_is_told_in_few_words(service, late):
    """A membership and its end, an identifier, ecosystems."""
    own = late.partition("/")[2]
    partnership = f"partnerships/{own}"
    for line in (
        f"partnership form {own} --name P --kind network --effective 2010",
        f"partnership join {partnership} {late} --role partner --effective 2015",
        f"partnership leave {partnership} {late} --effective 2017",
        f"cluster set-ecosystems {late} digital health --effective 2015",
        f"cluster set-ecosystems {late} digital --effective 2016",
    ):
        result = service.run(*line.split())
        assert result.exit_code == 0, (line, result.stderr)
    told = [row["changes"] for row in rows(service, late)[5:]]
    assert told == [
        f"members: +{late} partner joined 2015",
        f"members: {late} partner left 2017",
        "ecosystems: +digital, +health (until 2016)",
        "ecosystems: -health",
    ]


def test_a_table_of_a_person_shows_the_first_of_many_sources(example):
    """They are addresses; the other forms have them all."""
    arguments = ("history", "clusters/nextmove", "--own-only", "--limit", "1")
    shown = example.run("-o", "table", *arguments).stdout
    (row,) = csv.DictReader(io.StringIO(example.run("-o", "csv", *arguments).stdout))
    sources = row["source"].split("; ")
    assert len(sources) > 2
    assert f"{sources[0]}; {len(sources) - 1} more" in shown
    assert sources[1] not in shown


def test_a_resource_without_history_is_not_found(service):
    """With the exit code of what is not there; an id alone is no name."""
    result = service.run("history", "clusters/no-such")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "nothing is recorded of clusters/no-such" in result.stderr
    assert service.run("history", "nextmove").exit_code == 2
