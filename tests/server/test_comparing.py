"""One summary at two points of the two times."""

import itertools

import pytest
from google.protobuf.json_format import MessageToDict

from tests.server.client import refusal
from tests.server.story import COMMANDS, DOLINA, PRAGUE

DIGITAL, AEROSPACE = {"ecosystem": "digital"}, {"ecosystem": "aerospace-defence"}
SUMMARIES = (
    ("GetEcosystemSummary", AEROSPACE, AEROSPACE),
    ("GetRegionSummary", {"region": "PL"}, {"region": "PL"}),
    ("GetRegionSummary", {"region": "PL3", "version": 2013}, {"region": "PL3", "version": 2013}),
    ("GetEditionSummary", {"edition": PRAGUE}, {"edition": PRAGUE}),
)
NO_FIGURES = {"version", "byVersion", "number"}


def figures(value, path=""):
    """Every number of a summary by its path, counted without knowing what it is."""
    found = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and name != "dates":
            found |= figures(inner, f"{path}{name}.")
        elif name == "linkedEcosystems":
            found |= {f"{name}.{each['ecosystem']}": each["partnerships"] for each in inner}
        elif isinstance(inner, int) and name not in NO_FIGURES:
            found[path + name] = inner
    return found


def expected(first, second):
    was, now = figures(first), figures(second)
    names = was.keys() | now.keys()
    pairs = {name: (was.get(name, 0), now.get(name, 0)) for name in names}
    return {name: (*pair, pair[1] - pair[0]) for name, pair in pairs.items() if pair[0] != pair[1]}


@pytest.fixture
async def told(any_client):
    for name, fields in COMMANDS:
        recorded = (await any_client(name, **fields)).recorded
    await any_client("ListClusters", options={"minPosition": str(recorded.position)})
    return any_client, recorded.position


async def test_what_differs_is_what_two_summaries_differ_in(told):
    """As of two days, by two states of knowledge, and both."""
    client, head = told
    points = (
        {"asOf": {"year": 2009}},
        {"asOf": {"year": 2017}, "knownPosition": str(head - 8)},
        {"asOf": {"year": 2022, "month": 5}},
        {"knownPosition": str(head - 12)},
        {"knownPosition": str(head)},
    )
    differed = 0
    for (name, fields, of), (first, second) in itertools.product(
        SUMMARIES, itertools.permutations(points, 2)
    ):
        before, after = [await client(name, **fields, options=point) for point in (first, second)]
        found = await client("CompareSummaries", **of, first=first, options=second)
        changes = {each.figure: (each.first, each.second, each.change) for each in found.changes}
        assert changes == expected(*(MessageToDict(each.summary) for each in (before, after)))
        assert (found.first_read_position, found.first_as_of) == (
            before.read_position,
            before.as_of,
        )
        assert (found.read_position, found.as_of) == (after.read_position, after.as_of)
        differed += bool(changes)
    assert differed > 30


async def test_the_number_of_an_edition_is_that_of_each_knowledge(client):
    """It may have been another's then."""
    for each, number in (("ee", 1), ("ff", 2)):
        announced = {"editionId": each, "name": each, "number": number}
        await client("AnnounceEdition", **announced, dates={"start": {"year": 2020}})
    then = (await client("CancelEdition", edition="editions/ee")).recorded.position - 1
    await client("RegisterCluster", clusterId="dolina-lotnicza", name="D")
    await client(
        "AnnounceEdition", editionId="gg", name="gg", number=1, dates={"start": {"year": 2021}}
    )
    entered = await client("RegisterParticipation", edition="editions/gg", participant=DOLINA)
    seen = {"minPosition": str(entered.recorded.position)}
    compared = await client(
        "CompareSummaries", edition="editions/1", first={"knownPosition": str(then)}, options=seen
    )
    assert compared.changes[0].figure == "participants.total"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"first": {}}, "of"),
        ({**DIGITAL}, "first"),
        ({**DIGITAL, "first": {"asOf": {"month": 2}}}, "first.as_of.year"),
        ({**DIGITAL, "first": {"knownAt": "2999-01-01T00:00:00Z"}}, "first.known_at"),
        ({**DIGITAL, "first": {"knownPosition": "-1"}}, "first.known_position"),
        ({"region": "PL", "version": 1999, "first": {}}, "version"),
    ],
)
async def test_a_point_that_is_none_is_refused_naming_its_field(client, fields, field):
    """Of both points, whichever it is."""
    refused = await refusal(client("CompareSummaries", **fields))
    assert (refused.fields, refused.code.name) == ([field], "INVALID_ARGUMENT")


async def test_what_is_registered_at_neither_point_is_not_found(client):
    """An edition; of an ecosystem there is always a summary."""
    refused = await refusal(client("CompareSummaries", edition="editions/none", first={}))
    assert refused.code.name == "NOT_FOUND"
    none = await client("CompareSummaries", **DIGITAL, first={"asOf": {"year": 1900}})
    assert list(none.changes) == []
