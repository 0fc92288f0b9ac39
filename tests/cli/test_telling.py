"""Every answer names the day and the position that it is of, where a person reads it."""

import re

import pytest

from registryctl import wire
from tests.cli.test_terminal import on_a_terminal

READS = (
    "partnership members adpack2",
    "cluster list --limit 1",
    "cluster show nextmove dolina-lotnicza",
    "edition series --region PL",
    "edition compare ecc-2020 ecc-2022",
    "find moveo",
    "cluster resolve nextmove",
    "region show PL82 --explain clusters.total",
    "region specialisation PL82",
    "ecosystem specialisation digital",
)


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("form", ["table", "csv"])
def test_an_answer_names_its_day_and_position(example, form, read):
    """Once, on stderr, below what was printed; not with --quiet."""
    words = ("-o", form, *read.split(), "--as-of", "2022")
    result = example.run(*words)
    assert result.exit_code == 0, result.stderr
    told = re.findall("as of 2022-12-31, at position [1-9][0-9]*$", result.stderr, re.MULTILINE)
    assert len(told) == 1
    assert "at position" not in result.stdout
    assert "at position" not in example.run("--quiet", *words).stderr


def test_resources_of_several_requests_are_of_one_position(example, monkeypatch):
    """That of the first, which is the one that is told."""
    monkeypatch.setattr(wire, "BATCH_SIZE", 1)
    several = ("--debug", "-o", "table", "cluster", "show", "nextmove", "klaster-it", "clutex")
    result = example.run(*several)
    (told,) = re.findall("at position ([0-9]+)$", result.stderr, re.MULTILINE)
    assert result.stderr.count(f"known_position: {told}\n") == 2
    assert len(result.stdout.splitlines()) == 4


def test_what_came_under_a_figure_is_of_two_positions(example):
    """Both are told, by the points as they were typed."""
    words = ("diff", "regions/PL", "2010@300", "2022", "--explain", "clusters.total")
    result = example.run("-o", "table", *words)
    assert "2010@300: as of 2010-12-31, as known at position 300\n" in result.stderr
    assert "2022: as of 2022-12-31, as known at position" in result.stderr


def test_a_history_is_of_a_position_alone(example):
    """Which is that of all its dates."""
    result = example.run("-o", "table", "history", "clusters/nextmove", "--known-position", "300")
    assert result.stderr == "at position 300\n"


@pytest.mark.parametrize(
    "line", ["cluster show nextmove", "edition summary ecc-2022", "changes list --after 500"]
)
def test_what_an_answer_says_itself_is_not_told_again(example, line):
    """In what is printed, or in other words."""
    assert "at position" not in example.run("-o", "table", *line.split()).stderr


def test_a_program_is_told_nothing_unless_a_person_looks(example):
    """Where stderr is a terminal, somebody may want to write it down."""
    read = ("-o", "ndjson", "cluster", "list", "--limit", "1")
    assert example.run(*read).stderr == ""
    assert b"at position" in on_a_terminal(example, *read, stream="stderr")


@pytest.mark.parametrize("line", ["cluster list", "region show PL", "edition series"])
def test_what_was_known_before_the_log_began_is_nothing(example, line):
    """It is said, lest it be taken for an empty registry."""
    result = example.run(*line.split(), "--known-at", "2001")
    assert result.exit_code == 0
    assert "nothing was recorded yet at that time; the log begins 20" in result.stderr


def test_an_export_of_before_the_log_began_is_told_so(example, tmp_path):
    """The files are there, without a row."""
    result = example.run("export", str(tmp_path / "one"), "--known-at", "2001")
    assert result.exit_code == 0
    assert "nothing was recorded yet at that time; the log begins 20" in result.stderr
