"""Editions and participations."""

import pytest

from registry.domain.edition import Edition, State, resolve_edition
from registry.domain.effective import day
from registry.domain.ids import named
from registry.domain.participation import Status
from registry.errors import AlreadyExists, InvalidField, NotFound
from registry.events.v1 import edition_pb2 as pb
from registry.events.v1 import values_pb2
from tests.domain.given import World, at, date
from tests.domain.test_clusters import refused


@pytest.fixture
def world():
    """The 8th edition and a cluster."""
    world = World()
    world.announce("editions/ecc-2022", 8, "2022-09-26", "2022-09-27", city="Prague", country="CZ")
    world.cluster("clusters/xx")
    return world


ECC = "editions/ecc-2022"


def status(world, participant, on):
    """Status of a participation on a day."""
    entry = world.participation(participant, ECC).status_on(day(on))
    return entry and entry.value


def test_an_edition_is_found_by_its_number(world):
    """The name editions/8 is the one with number 8, and what is below it."""
    assert resolve_edition(world, "editions/8") == ECC
    assert resolve_edition(world, "editions/8/participations/country-pl").startswith(f"{ECC}/")
    assert resolve_edition(world, "editions/other") == "editions/other"
    assert resolve_edition(world, "clusters/8") == "clusters/8"
    with pytest.raises(NotFound, match="number 9"):
        resolve_edition(world, "editions/9")


def test_an_edition_id_is_not_a_number():
    """Else it could not be told from one."""
    with pytest.raises(InvalidField, match="digits"):
        named("editions", "88", "edition_id", 0)
    assert named("clusters", "88", "cluster_id", 0) == "clusters/88"


def test_a_number_is_that_of_one_edition_until_it_is_cancelled(world):
    """Cancelling frees the number; retracting that is checked again."""
    assert ECC in refused("edition-number", world.announce, "editions/ee", 8)
    world.cancel("2022-01-01", ECC)
    world.announce("editions/ee", 8)
    assert resolve_edition(world, "editions/8") == "editions/ee"
    refused("edition-number", world.retract, ECC, 2)


def test_the_number_of_what_was_retracted_or_cancelled_is_free(world):
    """Whatever stands in the log under it; the edition itself may be corrected further."""
    dates = pb.EditionDates(start=date("2023"))
    world.record(world.state(ECC).reschedule(dates, at("2022-01")))
    world.cancel("2022-02", ECC)
    world.announce("editions/ee", 8)
    assert world.retract(ECC, 2)
    world.retract("editions/ee", 1)
    assert world.announce("editions/ee", 9)
    assert world.announce("editions/ff", 8)
    assert resolve_edition(world, "editions/9") == "editions/ee"
    assert resolve_edition(world, "editions/8") == "editions/ff"


@pytest.mark.parametrize("role", ["hosts", "organisers", "supporters", "hosts_or_organisers"])
def test_whoever_an_edition_names_is_there(role):
    """A party is a resource that is registered, or the words of the source."""
    with pytest.raises(NotFound, match="organisations/nobody"):
        World().announce(**{role: [{"resource": "organisations/nobody"}]})
    with pytest.raises(InvalidField, match=rf"{role}\[0\]"):
        World().announce(**{role: [{}]})
    assert World().announce(**{role: [{"as_stated": "the city"}]})


def test_editions_without_a_number_do_not_compete():
    """0 is no number."""
    world = World()
    assert world.announce("editions/aa")
    assert world.announce("editions/bb")


@pytest.mark.parametrize("place", [{"city": "Prague"}, {"country": "CZ"}])
def test_a_virtual_edition_has_no_city(place):
    """Nor a country; a hybrid one has both."""
    said = refused("virtual-has-no-city", World().announce, mode=pb.EDITION_MODE_VIRTUAL, **place)
    assert f"would be in {next(iter(place.values()))}" in said
    assert World().announce(mode=pb.EDITION_MODE_VIRTUAL)
    assert World().announce(mode=pb.EDITION_MODE_HYBRID, **place)


def test_a_basis_is_one_of_something():
    """Without a city and a presidency nothing is said of what they rest on."""
    inferred = values_pb2.BASIS_INFERRED
    bases = {"city_basis": inferred, "presidency_basis": inferred}
    (event,) = (decision.event for decision in World().announce(**bases))
    assert (event.city_basis, event.presidency_basis) == (0, 0)
    (event,) = (d.event for d in World().announce(city="Prague", presidency="EL", **bases))
    assert (event.city_basis, event.presidency_basis) == (inferred, inferred)
    assert event.presidency == "GR"


def test_a_number_is_not_negative():
    """0 stands for none."""
    with pytest.raises(InvalidField, match="number"):
        World().announce(number=-1)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("", "", "dates.start"),
        ("2022-09-26", "2022-09-25", "dates.end"),
        ("2022", "2021", "dates.end"),
    ],
)
def test_dates_are_known_to_the_year_and_in_order(start, end, field):
    """The field is named."""
    with pytest.raises(InvalidField) as caught:
        World().announce(start=start, end=end)
    assert caught.value.violations[0][0] == field


@pytest.mark.parametrize(
    ("start", "end"),
    [
        *(("2022-09-26", "2022-09-26"), ("2022-09-26", "2022-09"), ("2022-09", "2022")),
        *(("2022", "2022-01-01"), ("2022-12-31", "2023"), ("2022-09", "")),
    ],
)
def test_dates_that_may_be_in_order_are_kept_as_stated(start, end):
    """A month is not over before its last day, nor begun after its first."""
    world = World()
    world.announce(start=start, end=end)
    dates = world.state("editions/e").current_dates
    assert (str(dates.start), str(dates.end or "")) == (start, end)
    assert str(dates.last_day) == (end or start)
    assert dates.to_proto() == pb.EditionDates(start=date(start), end=date(end) if end else None)


@pytest.mark.parametrize("field", ["start", "end"])
def test_a_date_that_is_no_day_is_named(world, field):
    """By its path, whichever of the two it is."""
    no_day = {"year": 2023, "month": 2, "day": 30}
    dates = pb.EditionDates(**{"start": {"year": 2023}, field: no_day})
    with pytest.raises(InvalidField, match=f"dates.{field}: is no day"):
        world.state(ECC).reschedule(dates, at("2022"))


def test_rescheduling_is_read_as_decided_on_the_date(world):
    """Before the decision the old dates stand."""
    edition = world.load(Edition, ECC)
    dates = pb.EditionDates(start=date("2022-10"))
    world.record(edition.reschedule(dates, at("2022-02")))
    edition = world.load(Edition, ECC)
    assert str(edition.dates_on(day("2022-01")).start) == "2022-09-26"
    assert str(edition.dates_on(day("2022-03")).start) == "2022-10"
    assert edition.reschedule(dates, at("2022-02")) == []


def test_an_edition_is_held_or_cancelled(world):
    """Not both, not in the future, not before it begins."""
    refused("end-before-start", world.hold, "2022-09-25", ECC)
    with pytest.raises(InvalidField, match="future"):
        world.hold("2025", ECC)
    world.hold("2022-09-27", ECC)
    assert world.hold("2022-09-27", ECC) == []
    refused("held-or-cancelled", world.cancel, "2022-01", ECC)
    assert world.state(ECC).state_on(day("2022-09-26")) is State.ANNOUNCED
    assert world.state(ECC).state_on(day("2022-09-27")) is State.HELD
    world.announce("editions/ee", start="2020-05")
    world.cancel(stream="editions/ee")
    refused("held-or-cancelled", world.hold, "2020-06", "editions/ee")


def test_where_an_edition_stands_is_told_by_the_day():
    """From the first day of each date; its dates before they were announced are the first ones."""
    world = World()
    world.announce("editions/ee", on="2021-03", start="2022-09-26")
    world.announce("editions/ff", on="2021-03", start="2022-09-26")
    world.hold("2022-10", "editions/ee")
    world.cancel("2022-05", "editions/ff")
    held, cancelled = (world.load(Edition, stream) for stream in ("editions/ee", "editions/ff"))
    days = ("2021-02-28", "2021-03-01", "2022-04-30", "2022-05-01", "2022-09-30", "2022-10-01")
    assert [held.state_on(day(d)).name for d in days] == [
        "UNSPECIFIED",
        *["ANNOUNCED"] * 4,
        "HELD",
    ]
    assert [cancelled.state_on(day(d)).name for d in days] == [
        "UNSPECIFIED",
        *["ANNOUNCED"] * 2,
        *["CANCELLED"] * 3,
    ]
    assert str(held.dates_on(day("2020")).start) == "2022-09-26"
    assert Edition.new("editions/none").dates_on(day("2020")) is None


def test_an_edition_ends_once_and_on_a_date(world):
    """Held or cancelled; another date is refused until the first is retracted."""
    world.announce("editions/ee", start="2020-05")
    with pytest.raises(InvalidField, match="bound"):
        world.cancel("unknown", "editions/ee")
    with pytest.raises(InvalidField, match="bound"):
        world.hold("unknown", ECC)
    world.cancel("2020-03", "editions/ee")
    assert world.cancel("2020-03", "editions/ee") == []
    assert "@2" in refused("ended-once", world.cancel, "2020-04", "editions/ee")
    world.hold("2022-09-27", ECC)
    assert "@2" in refused("ended-once", world.hold, "2022-09-28", ECC)
    dates = pb.EditionDates(start=date("2023"))
    refused("after-end", world.state(ECC).reschedule, dates, at("2022-09-28"))


def test_an_edition_that_is_not_there_has_no_course():
    """Nor is one announced twice."""
    world = World()
    none = world.load(Edition, "editions/ee")
    dates = pb.EditionDates(start=date("2023"))
    for decide in (
        lambda: none.reschedule(dates, at("2022")),
        lambda: none.hold(at("2022"), day("2024")),
        lambda: none.cancel(at("2022"), world),
    ):
        with pytest.raises(NotFound):
            decide()
    world.announce("editions/ee")
    with pytest.raises(AlreadyExists):
        world.announce("editions/ee")


def test_attending_without_a_date_is_the_first_day(world):
    """Also by the edition's number, and once."""
    recorded = world.attend("clusters/xx", edition="editions/8")
    assert str(recorded[0].at) == "2022-09-26"
    assert recorded[0].stream == f"{ECC}/participations/cluster-xx"
    assert world.attend("clusters/xx", edition=ECC) == []
    assert status(world, "clusters/xx", "2022-09-25") is None
    assert status(world, "clusters/xx", "2022-09-26") is Status.ATTENDED


def test_attending_may_be_dated_and_said_more_closely(world):
    """The same on another day, or with other roles, is another fact."""
    (attended,) = world.attend("clusters/xx", "2022-09-27", ECC)
    assert str(attended.at) == "2022-09-27"
    assert world.attend("clusters/xx", "2022-09-27", ECC) == []
    assert world.attend("clusters/xx", "2022-09-26", ECC)
    assert world.attend("clusters/xx", "2022-09-27", ECC, roles=[1])


def test_attending_lies_in_the_past():
    """A later edition has not been attended yet."""
    world = World()
    world.cluster("clusters/xx")
    world.announce("editions/later", start="2025-05-07")
    with pytest.raises(InvalidField, match="future"):
        world.attend("clusters/xx", edition="editions/later")


def test_the_way_of_a_registration(world):
    """Registered, confirmed, withdrawn, registered again, attended."""
    world.enter("clusters/xx", "2022-05", ECC, roles=[3, 1, 3])
    with pytest.raises(AlreadyExists):
        world.enter("clusters/xx", "2022-05", ECC, roles=[3, 1])
    world.confirm("clusters/xx", "2022-06", ECC)
    assert world.confirm("clusters/xx", "2022-06", ECC) == []
    world.withdraw("clusters/xx", "2022-07", ECC)
    assert world.withdraw("clusters/xx", "2022-07", ECC) == []
    refused("confirm-registered", world.confirm, "clusters/xx", "2022-08", ECC)
    world.enter("clusters/xx", "2022-08", ECC)
    world.attend("clusters/xx", edition=ECC)
    seen = [status(world, "clusters/xx", f"2022-0{month}") for month in (4, 5, 6, 7, 8, 9)]
    assert seen == [
        None,
        Status.REGISTERED,
        Status.CONFIRMED,
        Status.WITHDRAWN,
        Status.REGISTERED,
        Status.ATTENDED,
    ]
    assert world.participation("clusters/xx", ECC).who.roles == (1, 3)
    refused("withdraw-before-attending", world.withdraw, "clusters/xx", "2022-10", ECC)


def test_a_registration_that_stands_before_its_withdrawal_is_not_recorded_again(world):
    """Said once more it is known; on the day of the withdrawal, or in another role, it is new."""
    world.enter("clusters/xx", "2022-05", ECC)
    world.withdraw("clusters/xx", "2022-07", ECC)
    assert world.enter("clusters/xx", "2022-05", ECC) == []
    assert status(world, "clusters/xx", "2022-08") is Status.WITHDRAWN
    assert len(world.enter("clusters/xx", "2022-07", ECC)) == 1
    assert status(world, "clusters/xx", "2022-08") is Status.REGISTERED
    world.cancel(stream=ECC)
    with pytest.raises(AlreadyExists):
        world.enter("clusters/xx", "2022-05", ECC)


def test_who_attended_has_attended_whatever_is_dated_later(world):
    """A confirmation recorded today does not undo it."""
    world.enter("clusters/xx", "2022-05", ECC)
    world.attend("clusters/xx", edition=ECC)
    world.confirm("clusters/xx", "2024-06-15", ECC)
    assert status(world, "clusters/xx", "2024-06-15") is Status.ATTENDED


def test_confirming_needs_a_registration(world):
    """Attending is none, and nobody is confirmed before registering."""
    with pytest.raises(NotFound):
        world.confirm("clusters/xx", "2022-06", ECC)
    world.attend("clusters/xx", edition=ECC)
    refused("confirm-registered", world.confirm, "clusters/xx", "2022-06", ECC)


def test_nobody_is_confirmed_before_registering_or_after_withdrawing(world):
    """Of dates that may be before or after, nothing is contradicted."""
    world.enter("clusters/xx", "2022-05", ECC)
    refused("confirm-registered", world.confirm, "clusters/xx", "2022-04", ECC)
    assert world.confirm("clusters/xx", "2022", ECC)
    world.withdraw("clusters/xx", "2022-07", ECC)
    assert world.confirm("clusters/xx", "2022-06", ECC)
    refused("confirm-registered", world.confirm, "clusters/xx", "2022-07", ECC)


@pytest.mark.parametrize(
    ("withdrawn", "contradict"),
    [
        *(("2022-06", True), ("2022-07-31", True), ("2022-08", False), ("2022", False)),
        *(("2022-05", False), ("no later than 2022-06", False), ("unknown", False)),
    ],
)
def test_nobody_withdrew_between_registering_and_being_confirmed(world, withdrawn, contradict):
    """The same contradiction as being confirmed after withdrawing, recorded the other way round."""
    world.enter("clusters/xx", "2022-05", ECC)
    world.confirm("clusters/xx", "2022-08", ECC)
    if contradict:
        said = refused("confirm-registered", world.withdraw, "clusters/xx", withdrawn, ECC)
        assert "retract the confirmation where it is wrong" in said
    else:
        assert world.withdraw("clusters/xx", withdrawn, ECC)


def test_who_attended_withdrew_before_it_if_ever(world):
    """Of a day on which both may have been, nothing is known: it is refused."""
    world.enter("clusters/xx", "2022-05", ECC)
    with pytest.raises(NotFound):
        world.withdraw("regions/PL82", "2022-06", ECC)
    world.attend("clusters/xx", edition=ECC)
    for on in ("2022-09-26", "2022-09", "no later than 2023", "unknown"):
        refused("withdraw-before-attending", world.withdraw, "clusters/xx", on, ECC)
    assert world.withdraw("clusters/xx", "2022-09-25", ECC)
    with pytest.raises(AlreadyExists):
        world.enter("clusters/xx", "2022-10", ECC)


def test_a_cancelled_edition_takes_nobody(world):
    """Neither registered, nor confirmed, nor attended."""
    world.enter("regions/PL82", "2021", ECC)
    world.cancel("2022-01", ECC)
    refused("held-or-cancelled", world.confirm, "regions/PL82", "2021-02", ECC)
    refused("held-or-cancelled", world.enter, "clusters/xx", "2022-02", ECC)
    refused("held-or-cancelled", world.attend, "clusters/xx", None, ECC)


def test_participants_are_there_and_alive(world):
    """One that ended certainly before the first day did not take part."""
    with pytest.raises(NotFound):
        world.attend("clusters/nobody", edition=ECC)
    with pytest.raises(NotFound):
        world.attend("clusters/xx", edition="editions/none")
    world.dissolve("2021", "clusters/xx")
    refused("participant-lives", world.attend, "clusters/xx", None, ECC)


@pytest.mark.parametrize("participant", ["xx", "editions/ecc-2022", "countries/", "regions/", ""])
def test_a_participant_is_named_as_one(world, participant):
    """A resource, a region or a country; an empty code is none."""
    with pytest.raises(InvalidField, match="participant"):
        world.attend(participant, edition=ECC)


def test_a_role_is_one(world):
    """What is not known is left out, not said to be unspecified."""
    with pytest.raises(InvalidField, match="roles"):
        world.attend("clusters/xx", edition=ECC, roles=[0, 1])


def test_a_delegation_of_a_region_is_stored_by_its_code(world):
    """Any case; the version of the classification is explicit."""
    recorded = world.attend("regions/pl82", edition=ECC)[0]
    assert recorded.stream == f"{ECC}/participations/region-pl82"
    stored = recorded.event.attendance
    assert (stored.participant, stored.classification_version) == ("regions/PL82", 2024)
    assert world.attend("regions/PL82", edition=ECC) == []


def test_a_delegation_of_a_country_is_stored_by_its_iso_code(world):
    """EL is GR; a country is no region."""
    recorded = world.attend("countries/el", edition=ECC)[0]
    assert recorded.event.attendance.participant == "countries/GR"
    assert recorded.stream.endswith("/country-gr")
    with pytest.raises(InvalidField, match="countries/PL"):
        world.attend("regions/PL", edition=ECC)
    with pytest.raises(InvalidField, match="2013"):
        world.attend("regions/PL32", edition=ECC, classification_version=2021)
    with pytest.raises(InvalidField, match="leave it out"):
        world.attend("clusters/xx", edition=ECC, classification_version=2021)


def test_what_was_attended_is_neither_cancelled_nor_moved_when_cancelled(world):
    """Attendances are facts: they are taken back first, where they are wrong."""
    world.attend("clusters/xx", edition=ECC)
    said = refused("attended-or-cancelled", world.cancel, "2022-01-01", ECC)
    assert "participations/cluster-xx" in said
    world.retract(f"{ECC}/participations/cluster-xx", 1)
    world.cancel("2022-01-01", ECC)
    dates = pb.EditionDates(start=date("2031"))
    refused("held-or-cancelled", world.state(ECC).reschedule, dates, at("2022-02"))


def test_an_edition_is_held_on_its_last_day_where_nothing_else_is_said(world):
    """The day on which a clerk records it is no date of the fact."""
    held = world.state(ECC).hold(None, day("2026"))
    assert str(held[0].at) == "2022-09-27"
