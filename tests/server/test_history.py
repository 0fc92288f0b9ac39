"""The history of a resource: what changed, when it is true, who recorded it, what took it back."""

import base64
import json
from itertools import product
from typing import Any

import grpc.aio
import pytest

from registry.server import histories
from tests.server.client import refusal
from tests.server.story import on
from tests.server.test_known import COMMANDS, A, B, P

BY_DATE = {"order": "HISTORY_ORDER_EFFECTIVE"}
OWN = {"ownOnly": True}
UNDATED = {"effective": {"bound": "BOUND_UNKNOWN"}}
E = "editions/ee"
RESOURCES = (A, B, P, E, "editions/ff", "organisations/oo", f"{E}/participations/cluster-aa")
FORMS: tuple[dict[str, Any], ...] = ({}, BY_DATE, OWN, OWN | BY_DATE)
DIGITAL, HEALTH = ([{"ecosystem": slug}] for slug in ("digital", "health"))


async def entries(client, resource, **fields):
    return list((await client("GetHistory", resource=resource, **fields)).entries)


def events(found):
    return [entry.event for entry in found]


def changes(entry):
    """What an entry changed: field to (before, after)."""
    return {c.field: (_value(c.before), _value(c.after)) for c in entry.changes}


def _value(text):
    return json.loads(text) if text else None


async def record(client, *commands):
    """Record commands one after the other; the last position."""
    for name, fields in commands:
        position = (await client(name, **fields)).recorded.position
    return position


def named(name, options):
    return "RenameCluster", {"cluster": A, "name": name, "options": options}


def registered(options=None, **fields):
    given = {"clusterId": "aa", "name": "A", "options": options or {}}
    return "RegisterCluster", given | fields


async def test_what_was_recorded_later_is_not_in_what_was_known(any_client):
    """Every history, by position, is byte for byte what it was when the log ended there."""
    before = {}
    for command in COMMANDS:
        position = await record(any_client, command)
        before[position] = await everything(any_client, {"minPosition": str(position)})
    for position, answers in before.items():
        assert await everything(any_client, {"knownPosition": str(position)}) == answers, position


async def everything(client, options):
    """Every history in every form, as bytes, or how it is refused."""
    found = {}
    for resource in RESOURCES:
        for number, form in enumerate(FORMS):
            try:
                answer = await client("GetHistory", resource=resource, options=options, **form)
            except grpc.aio.AioRpcError as error:  # a refusal is an answer too
                found[resource, number] = str(error.code())
            else:
                found[resource, number] = answer.SerializeToString(deterministic=True)
    return found


async def test_pages_joined_are_the_whole(any_client):
    """In both orders and of any size."""
    await record(any_client, *COMMANDS)
    for resource, form in product(RESOURCES, FORMS):
        whole = await any_client("GetHistory", resource=resource, **form)
        for size in (1, 2, 5):
            pages = [p async for p in paged(any_client, resource=resource, pageSize=size, **form)]
            assert {len(page.entries) for page in pages[:-1]} <= {size}
            assert {page.read_position for page in pages} == {whole.read_position}
            assert [e for page in pages for e in page.entries] == list(whole.entries)


async def paged(client, **fields):
    page = await client("GetHistory", **fields)
    yield page
    while page.next_page_token:
        page = await client("GetHistory", **fields, pageToken=page.next_page_token)
        yield page


@pytest.mark.parametrize("form", FORMS, ids=str)
async def test_what_is_recorded_meanwhile_changes_no_page(client, form):
    """All pages are of the position of the first one."""
    await record(client, *COMMANDS)
    whole = list(await entries(client, A, **form))
    seen = []
    async for page in paged(client, resource=A, pageSize=1, **form):
        seen.extend(page.entries)
        await record(client, named(f"New {len(seen)}", UNDATED))
    assert seen == whole


async def test_a_late_fact_stands_at_its_date_and_says_what_replaces_it(any_client):
    """What it changed is what a read of that date answered before, and answers since."""
    await record(
        any_client,
        registered(on(2006), name="NextMove"),
        named("NextMove", on(2021, 1, 7)),
        named("Mov'eo", on(2009)),
    )
    _, dated, late = await entries(any_client, A)
    assert changes(late) == {"name": ("NextMove", "Mov'eo")}
    assert [c.replaced_from for c in late.changes] == [dated.effective]
    assert [c.field for c in dated.changes] == ["name_since"]
    assert late.position > dated.position
    assert late.recorded_at.ToMicroseconds() > dated.recorded_at.ToMicroseconds()
    assert events(await entries(any_client, A, **BY_DATE)) == [f"{A}@1", f"{A}@3", f"{A}@2"]


async def test_what_was_taken_back_says_by_what_and_the_retraction_what_it_undid(any_client):
    """Who and why beside it; as known before, it counts."""
    position = await record(any_client, registered(on(2006)), named("Wrong", on(2010)))
    why = {"reason": "another cluster"}
    await record(any_client, ("RetractEvent", {"stream": A, "versions": [2], "options": why}))
    _, wrong, retraction = await entries(any_client, A)
    assert changes(wrong) == {"name": ("A", "Wrong")}
    assert (wrong.retracted_by.event, wrong.retracted_by.reason) == (f"{A}@3", "another cluster")
    assert wrong.retracted_by.actor == "principals/local"
    assert wrong.retracted_by.position == retraction.position
    assert (retraction.retracts, retraction.reason) == (f"{A}@2", "another cluster")
    assert changes(retraction) == {"name": ("Wrong", "A")}
    assert not retraction.HasField("effective")
    _, then = await entries(any_client, A, options={"knownPosition": str(position)})
    assert not then.HasField("retracted_by")


async def test_a_fact_that_was_taken_back_replaces_nothing(client):
    """Neither does it say that it was replaced."""
    await record(client, registered(on(2006)), named("Wrong", on(2010)), named("New", on(2015)))
    await client("RetractEvent", stream=A, versions=[2])
    first, wrong, new, _ = await entries(client, A)
    assert first.changes[0].replaced_from == new.effective
    assert not wrong.changes[0].HasField("replaced_from")


async def test_a_retracted_registration_has_a_history_and_goes_on_when_registered_again(client):
    """It cannot be read, but what happened to it can."""
    await record(client, registered(on(2006)))
    await client("RetractEvent", stream=A, versions=[1])
    first, gone = await entries(client, A)
    assert (first.retracted_by.event, gone.retracts) == (f"{A}@2", f"{A}@1")
    assert changes(first)["name"] == (None, "A")
    assert changes(gone)["name"] == ("A", None)
    await record(client, registered(on(2007), name="Again"))
    assert changes((await entries(client, A))[-1])["name"] == (None, "Again")


async def test_what_others_record_of_it_is_in_its_history(any_client):
    """Memberships, coordination and taking part, in the words of the resource they changed."""
    await record(
        any_client,
        registered(on(2005)),
        registered(clusterId="bb"),
        ("FormPartnership", {"partnershipId": "pp", "name": "P", "options": on(2015)}),
        ("JoinPartnership", {"partnership": P, "member": B, "options": UNDATED}),
        ("JoinPartnership", {"partnership": P, "member": A, "options": UNDATED}),
        ("ChangeCoordinator", {"partnership": P, "member": A, "options": on(2016)}),
        ("LeavePartnership", {"partnership": P, "member": B, "options": on(2017)}),
        ("RetractEvent", {"stream": P, "versions": [5]}),
        (
            "AnnounceEdition",
            {"editionId": "ee", "name": "E", "number": 1, "dates": {"start": {"year": 2022}}},
        ),
        ("RegisterParticipation", {"edition": E, "participant": A, "options": on(2022)}),
        ("WithdrawParticipation", {"participation": RESOURCES[-1], "options": on(2022, 3)}),
    )
    found = await entries(any_client, A)
    about = [f"{A}@1", f"{P}@3", f"{P}@4", f"{RESOURCES[-1]}@1", f"{RESOURCES[-1]}@2"]
    assert events(found) == about
    assert {entry.resource for entry in found} == {A, P, RESOURCES[-1]}
    # Its start is not known: it counts from the beginning of the partnership.
    ((before, [joined]),) = changes(found[1]).values()
    assert (before, joined["member"], joined["joined"]) == (None, A, {"bound": "BOUND_UNKNOWN"})
    assert changes(found[2])["coordinator"] == (None, A)
    assert changes(found[4])["status"] == (
        "PARTICIPATION_STATUS_REGISTERED",
        "PARTICIPATION_STATUS_WITHDRAWN",
    )
    assert events(await entries(any_client, A, **OWN)) == [f"{A}@1"]
    assert events(await entries(any_client, B)) == [f"{B}@1", f"{P}@2", f"{P}@5", f"{P}@6"]
    assert events(await entries(any_client, "editions/1"))[1:] == about[-2:]


async def test_who_takes_over_coordination_is_told_to_the_former_one(client):
    """And to nobody else: other partners are no part of it."""
    change = {"partnership": P}
    await record(
        client,
        *(registered(clusterId=name) for name in ("aa", "bb", "cc")),
        ("FormPartnership", {"partnershipId": "pp", "name": "P", "options": on(2010)}),
        *(
            ("JoinPartnership", {"partnership": P, "member": member, "options": on(2010)})
            for member in (A, B, "clusters/cc")
        ),
        ("ChangeCoordinator", change | {"member": A, "options": on(2012)}),
        ("ChangeCoordinator", change | {"member": B, "options": on(2014)}),
        ("RetractEvent", {"stream": P, "versions": [6]}),
        ("ChangeCoordinator", change | {"options": on(2015)}),
    )
    told = {m: events(await entries(client, m))[2:] for m in (A, B, "clusters/cc")}
    assert told == {
        A: [f"{P}@{version}" for version in (5, 6, 7, 8)],
        B: [f"{P}@6", f"{P}@7"],
        "clusters/cc": [],
    }
    _, _, _, taken_over, *_ = await entries(client, A)
    assert changes(taken_over)["coordinator"] == (A, B)


async def test_by_date_what_has_none_comes_first_and_the_coarse_before_the_fine(client):
    """Attested before exact; retractions, which have no date, last."""
    attested = {"effective": on(2010)["effective"] | {"bound": "BOUND_NO_LATER_THAN"}}
    dates = (on(2010, 1, 1), on(2010, 1), on(2010), attested, UNDATED, on(2009))
    await record(client, registered(UNDATED))
    await record(client, *(named(f"N{number}", date) for number, date in enumerate(dates)))
    await client("RetractEvent", stream=A, versions=[7])
    versions = [event.partition("@")[2] for event in events(await entries(client, A, **BY_DATE))]
    assert versions == ["1", "6", "7", "5", "4", "3", "2", "8"]


async def test_of_a_list_the_items_are_told_that_went_and_came(client):
    """What stays is left out, so that a long list is short to read."""
    tags = {"cluster": A, "ecosystems": DIGITAL + HEALTH}
    lei = {"cluster": A, "scheme": "lei-x", "value": "1"}
    await record(
        client,
        registered(on(2006)),
        ("SetClusterEcosystems", tags | {"options": on(2010)}),
        ("SetClusterEcosystems", tags | {"ecosystems": HEALTH, "options": on(2012)}),
        ("AddClusterIdentifier", lei | {"options": on(2012, 6)}),
        ("EndClusterIdentifier", lei | {"options": on(2012)}),
    )
    _, first, second, added, ended = await entries(client, A)
    assert changes(first) == {"ecosystems": (None, DIGITAL + HEALTH)}
    assert changes(second) == {"ecosystems": (DIGITAL, None)}
    assert changes(added)["identifiers"][0] is None
    # It ended in the year in which it began: on the first day of that it was not there yet.
    ((_, [after]),) = changes(ended).values()
    assert after["until"] == {"date": {"year": 2012}, "bound": "BOUND_AT"}


async def test_each_entry_says_why_and_from_where(client):
    """Reason, sources, and the event itself as JSON."""
    source = {"uri": "https://example.org", "basis": "BASIS_INFERRED"}
    row = {"line": 7, "fileSha256": base64.b64encode(bytes(32)).decode()}
    options = on(2006) | {"reason": "by mail", "provenance": [source], "import": row}
    await record(client, registered(options, country="PL"))
    (entry,) = await entries(client, A)
    assert (entry.reason, entry.provenance[0].uri) == ("by mail", "https://example.org")
    assert getattr(entry, "import").line == 7
    assert json.loads(entry.json)["country"] == "PL"
    assert entry.type == "registry.events.v1.ClusterRegistered"


async def test_what_has_no_history_is_refused(client):
    """Nothing recorded, also by the time asked for; no resource; a date, which has no meaning."""
    position = await record(client, registered())
    missing = await refusal(client("GetHistory", resource=B))
    assert (missing.reason, missing.message) == ("NOT_FOUND", f"nothing is recorded of {B}")
    early = {"knownPosition": str(position - 1)}
    assert (await refusal(client("GetHistory", resource=A, options=early))).reason == "NOT_FOUND"
    long_ago = {"knownAt": "2001-01-01T00:00:00Z"}
    refused = await refusal(client("GetHistory", resource=A, options=long_ago))
    assert refused.reason == "NOT_FOUND"
    for name in ("store", "aa"):
        assert (await refusal(client("GetHistory", resource=name))).fields == ["resource"]
    dated = await refusal(client("GetHistory", resource=A, options={"asOf": {"year": 2020}}))
    assert dated.fields == ["options.as_of"]
    beyond = await refusal(client("GetHistory", resource=A, options={"minPosition": "99"}))
    assert beyond.reason == "POSITION_OUT_OF_RANGE"


async def test_a_token_is_of_one_history(client):
    """Another resource, order or knowledge is another one."""
    await record(client, registered(), named("X", on(2010)), registered(clusterId="bb"))
    page = await client("GetHistory", resource=A, pageSize=1)
    others = ({"resource": B}, BY_DATE, OWN, {"options": {"knownPosition": "3"}})
    for other in others:
        asked = {"resource": A, "pageToken": page.next_page_token} | other
        assert (await refusal(client("GetHistory", **asked))).fields == ["page_token"]
    day, position, _, said = json.loads(base64.b64decode(page.next_page_token + "=="))
    for after in (["2"], [2**63], [-1], [1.5]):
        forged = base64.b64encode(json.dumps([day, position, after, said]).encode()).decode()
        refused = await refusal(client("GetHistory", resource=A, pageToken=forged))
        assert (refused.reason, refused.fields) == ("INVALID_FIELD", ["page_token"])


async def test_a_page_of_many_retractions_is_cut_and_the_next_goes_on(client, monkeypatch):
    """What one answer costs is bounded; all pages together are whole."""
    await record(client, registered(), *(named(f"N{n}", on(2010 + n)) for n in range(6)))
    await client("RetractEvent", stream=A, versions=list(range(2, 8)))
    whole = await entries(client, A)
    monkeypatch.setattr(histories, "MAX_FOLDED", 20)
    pages = [page async for page in paged(client, resource=A)]
    assert [len(page.entries) for page in pages] == [9, 1, 1, 1, 1]
    assert [entry for page in pages for entry in page.entries] == whole
