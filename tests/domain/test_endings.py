"""Endings: refused is what certainly contradicts, however precisely the dates are known."""

import pytest

from registry.domain import endings
from registry.domain.effective import day
from registry.errors import InvalidField
from tests.domain.given import TODAY, World, at
from tests.domain.test_clusters import LEI, refused

STARTS_AND_ENDS = [
    ("2010", "2009", True),
    ("2010", "2010", False),
    ("2010-06", "2010-05", True),
    ("2010-06", "2010", False),
    ("2010", "2010-06", False),
    ("2010-06-02", "2010-06-01", True),
    ("2010-06-02", "2010-06-02", False),
    ("2010", "no later than 2009", True),
    ("2010-06", "no later than 2010", False),
    ("no later than 2010", "2000", False),
    ("unknown", "1900", False),
]
"""A start, an end, and whether the end certainly lies before the start."""


@pytest.mark.parametrize(("start", "end", "contradict"), STARTS_AND_ENDS)
def test_only_what_is_certain_contradicts(start, end, contradict):
    """The same whichever of the two was recorded first."""
    checks = {
        "end-before-start": (endings.require_after_start, at(start), at(end)),
        "after-end": (endings.require_before_end, at(end), at(start)),
        "end-before-others": (endings.require_nothing_after, [("it", at(start))], at(end)),
    }
    for rule, (check, known, stated) in checks.items():
        if contradict:
            refused(rule, check, "clusters/x", known, stated)
        else:
            check("clusters/x", known, stated)


@pytest.mark.parametrize(
    ("on", "future"),
    [
        *(("2024-06-15", False), ("2024-06-16", True), ("2024-06", False), ("2024", False)),
        *(("2024-07", True), ("no later than 2024-07", True), ("unknown", False)),
    ],
)
def test_what_has_happened_lies_in_the_past(on, future):
    """A period that has begun may be meant up to today."""
    if future:
        with pytest.raises(InvalidField, match=f"future, {on} does"):
            endings.require_past(at(on), TODAY)
    else:
        endings.require_past(at(on), TODAY)


def test_an_end_ends_the_last_that_had_begun():
    """Of several open ones that of the latest start; one that begins later goes on."""
    world = World()
    world.cluster("clusters/xx")
    world.form()
    for on, role in (("2012", 2), ("2010", 3), ("2018", 4)):
        world.join("clusters/xx", on, role)
    spans = list(world.state("partnerships/p").members)
    found = [endings.span_to_end("p", "it", spans, at(on)) for on in ("2011", "2015", "2018")]
    assert [str(span.start) for span in found] == ["2010", "2012", "2018"]
    refused("end-before-start", endings.span_to_end, "p", "it", spans, at("2009"))


DISSOLVED_AND_LEFT = [
    ("2020", "2020", False),
    ("2020", "2020-12-31", False),
    ("2020", "2021", True),
    ("2020-06", "2020", False),
    ("2020-06-01", "2020-06-02", True),
    ("2020", "no later than 2023", False),
    ("no later than 2020", "2021", True),
    ("no later than 2020", "2020-03", False),
]


@pytest.mark.parametrize(("dissolved", "left", "contradict"), DISSOLVED_AND_LEFT)
def test_a_member_leaves_before_it_ends(dissolved, left, contradict):
    """Where it left no later than a date, it may have left in time."""
    world = World()
    world.cluster("clusters/xx")
    world.form()
    world.join("clusters/xx", "2010")
    world.leave("clusters/xx", left)
    if contradict:
        refused("live-memberships", world.dissolve, dissolved, "clusters/xx")
    else:
        assert world.dissolve(dissolved, "clusters/xx")
    assert world.state("partnerships/p").members_on(day("2010"))


@pytest.mark.parametrize(
    ("dissolved", "lived"),
    [
        *(("2022-09-25", False), ("2022-09-26", True), ("2022", True), ("2021", False)),
        *(("no later than 2022-09-25", False), ("no later than 2023", True)),
    ],
)
def test_a_participant_lives_when_the_edition_begins(dissolved, lived):
    """On its first day at least, for all that is known."""
    world = World()
    world.cluster("clusters/xx")
    world.announce(start="2022-09-26", end="2022-09-27")
    world.dissolve(dissolved, "clusters/xx")
    if lived:
        assert world.attend("clusters/xx")
    else:
        refused("participant-lives", world.attend, "clusters/xx")


HELD_AND_TAKEN = [
    ("2014", "2014", False),
    ("2014", "2013", True),
    ("2014-05-01", "2014-05-01", True),
    ("2014-05-01", "2014-05-02", False),
    ("2014-05", "2014-04-30", True),
    ("2014-05-01", "2014", False),
    ("no later than 2014", "2011", False),
    ("2014", "no later than 2012", True),
    ("2014", "unknown", False),
]
"""When one ceased to bear an identifier, since when another does, and whether both did one day."""


@pytest.mark.parametrize("how", ["its end", "the end of its bearer"])
@pytest.mark.parametrize(("until", "since", "contradict"), HELD_AND_TAKEN)
def test_an_identifier_passes_from_one_to_another(how, until, since, contradict):
    """Refused is only what cannot be, whatever the days were."""
    world = World()
    for stream in ("clusters/xx", "clusters/yy"):
        world.cluster(stream)
    world.identify("lei", LEI, "2010", "clusters/xx")
    if how == "its end":
        world.unidentify("lei", LEI, until, "clusters/xx")
    else:
        world.dissolve(until, "clusters/xx")
    take = (world.identify, "lei", LEI, since, "clusters/yy")
    if contradict:
        refused("identifier-unique", *take)
    else:
        assert take[0](*take[1:])


@pytest.mark.parametrize(
    ("on", "member"),
    [
        *(("2018", True), ("2018-05", False), ("2018-06-01", True), ("2020-05-01", True)),
        *(("2020-05-02", False), ("2020", True), ("2021", False), ("no later than 2021", True)),
    ],
)
def test_a_coordinator_may_have_been_a_member_on_that_date(on, member):
    """From the first day of its membership through the last."""
    world = World()
    world.cluster("clusters/xx")
    world.form()
    world.join("clusters/xx", "2018-06")
    world.leave("clusters/xx", "2020-05-01")
    if member:
        assert world.coordinate("clusters/xx", on)
    else:
        refused("coordinator-is-member", world.coordinate, "clusters/xx", on)
