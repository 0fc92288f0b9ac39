"""What a person may type for dates, resources and kinds."""

import datetime

import click
import pytest

from registryctl import params


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2006", {"year": 2006, "month": 0, "day": 0}),
        ("2006-09", {"year": 2006, "month": 9, "day": 0}),
        ("2006-09-01", {"year": 2006, "month": 9, "day": 1}),
    ],
)
def test_a_date_keeps_its_precision(text, date):
    """What is not said of a date is 0, never made up."""
    assert params.date_fields(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "",
        "06",
        "2006-9",
        "2006-13",
        "2006-00",
        "2006-00-05",
        "2006-09-00",
        "2023-02-29",
        "today",
        "2006-",
    ],
)
def test_other_dates_are_refused(text):
    """A day that is in no calendar is a usage error, not a fault later."""
    with pytest.raises(ValueError):  # noqa: PT011  # the message is the calendar's
        params.date_fields(text)


def test_a_typed_date_may_be_said_as_yesterday():
    """At the command line, where somebody sits; a table of an import says which day."""
    given = datetime.date(2026, 3, 1)
    assert params.typed_date_fields("yesterday", given) == params.date_fields("2026-02-28")
    assert params.typed_date_fields("today", given) == params.date_fields("2026-03-01")
    assert params.Date().convert("yesterday", None, None)["day"]
    with pytest.raises(click.BadParameter, match="YYYY-MM-DD, today or yesterday"):
        params.Date().convert("tomorrow", None, None)


@pytest.mark.parametrize(
    ("text", "effective"),
    [
        ("unknown", {"bound": "BOUND_UNKNOWN"}),
        (
            "no-later-than 2010",
            {"date": {"year": 2010, "month": 0, "day": 0}, "bound": "BOUND_NO_LATER_THAN"},
        ),
        (
            "No later than 2010-05",
            {"date": {"year": 2010, "month": 5, "day": 0}, "bound": "BOUND_NO_LATER_THAN"},
        ),
        ("2021", {"date": {"year": 2021, "month": 0, "day": 0}, "bound": "BOUND_AT"}),
    ],
)
def test_an_effective_date_says_its_bound(text, effective):
    """The bound is always explicit."""
    assert params.effective_fields(text) == effective


def test_an_id_is_completed_to_a_resource_name():
    """Where one collection fits, the id is enough; a full name stands as it is."""
    cluster = params.Resource("clusters")
    assert cluster.convert("nextmove", None, None) == "clusters/nextmove"
    assert cluster.convert("clusters/nextmove", None, None) == "clusters/nextmove"


@pytest.mark.parametrize("text", ["nextmove", "editions/ecc-2022"])
def test_a_member_is_named_in_full(text):
    """Where several collections fit, an id is ambiguous, and others are refused."""
    with pytest.raises(click.BadParameter, match="clusters/ID or organisations/ID"):
        params.MEMBER.convert(text, None, None)


def test_a_participation_has_a_short_form():
    """EDITION/PARTICIPANT is enough."""
    full = "editions/ecc-2022/participations/region-pl82"
    assert params.Participation().convert("ecc-2022/region-pl82", None, None) == full
    assert params.Participation().convert(full, None, None) == full
    with pytest.raises(click.BadParameter, match="EDITION/PARTICIPANT"):
        params.Participation().convert("region-pl82", None, None)
