"""What differs between two points, for a person and for a program."""

import datetime

import pytest

from registryctl.moments import Point

A, P = "clusters/diff-a", "partnerships/diff-p"


@pytest.fixture(scope="module")
def told(service):
    """A cluster that was renamed and joined a partnership; the position before its renaming."""
    service.json("cluster", "register", "diff-a", "--name", "Alpha", "--effective", "2006")
    position = service.json(
        *("partnership", "form", "diff-p", "--name", "P", "--kind", "alliance"),
        *("--effective", "2010"),
    )["recorded"]["position"]
    service.json("cluster", "rename", "diff-a", "Beta", "--effective", "2012")
    service.json("partnership", "join", "diff-p", A, "--effective", "2014")
    as_founder = ("--role", "founder", "--effective", "2014")
    service.json("partnership", "join", "diff-p", A, *as_founder)
    left = ("--role", "founder", "--effective", "2016")
    service.json("partnership", "leave", "diff-p", A, *left)
    tagged = service.json(
        *("cluster", "set-ecosystems", "diff-a", "retail", "--effective", "2013")
    )["recorded"]["position"]
    service.json("cluster", "list", "--limit", "1", "--min-position", tagged)
    return position


def rows(service, *words):
    return [tuple(row.values()) for row in service.json("diff", *words)]


@pytest.mark.usefixtures("told")
def test_a_resource_as_of_two_days(service):
    """Each field that differs, and what it was."""
    found = rows(service, A, "2010", "2015")
    assert ("name", "Alpha", "Beta") in found
    assert ("ecosystems", "", "retail") in found
    assert ("version", "3", "3") not in found
    assert rows(service, A, "2013", "2015") == []


def test_a_resource_by_two_states_of_knowledge(service, told):
    """As of one day: what has come to be known of it since."""
    found = rows(service, A, f"2015@{told}", "2015")
    assert ("name", "Alpha", "Beta") in found
    assert ("version", "1", "3") in found


@pytest.mark.usefixtures("told")
def test_members_are_the_same_by_the_event_that_began_them(service):
    """One that joined twice, in two roles, is told twice, and left in one of them only."""

    def members(*points):
        return [row[1:] for row in rows(service, P, *points) if row[0] == "members"]

    as_partner, as_founder = f"{A} partner joined 2014", f"{A} founder joined 2014 left 2016"
    assert members("2012", "2015") == [("", as_partner), ("", as_founder)]
    assert members("2015", "2020") == [(as_founder, "")]


@pytest.mark.usefixtures("told")
def test_what_was_not_registered_has_no_field_there(service):
    """Its registration is what differs; what never was is not found."""
    result = service.run("-o", "table", "diff", A, "@1")
    assert result.exit_code == 0
    assert "@1: not registered" in result.stderr
    assert "Beta" in result.stdout
    missing = service.run("diff", "clusters/none", "2010")
    assert missing.exit_code == 3
    assert "clusters/none is not in the registry" in missing.stderr


@pytest.mark.usefixtures("told")
def test_a_summary_and_who_came(service):
    """The figures that differ; under one of them the resources."""
    answer = service.json("diff", "ecosystems/retail", "2012")
    figures = {row["figure"]: row for row in answer["changes"]}
    assert figures["clusters.total"]["change"] == 1
    came = service.json("diff", "ecosystems/retail", "2012", "--explain", "clusters.total")
    assert came == [{"resource": A, "first": "", "second": "counted"}]
    assert service.json("diff", "ecosystems/retail", "2012", "2012")["changes"] == []


@pytest.mark.parametrize(
    ("typed", "position"), [("@1899", 1899), ("@2101", 2101), ("@#2026", 2026), ("2020@541", 541)]
)
def test_a_number_is_a_position_where_it_is_not_likely_a_year(typed, position):
    """With # before it always; then a position is never taken for a year, nor a year for one."""
    assert Point().convert(typed, None, None)[1]["known_position"] == position


def test_a_day_is_said_as_it_is_for_what_was_known():
    """Yesterday is a day, of either time."""
    _, fields = Point().convert("yesterday@yesterday", None, None)
    day = datetime.date(**fields["as_of"])
    assert 1 <= (datetime.datetime.now(datetime.UTC).date() - day).days <= 2
    known = datetime.datetime.fromtimestamp(fields["known_at"]["seconds"], datetime.UTC)
    assert known.date() == day
    assert Point().convert("today", None, None) == ("today", {})


def test_a_person_reads_the_points_as_they_were_typed(service, told):
    """And as of which day and position each is."""
    result = service.run("-o", "table", "diff", A, f"2010@{told}", "2015")
    assert f"2010@{told}: as of 2010-12-31, as known at position {told}" in result.stderr
    assert result.stdout.split()[:3] == ["field", f"2010@{told}", "2015"]
    same = service.run("-o", "table", "diff", A, "2013", "2013")
    assert "nothing differs" in same.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("foo", "2010"), "expected clusters/x"),
        (("clusters/", "2010"), "expected clusters/x"),
        (
            ("clusters/x", "20x"),
            "'20x' is no point: expected YYYY, YYYY-MM, YYYY-MM-DD, today or yesterday; a point is",
        ),
        (("clusters/x", "2010-13@541"), "'2010-13@541' is no point: month must be in 1..12"),
        (("clusters/x", "2010@soon"), "'soon' is no time"),
        (("clusters/x", "2020@2026", "2020"), "say @#2026 for the position, or @2026-12-31"),
        (("clusters/x", "@1900"), "1900 may be a position or a year"),
        (("clusters/x", "@#0"), "'#0' is no time"),
        (("clusters/x", "2010", "--summary"), "clusters have no summary"),
        (("partnerships/x", "2010", "--explain", "clusters.total"), "have no summary"),
    ],
)
def test_what_cannot_be_compared_is_refused(service, words, said):
    """Before the service is asked, saying what is expected."""
    result = service.run("diff", *words)
    assert result.exit_code == 2
    assert said in result.stderr
