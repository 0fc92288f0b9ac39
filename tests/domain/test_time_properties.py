"""Effective, Timeline, Spans and fold, against naive readings of random facts."""

import datetime
import random

import pytest
from google.type import date_pb2
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.cluster import Cluster
from registry.domain.effective import (
    AT,
    BEGINNING,
    FOREVER,
    NO_LATER_THAN,
    UNKNOWN,
    Effective,
    as_of_day,
    checked,
)
from registry.domain.effective import day as ordinal
from registry.domain.fold import fold
from registry.domain.spans import Spans, certainly_overlap
from registry.domain.timeline import Timeline
from registry.domain.world import Recorded
from registry.errors import InvalidField
from registry.events.v1 import cluster_pb2, store_pb2, values_pb2
from tests.domain.given import at as dated

BOUNDS = st.sampled_from([AT, NO_LATER_THAN])


@st.composite
def effectives(draw):
    """Effective dates of every precision and bound, close enough to collide."""
    if draw(st.integers(0, 6)) == 0:
        return UNKNOWN
    year, month = draw(st.integers(2018, 2021)), draw(st.integers(0, 12))
    day = draw(st.integers(0, 28)) if month else 0
    return Effective(year, month, day, draw(BOUNDS))


DAYS = st.integers(datetime.date(2017, 1, 1).toordinal(), datetime.date(2022, 12, 31).toordinal())
FACTS = st.lists(effectives(), max_size=8)


def naive_order(at):
    """Order of the rule, word by word."""
    precision = 0 if not at.month else 1 if not at.day else 2
    bound = 0 if at.bound == NO_LATER_THAN else 1
    first = (at.year, at.month or 1, at.day or 1)
    return (0,) if at.unknown else (1, first, precision, bound)


@given(effectives(), effectives())
def test_order_is_as_the_rule_says(one, other):
    """Unknown, first day, year before month before day, NO_LATER_THAN before AT."""
    assert (one.order < other.order) == (naive_order(one) < naive_order(other))


def test_facts_of_one_day_stand_in_their_order():
    """No two of them stand level: the property above seldom meets dates that begin alike."""
    none, *begin_alike = ("unknown", "2020", "2020-01", "2020-01-01")
    ordered = [
        none,
        *(f"{bound}{date}" for date in begin_alike for bound in ("no later than ", "")),
    ]
    keys = [dated(text).order for text in ordered]
    assert keys == sorted(set(keys))


@given(effectives())
def test_a_date_lies_within_its_bounds_and_travels(at):
    """Earliest to latest day hold the period; the recorded form is read back as it was."""
    assert at.earliest_day <= at.first_day <= at.last_day <= at.latest_day
    assert Effective.from_proto(at.to_proto()) == at


@given(FACTS, st.integers(), DAYS)
def test_a_timeline_does_not_depend_on_the_order_of_recording(facts, seed, day):
    """Facts of different dates go to their places, however late they come."""
    distinct = {at.order: at for at in facts}.values()
    shuffled = list(distinct)
    random.Random(seed).shuffle(shuffled)
    one, other = Timeline(), Timeline()
    for at in distinct:
        one = one.insert(at, str(at))
    for at in shuffled:
        other = other.insert(at, str(at))
    assert one == other
    assert one.on(day) == other.on(day)


@given(FACTS, DAYS)
def test_a_timeline_answers_as_a_naive_reading(facts, day):
    """The last by (effective, version) among those that began by the day."""
    timeline = Timeline()
    for version, at in enumerate(facts):
        timeline = timeline.insert(at, version)
    begun = [
        (naive_order(at), version)
        for version, at in enumerate(facts)
        if at.unknown or datetime.date(at.year, at.month or 1, at.day or 1).toordinal() <= day
    ]
    assert timeline.on(day) == (max(begun)[1] if begun else None)
    assert all(timeline.says(version, at) for version, at in enumerate(facts))


@given(st.lists(st.tuples(effectives(), st.none() | effectives()), max_size=6), DAYS)
def test_spans_answer_as_a_naive_reading(periods, day):
    """A span counts from the first day of its start through the last day of its end."""
    spans = Spans()
    for version, (start, end) in enumerate(periods, 1):
        spans = spans.open(version, "x", start)
        if end is not None:
            spans = spans.close(version, end, version + 100)
    expected = [
        version
        for version, (start, end) in enumerate(periods, 1)
        if (start.unknown or start.first_day <= day) and (end is None or day <= end.last_day)
    ]
    assert [span.version for span in spans.live_on(day)] == expected


BOUNDARIES = [
    ("2020", "2019-12-31", "2020-01-01", "2020-12-31", "2021-01-01"),
    ("2020-02", "2020-01-31", "2020-02-01", "2020-02-29", "2020-03-01"),
    ("2020-02-10", "2020-02-09", "2020-02-10", "2020-02-10", "2020-02-11"),
    ("no later than 2020-02", "2020-01-31", "2020-02-01", "2020-02-29", "2020-03-01"),
]


@pytest.mark.parametrize(("period", "before", "first", "last", "after"), BOUNDARIES)
def test_a_span_holds_from_the_first_through_the_last_day_of_its_periods(
    period, before, first, last, after
):
    """A year is begun on 1 January and over after 31 December, as start and as end alike."""
    spans = Spans().open(1, "x", dated(period)).close(1, dated(period), 2)
    held = [bool(spans.live_on(ordinal(text))) for text in (before, first, last, after)]
    assert held == [False, True, True, False]


@pytest.mark.parametrize(("period", "before", "first"), [each[:3] for each in BOUNDARIES])
def test_a_value_holds_from_the_first_day_of_its_period(period, before, first):
    """And the one before it through the day before."""
    timeline = Timeline().insert(UNKNOWN, "old").insert(dated(period), "new")
    assert [timeline.on(ordinal(before)), timeline.on(ordinal(first))] == ["old", "new"]


def test_before_its_first_value_a_timeline_may_be_asked_for_that():
    """What is shown of a name or of dates before they began; nothing where there is none."""
    timeline = Timeline().insert(dated("2020"), "first").insert(dated("2021"), "second")
    asked = [timeline.on_or_first(ordinal(text)) for text in ("2019", "2020", "2021")]
    assert asked == ["first", "first", "second"]
    assert Timeline().on_or_first(ordinal("2020")) is None


def possible_days(at):
    """Some days on which it may truly have been."""
    low = max(at.earliest_day, at.last_day - 400) if at.last_day < FOREVER else BEGINNING
    return st.integers(low, at.latest_day)


@given(st.data(), effectives(), effectives())
def test_certain_overlap_holds_for_every_choice_of_days(data, one, other):
    """Two open spans said to overlap on a day do so whenever they truly began."""
    spans = Spans().open(1, "x", one).open(2, "x", other)
    first, second = spans
    until = datetime.date(2022, 1, 1).toordinal()
    if certainly_overlap(first.core(until=until), second.core(until=until)):
        begins = data.draw(possible_days(one)), data.draw(possible_days(other))
        assert max(begins) <= until


def renamed(version, at):
    """A fact of a cluster."""
    return Recorded("clusters/x", version, cluster_pb2.ClusterRenamed(name=f"N{version}"), at)


@given(FACTS, st.sets(st.integers(0, 7)))
def test_folding_with_retractions_is_folding_what_remains(facts, retracted):
    """Retracted events leave no trace in the state."""
    unknown = values_pb2.Effective(bound=values_pb2.Effective.BOUND_UNKNOWN)
    registration = cluster_pb2.ClusterRegistered(name="N1", name_effective=unknown)
    log = [Recorded("clusters/x", 1, registration, UNKNOWN)]
    log += [renamed(version, at) for version, at in enumerate(facts, 2)]
    gone = {index + 2 for index in retracted if index < len(facts)}
    retractions = [
        Recorded("clusters/x", len(log) + n, store_pb2.EventRetracted(version=version), None)
        for n, version in enumerate(sorted(gone), 1)
    ]
    start = Cluster.new("clusters/x")
    remaining = [recorded for recorded in log if recorded.version not in gone]
    assert fold(start, log + retractions) == fold(start, remaining)


@pytest.mark.parametrize(
    ("year", "refused"), [(2044, False), (2045, True), (9999, True), (1000, False), (999, True)]
)
def test_a_date_lies_at_most_twenty_years_ahead(year, refused):
    """What is further away is a slip of the pen; the refusal names the field."""
    today = datetime.date(2024, 6, 15).toordinal()
    stated = values_pb2.Effective(date={"year": year}, bound=AT)
    if not refused:
        assert checked(stated, "options.effective", today).year == year
        return
    with pytest.raises(InvalidField, match=r"options\.effective\.date"):
        checked(stated, "options.effective", today)


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ({"date": {"year": 2020}}, "2020"),
        ({"date": {"year": 2020, "month": 2, "day": 29}, "bound": AT}, "2020-02-29"),
        ({"date": {"year": 2020, "month": 2}, "bound": NO_LATER_THAN}, "no later than 2020-02"),
        ({"bound": UNKNOWN.bound}, "unknown"),
    ],
)
def test_a_stated_date_is_taken_as_it_is(stated, meant):
    """At its precision; what names no bound was on that date, not by it."""
    found = checked(values_pb2.Effective(**stated), "effective", ordinal("2024"))
    assert (found, str(found)) == (dated(meant), meant)


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({}, "effective.date"),
        ({"bound": NO_LATER_THAN}, "effective.date"),
        ({"date": {"year": 2020}, "bound": UNKNOWN.bound}, "effective.date"),
        ({"date": {"year": 2020}, "bound": 7}, "effective.bound"),
        ({"date": {"year": 10_000}}, "effective.date.year"),
        ({"date": {"month": 5, "day": 1}}, "effective.date.year"),
        ({"date": {"year": 2020, "day": 5}}, "effective.date.month"),
        ({"date": {"year": 2020, "month": 13}}, "effective.date"),
        ({"date": {"year": 2021, "month": 2, "day": 29}}, "effective.date"),
    ],
)
def test_a_date_that_is_none_is_refused_naming_the_field(stated, field):
    """Nothing is guessed: an unknown date is said to be unknown."""
    with pytest.raises(InvalidField) as caught:
        checked(values_pb2.Effective(**stated), "effective", ordinal("2024"))
    assert caught.value.violations[0][0] == field


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"year": 2020}, "2020-12-31"),
        ({"year": 2020, "month": 2}, "2020-02-29"),
        ({"year": 2020, "month": 2, "day": 1}, "2020-02-01"),
    ],
)
def test_as_of_a_period_is_as_of_its_last_day(asked, meant):
    """Whatever came true within it is in the answer."""
    assert as_of_day(date_pb2.Date(**asked), "as_of") == ordinal(meant)
    with pytest.raises(InvalidField, match="as_of"):
        as_of_day(date_pb2.Date(year=2020, month=2, day=30), "as_of")


@pytest.mark.parametrize(
    "text", ["2021-02-29", "2021-13", "2021-00", "2021-01-00", "2021-1-1-1", "soon", ""]
)
def test_text_that_is_no_date_is_none(text):
    """Dates of files and of the programs are read by the calendar too."""
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        Effective.on(text)
