"""What was known: a read that was answered once is answered the same for ever after."""

import datetime
from typing import Any

import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.server.client import refusal, request
from tests.server.story import on

DAY = {"year": 2023, "month": 12, "day": 31}
A, B, P = "clusters/aa", "clusters/bb", "partnerships/pp"
COMMANDS = (
    ("RegisterOrganisation", {"organisationId": "oo", "name": "O", "country": "CZ"}),
    ("RegisterCluster", {"clusterId": "aa", "name": "A", "country": "PL", "options": on(2005)}),
    ("RegisterCluster", {"clusterId": "bb", "name": "B", "country": "FR", "options": on(2010)}),
    ("RenameCluster", {"cluster": A, "name": "Later", "options": on(2016)}),
    ("SetClusterEcosystems", {"cluster": A, "ecosystems": [{"ecosystem": "digital"}]}),
    ("FormPartnership", {"partnershipId": "pp", "name": "P", "options": on(2015)}),
    ("JoinPartnership", {"partnership": P, "member": A, "options": on(2015)}),
    ("JoinPartnership", {"partnership": P, "member": B, "options": on(2015)}),
    ("LeavePartnership", {"partnership": P, "member": B, "options": on(2016)}),
    ("RetractEvent", {"stream": P, "versions": ["4"], "options": {"reason": "another left"}}),
    ("RenameCluster", {"cluster": A, "name": "Earlier", "options": on(2012)}),
    (
        "AnnounceEdition",
        {"editionId": "ee", "name": "E", "number": 1, "dates": {"start": {"year": 2022}}},
    ),
    ("RegisterParticipation", {"edition": "editions/ee", "participant": A, "options": on(2022)}),
    (
        "WithdrawParticipation",
        {"participation": "editions/ee/participations/cluster-aa", "options": on(2022)},
    ),
    ("CancelEdition", {"edition": "editions/ee", "options": on(2022)}),
    (
        "AnnounceEdition",
        {"editionId": "ff", "name": "F", "number": 1, "dates": {"start": {"year": 2023}}},
    ),
    ("DissolveCluster", {"cluster": B, "endMemberships": True, "options": on(2020)}),
    ("RetractEvent", {"stream": B, "versions": ["1"], "withDependants": True}),
)
READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ListOrganisations", {}),
    ("ListClusters", {"orderBy": "name desc"}),
    ("ListClusters", {"filter": "ecosystem = digital OR life = ended"}),
    ("ListPartnerships", {}),
    ("ListMemberships", {}),
    ("ListMemberships", {"includePast": True, "pageSize": 1}),
    ("ListMemberships", {"member": B, "includePast": True}),
    ("ListEditions", {"filter": "number = 1"}),
    ("ListParticipations", {}),
    ("ListParticipations", {"edition": "editions/1"}),
    ("GetOrganisation", {"organisation": "organisations/oo"}),
    ("GetCluster", {"cluster": A}),
    ("GetPartnership", {"partnership": P}),
    ("GetEdition", {"edition": "editions/1"}),
    ("GetParticipation", {"participation": "editions/ee/participations/cluster-aa"}),
    ("BatchGetClusters", {"clusters": [B, A]}),
    ("BatchGetEditions", {"editions": ["editions/1"]}),
    ("GetEcosystemSummary", {"ecosystem": "digital"}),
    ("GetRegionSummary", {"region": "PL"}),
    ("GetRegionSummary", {"region": "FR", "byVersion": 2013}),
    ("GetEditionSummary", {"edition": "editions/1"}),
    ("GetEditionSeries", {}),
    ("GetEditionSeries", {"ecosystem": "digital"}),
    ("CompareEditions", {"first": "editions/ee", "second": "editions/1"}),
    ("CompareSummaries", {"ecosystem": "digital", "first": {"knownPosition": "2"}}),
    ("CompareSummaries", {"region": "FR", "first": {"knownPosition": "2"}}),
    ("GetSpecialisation", {"region": "PL"}),
    ("GetSpecialisation", {"ecosystem": "digital", "level": 0, "byVersion": 2013}),
    ("ExplainFigure", {"region": "PL", "figure": "clusters.total"}),
    ("ExplainFigure", {"region": "PL", "figure": "specialisation.clusters.digital"}),
    ("ExplainFigure", {"edition": "editions/ee", "figure": "participants.total", "pageSize": 1}),
    ("Search", {"text": "later"}),
    ("Search", {"text": "latter"}),
    ("Search", {"text": "b", "ecosystem": "digital", "pageSize": 1}),
    ("Search", {"text": "earlier", "country": "PL"}),
    ("Resolve", {"text": "Earlier"}),
    ("Resolve", {"text": "editions/1"}),
    ("ListChanges", {}),
    ("ListChanges", {"afterPosition": "4"}),
)


async def answered(client, name, fields, options):
    """All pages of an answer, or how it is refused."""
    pages, token = [], {}
    while True:
        call = client(name, **fields, **token, options=options)
        try:
            page = await call
        except grpc.aio.AioRpcError as error:  # a refusal is an answer too
            return str(error.code())
        pages.append(page)
        if not getattr(page, "next_page_token", ""):
            return [each.__class__.FromString(each.SerializeToString()) for each in pages]
        token = {"pageToken": page.next_page_token}


def without_tokens(answer):
    """The answer without its tokens, which name the question too."""
    for page in answer if isinstance(answer, list) else ():
        if "next_page_token" in page.DESCRIPTOR.fields_by_name:
            page.ClearField("next_page_token")
    return answer


async def everything(client, known):
    """Every answer."""
    found = {}
    for name, fields in READS:
        answer = await answered(client, name, fields, {"asOf": DAY, **known})
        found[name, str(fields)] = without_tokens(answer)
    return found


async def test_what_was_answered_is_answered_again_as_known_then(any_client):
    """Get, BatchGet and List by position and by time, whatever is recorded and retracted since."""
    before, times = {}, {}
    for name, fields in COMMANDS:
        recorded = (await any_client(name, **fields)).recorded
        before[recorded.position] = await everything(
            any_client, {"minPosition": str(recorded.position)}
        )
    for answer in await any_client.answers("ReplayEvents"):
        times |= {event.position: event.recorded_at for event in answer.events}
    for position, answers in before.items():
        at_position = await everything(any_client, {"knownPosition": str(position)})
        assert at_position == answers, position
        assert await everything(any_client, {"knownAt": stamp(times[position])}) == answers


async def test_before_the_first_event_nothing_is_known(client):
    """Lists are empty, and nothing is found."""
    await client("RegisterCluster", clusterId="aa", name="A")
    long_ago = {"knownAt": "2001-01-01T00:00:00Z"}
    listed = await client("ListClusters", options=long_ago)
    assert (list(listed.clusters), listed.next_page_token, listed.read_position) == ([], "", 0)
    assert list((await client("ListMemberships", options=long_ago)).memberships) == []
    wrong = await refusal(client("ListClusters", filter="colour = red", options=long_ago))
    assert wrong.fields == ["filter"]
    assert (await refusal(client("GetCluster", cluster=A, options=long_ago))).reason == (
        "NOT_FOUND"
    )


async def test_what_is_not_known_yet_is_refused(client):
    """A position beyond the end, a time to come."""
    for name, fields in (("GetCluster", {"cluster": A}), ("ListClusters", {})):
        beyond = await refusal(client(name, **fields, options={"knownPosition": "99"}))
        assert beyond.reason == "POSITION_OUT_OF_RANGE"
        tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
        time = {"knownAt": tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")}
        ahead = await refusal(client(name, **fields, options=time))
        assert ahead.fields == ["options.known_at"]


@pytest.mark.parametrize("known", [{"nanos": -1}, {"nanos": 10**9}, {"seconds": 2**62}])
async def test_what_is_no_time_is_refused(client, known):
    """Said with numbers that no time has."""
    asked = request("ListClusters")
    asked.options.known_at.CopyFrom(Timestamp(**known))
    refused = await refusal(client.unary("ListClusters")(asked, timeout=10))
    assert (refused.reason, refused.fields) == ("INVALID_FIELD", ["options.known_at"])


async def test_a_token_is_of_what_was_known(client):
    """Another known time, or none, is another list."""
    for name in ("aa", "bb"):
        position = (await client("RegisterCluster", clusterId=name, name="X")).recorded.position
    known = {"knownPosition": str(position)}
    page = await client("ListClusters", pageSize=1, options=known)
    token = {"pageSize": 1, "pageToken": page.next_page_token}
    await client("RegisterCluster", clusterId="cc", name="X")
    following = await client("ListClusters", **token, options=known)
    assert ([one.cluster for one in following.clusters], following.next_page_token) == ([B], "")
    for options in ({}, {"knownPosition": str(position + 1)}):
        refused = await refusal(client("ListClusters", **token, options=options))
        assert refused.fields == ["page_token"]


async def test_every_page_is_of_the_position_of_the_first(any_client):
    """Search, memberships and explanations too: nothing is recorded into them between two pages."""
    for name in ("aa", "bb", "cc"):
        await any_client("RegisterCluster", clusterId=name, name=f"Same {name}", country="PL")
    recorded = await any_client("FormPartnership", partnershipId="pp", name="P")
    for member in (A, B):
        recorded = await any_client("JoinPartnership", partnership=P, member=member)
    asked = {
        "Search": ({"text": "same"}, lambda page: [hit.resource for hit in page.hits]),
        "ListMemberships": ({}, lambda page: [each.member for each in page.memberships]),
        "ExplainFigure": (
            {"region": "PL", "figure": "clusters.total"},
            lambda page: [each.resource for each in page.contributions],
        ),
    }
    seen = {"minPosition": str(recorded.recorded.position)}
    pages = {
        name: await any_client(name, pageSize=1, options=seen, **fields)
        for name, (fields, _) in asked.items()
    }
    await any_client("RegisterCluster", clusterId="ab", name="Same ab", country="PL")
    joined = await any_client("JoinPartnership", partnership=P, member="clusters/ab")
    await any_client(
        "ListClusters", options={"minPosition": str(joined.recorded.position)}
    )  # the views have seen it
    for name, (fields, shown) in asked.items():
        found, page = shown(pages[name]), pages[name]
        while page.next_page_token:
            page = await any_client(name, pageSize=1, pageToken=page.next_page_token, **fields)
            assert page.read_position == pages[name].read_position
            found += shown(page)
        wanted = [A, B] if name == "ListMemberships" else [A, B, "clusters/cc"]
        assert (name, found) == (name, wanted)


async def test_a_number_is_that_of_the_first_page(client):
    """Another edition that gets the number between two pages has no part in the list."""
    announced = {"name": "E", "number": 8, "dates": {"start": {"year": 2022}}}
    await client("AnnounceEdition", editionId="ee", **announced)
    for code in ("PL", "CZ"):
        entered = await client(
            "RegisterParticipation", edition="editions/ee", participant=f"countries/{code}"
        )
    seen = {"minPosition": str(entered.recorded.position)}
    asked = {"edition": "editions/8", "pageSize": 1}
    first = await client("ListParticipations", **asked, options=seen)
    await client("CancelEdition", edition="editions/ee")
    await client("AnnounceEdition", editionId="ff", **announced)
    second = await client("ListParticipations", **asked, pageToken=first.next_page_token)
    listed = [each.participation for page in (first, second) for each in page.participations]
    assert listed == [f"editions/ee/participations/country-{code}" for code in ("cz", "pl")]


async def test_a_gap_that_was_filled_later_is_a_gap_as_known_before(any_client):
    """A label held for some years; its renewal, recorded late, begins where it ended."""
    await any_client("RegisterCluster", clusterId="aa", name="A", options=on(2005))
    label = {"cluster": A, "scheme": "bronze-label", "value": "no-7"}
    await any_client("AddClusterIdentifier", **label, options=on(2014, 3))
    ended = await any_client("EndClusterIdentifier", **label, options=on(2016, 2))
    renewed = await any_client("AddClusterIdentifier", **label, options=on(2016, 3))
    again = await any_client("EndClusterIdentifier", **label, options=on(2018, 2))
    held = [
        [await in_force(any_client, known.recorded.position, year) for year in (2015, 2017, 2019)]
        for known in (ended, renewed, again)
    ]
    assert held == [[True, False, False], [True, True, True], [True, True, False]]


async def in_force(client, position, year):
    """Whether the cluster had its label at the end of a year, as known at a position."""
    options = {"asOf": {"year": year}, "knownPosition": str(position)}
    return len((await client("GetCluster", cluster=A, options=options)).cluster.identifiers) == 1


async def test_changes_up_to_a_position_are_those_of_then(client):
    """Who asks as of a position is caught up there; after it there is nothing to go on from."""
    for name in ("aa", "bb"):
        position = (await client("RegisterCluster", clusterId=name, name="X")).recorded.position
    known = {"knownPosition": str(position - 1)}
    page = await client("ListChanges", options=known)
    assert [change.resource for change in page.changes] == [A]
    assert (page.next_position, page.read_position, page.caught_up) == (
        position - 1,
        position - 1,
        True,
    )
    beyond = await refusal(client("ListChanges", options=known, afterPosition=str(position)))
    assert beyond.reason == "POSITION_OUT_OF_RANGE"


async def test_every_answer_names_the_day_it_is_for(client):
    """A month means its last day, wherever a date is counted."""
    await client("RegisterCluster", clusterId="aa", name="A", options=on(2005))
    options = {"asOf": {"year": 2016, "month": 2}}
    for name, fields in (
        ("GetCluster", {"cluster": A}),
        ("BatchGetClusters", {"clusters": [A]}),
        ("ListClusters", {}),
        ("ListMemberships", {}),
        ("GetEcosystemSummary", {"ecosystem": "digital"}),
        ("Search", {"text": "a"}),
    ):
        answer = await client(name, **fields, options=options)
        day = answer.as_of
        assert (name, day.year, day.month, day.day) == (name, 2016, 2, 29)


def stamp(micros):
    time = Timestamp()
    time.FromMicroseconds(micros)
    return time.ToJsonString()
