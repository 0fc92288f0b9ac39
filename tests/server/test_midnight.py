"""Facts dated in the future hold from their day on, without any event on it."""

import datetime

import pytest

from registry.server import reading

TODAY = datetime.datetime.now(datetime.UTC).date().toordinal()
MIDNIGHT = TODAY + 3
A, B, P, Q = "clusters/aa", "clusters/bb", "partnerships/pp", "partnerships/qq"


def on(day):
    date = datetime.date.fromordinal(day)
    return {"effective": {"date": {"year": date.year, "month": date.month, "day": date.day}}}


COMMANDS = (
    ("RegisterCluster", {"clusterId": "aa", "name": "Old", "country": "PL"}),
    ("RegisterCluster", {"clusterId": "bb", "name": "B", "country": "PL"}),
    ("SetClusterEcosystems", {"cluster": B, "ecosystems": [{"ecosystem": "digital"}]}),
    ("FormPartnership", {"partnershipId": "pp", "name": "P"}),
    ("FormPartnership", {"partnershipId": "qq", "name": "Q"}),
    ("JoinPartnership", {"partnership": Q, "member": A}),
    # What comes to hold, and what ends: an end is inclusive, the day before is its last.
    ("RenameCluster", {"cluster": A, "name": "New", "options": on(MIDNIGHT)}),
    (
        "SetClusterEcosystems",
        {"cluster": A, "ecosystems": [{"ecosystem": "digital"}], "options": on(MIDNIGHT)},
    ),
    ("JoinPartnership", {"partnership": P, "member": A, "options": on(MIDNIGHT)}),
    ("DissolveCluster", {"cluster": B, "options": on(MIDNIGHT - 1)}),
    ("EndPartnership", {"partnership": Q, "options": on(MIDNIGHT - 1)}),
)


async def seen(client, **fields):
    """What every kind of read answers of today."""
    summary = (await client("GetEcosystemSummary", ecosystem="digital", **fields)).summary
    region = (await client("GetRegionSummary", region="PL", **fields)).summary
    listed = await client("ListClusters", filter="life = live", **fields)
    members = await client("ListMemberships", **fields)
    found = await client("Search", text="new", **fields)
    return {
        "name": (await client("GetCluster", cluster=A, **fields)).cluster.name,
        "ecosystem": summary.clusters.total,
        "in partnerships": summary.partnerships.with_members,
        "region": region.clusters.total,
        "listed": [(each.cluster, each.name) for each in listed.clusters],
        "member of": [each.partnership for each in members.memberships],
        "found": [hit.resource for hit in found.hits],
    }


BEFORE = {
    "name": "Old",
    "ecosystem": 1,
    "in partnerships": 0,
    "region": 2,
    "listed": [(A, "Old"), (B, "B")],
    "member of": [Q],
    "found": [],
}
AFTER = {
    "name": "New",
    "ecosystem": 1,
    "in partnerships": 1,
    "region": 1,
    "listed": [(A, "New")],
    "member of": [P],
    "found": [A],
}


@pytest.fixture
def clock(monkeypatch):
    """Sets the day it is for reads that state none."""
    return lambda day: monkeypatch.setattr(reading, "today", lambda: day)


async def test_reads_change_at_midnight_without_an_event(any_client, clock):
    """The last day before and the day itself, also where the answer before was remembered."""
    for name, fields in COMMANDS:
        position = (await any_client(name, **fields)).recorded.position
    options = {"options": {"minPosition": str(position)}}
    for day, expected in ((MIDNIGHT - 1, BEFORE), (MIDNIGHT, AFTER), (MIDNIGHT - 1, BEFORE)):
        clock(day)
        assert await seen(any_client, **options) == expected
        assert await seen(any_client, **options) == expected
    head = (await any_client("ListChanges")).read_position
    assert head == position, "nothing was recorded meanwhile"


async def test_a_day_may_be_asked_for_before_it_comes(any_client):
    """As of the day itself, and as of the one before."""
    for name, fields in COMMANDS:
        position = (await any_client(name, **fields)).recorded.position
    for day, expected in ((MIDNIGHT - 1, BEFORE), (MIDNIGHT, AFTER)):
        as_of = on(day)["effective"]["date"]
        options = {"options": {"minPosition": str(position), "asOf": as_of}}
        assert await seen(any_client, **options) == expected
