"""Every command and every read once, over gRPC."""

import asyncio

import pytest
from google.protobuf.json_format import MessageToDict

from registry.v1.options_pb2 import LifeState
from tests.server.client import RPCS, refusal
from tests.server.story import COMMANDS, DOLINA, READS, on

OTHERS = {
    "ReplayEvents",
    "WatchEvents",
    "ListViews",
    "RebuildView",
    "RecordBatch",
    "GetRegion",
    "ListRegions",
    "ResolveRegion",
    "GetCheckpoint",
    "ListCheckpoints",
    "GetInclusionProof",
    "GetConsistencyProof",
    "ListVerifierKeys",
    "ListCommands",
    "GetStateDigest",
    "ListStateDigests",
}


def contains(answer, expected):
    """Whether an answer holds at least what is expected; lists are of one length."""
    if isinstance(expected, dict):
        return all(name in answer and contains(answer[name], v) for name, v in expected.items())
    if isinstance(expected, list):
        return len(answer) == len(expected) and all(map(contains, answer, expected))
    return answer == expected


async def told(client):
    """Tell the story; answer the position of its end."""
    for name, fields in COMMANDS:
        answer = await client(name, **fields)
        assert answer.recorded.events, name
        assert answer.recorded.events[-1].position == answer.recorded.position
        assert answer.recorded.request_id
    return answer.recorded.position


async def test_every_command_records_and_every_read_sees_it(any_client):
    """What was recorded is answered at once to who says its position."""
    position = await told(any_client)
    for name, fields, expected in READS:
        options = fields.get("options", {}) | {"minPosition": position}
        answer = await any_client(name, **fields | {"options": options})
        assert answer.read_position >= position
        found = MessageToDict(answer)
        assert contains(found, expected), f"{name} answers {found}"


def test_the_story_has_every_rpc():
    """None is forgotten when one is added."""
    assert {name for name, *_ in COMMANDS + READS} | OTHERS == set(RPCS)


async def test_a_command_answers_the_resource_as_it_is_now(client):
    """The answer needs no read after it."""
    answer = await client("RegisterCluster", clusterId="demo-x", name="Demo", country="EL")
    assert (answer.cluster.cluster, answer.cluster.name) == ("clusters/demo-x", "Demo")
    assert (answer.cluster.country, answer.cluster.version) == ("GR", 1)
    (event,) = answer.recorded.events
    assert (event.event, event.type) == (
        "clusters/demo-x@1",
        "registry.events.v1.ClusterRegistered",
    )
    assert event.position == answer.recorded.position


async def test_an_id_is_made_where_none_is_chosen(client):
    """A UUID of version 7, so that they sort by time."""
    answer = await client("RegisterCluster", name="Demo")
    assert answer.cluster.cluster.split("/")[1][14] == "7"


async def test_what_would_be_recorded_is_shown_and_not_recorded(client):
    """validate_only answers the events as JSON at position 0."""
    fields = {"clusterId": "demo-x", "name": "Demo"}
    answer = await client("RegisterCluster", options={"validateOnly": True}, **fields)
    (event,) = answer.recorded.events
    assert event.position == 0
    assert '"name":"Demo"' in event.json.replace(" ", "")
    assert event.event == "clusters/demo-x"
    assert not answer.HasField("cluster")
    assert (await client("RegisterCluster", **fields)).recorded.events[0].position == 2


async def test_the_same_fact_again_records_nothing(client):
    """It answers the position the facts rest on."""
    fields = {
        "clusterId": "demo-x",
        "name": "Demo",
        "options": {"effective": {"date": {"year": 2006}}},
    }
    await client("RegisterCluster", **fields)
    rename = {
        "cluster": "clusters/demo-x",
        "name": "New",
        "options": {"effective": {"date": {"year": 2010}}},
    }
    first = await client("RenameCluster", **rename)
    again = await client("RenameCluster", **rename)
    assert not again.recorded.events
    assert not again.recorded.repeated_request
    assert again.recorded.position >= first.recorded.position


async def test_a_read_as_of_a_date_answers_what_was_true_then(client):
    """Late facts find their place."""
    register = {
        "clusterId": "nextmove",
        "name": "Mov'eo",
        "nameEffective": {"date": {"year": 2006}},
    }
    await client("RegisterCluster", options={"effective": {"date": {"year": 2006}}}, **register)
    for year, name in ((2021, "NextMove"), (2009, "Mov'eo 2")):
        options = {"effective": {"date": {"year": year}}}
        await client("RenameCluster", cluster="clusters/nextmove", name=name, options=options)
    names = {}
    for year in (2007, 2010, 2022):
        options = {"asOf": {"year": year}}
        names[year] = (
            await client("GetCluster", cluster="clusters/nextmove", options=options)
        ).cluster.name
    assert names == {2007: "Mov'eo", 2010: "Mov'eo 2", 2022: "NextMove"}


async def test_a_read_as_of_a_date_leaves_out_what_came_later(client):
    """Aliases, identifiers and relations count from their first day."""
    await told(client)
    options = {"effective": {"date": {"year": 2003}}}
    answer = await client("AddClusterAlias", cluster=DOLINA, alias="AVP", options=options)
    position = answer.recorded.position
    seen = {}
    for year in (2002, 2004, 2015, 2020):
        options = {"asOf": {"year": year}, "minPosition": position}
        cluster = (await client("GetCluster", cluster=DOLINA, options=options)).cluster
        life = LifeState.Name(cluster.life).removeprefix("LIFE_STATE_")
        seen[year] = (life, len(cluster.aliases), len(cluster.identifiers))
    assert seen == {
        2002: ("NOT_YET", 0, 0),
        2004: ("LIVE", 1, 0),
        2015: ("LIVE", 1, 1),
        2020: ("LIVE", 1, 0),
    }


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_join_to_the_whole_list(client, size):
    """Whatever their size, in order and none twice."""
    ids = ["aa", "bb", "cc", "dd"]
    for each in ids:
        answer = await client("RegisterCluster", clusterId=each, name=each)
    seen, token = [], ""
    while True:
        options = {"minPosition": answer.recorded.position}
        page = await client("ListClusters", pageSize=size, pageToken=token, options=options)
        seen += [cluster.cluster for cluster in page.clusters]
        assert len(page.clusters) <= size
        token = page.next_page_token
        if not token:
            break
    assert seen == [f"clusters/{each}" for each in ids]


async def test_the_pages_of_a_list_are_of_one_position(client):
    """What is recorded meanwhile is in the next list, and nothing is skipped or comes twice."""
    for each in ("aa", "cc"):
        answer = await client("RegisterCluster", clusterId=each, name=each)
    options = {"minPosition": answer.recorded.position}
    token = (await client("ListClusters", pageSize=1, options=options)).next_page_token
    await client("RenameCluster", cluster="clusters/cc", name="renamed", options=on(2010))
    new = await client("RegisterCluster", clusterId="bb", name="bb")
    page = await client("ListClusters", pageSize=5, pageToken=token, options=options)
    assert [(c.cluster, c.name) for c in page.clusters] == [("clusters/cc", "cc")]
    assert page.read_position == answer.recorded.position
    later = {"minPosition": new.recorded.position}
    refused = await refusal(client("ListClusters", pageToken=token, options=later))
    assert refused.fields == ["options.min_position"]
    whole = await client("ListClusters", options=later)
    assert [c.cluster[-2:] for c in whole.clusters] == ["aa", "bb", "cc"]


async def test_a_list_is_selected_and_sorted(client):
    """By the same fields as its resources have."""
    for each, country in (("aa", "PL"), ("bb", "FR"), ("cc", "PL")):
        answer = await client("RegisterCluster", clusterId=each, name=each, country=country)
    options = {"minPosition": answer.recorded.position}
    asked = {"filter": "country = PL", "orderBy": "name desc", "options": options}
    page = await client("ListClusters", **asked)
    assert [c.cluster for c in page.clusters] == ["clusters/cc", "clusters/aa"]
    refused = await refusal(client("ListClusters", filter="colour = red"))
    assert refused.fields == ["filter"]
    assert "at column 1: 'colour' is no field" in refused.message
    refused = await refusal(client("ListClusters", orderBy="colour"))
    assert refused.fields == ["order_by"]


async def test_a_token_says_of_what_other_list_it_is(client):
    """So that its caller finds what was changed."""
    for each in ("aa", "bb"):
        answer = await client("RegisterCluster", clusterId=each, name=each)
    options = {"minPosition": answer.recorded.position}
    token = (await client("ListClusters", pageSize=1, options=options)).next_page_token
    for changed, field in (
        ({"filter": "country = PL"}, "filter"),
        ({"orderBy": "name"}, "order_by"),
        ({"options": {"asOf": {"year": 2020}}}, "options.as_of"),
    ):
        refused = await refusal(client("ListClusters", pageToken=token, **changed))
        assert refused.fields == ["page_token"]
        assert f"another {field};" in refused.message


async def until_nothing_is_redacted(client):
    """Wait until the views that the story's redaction makes anew are there."""
    while (await client("ListViews")).views[0].rebuilding:  # noqa: ASYNC110 - asks each time
        await asyncio.sleep(0.05)


async def test_views_are_listed_and_rebuilt(client):
    """A rebuild answers with a new generation that has seen everything."""
    position = await told(client)
    (view,) = (await client("ListViews")).views
    assert not view.parked
    await until_nothing_is_redacted(client)
    rebuilt = (await client("RebuildView", view=view.view)).view
    assert rebuilt.generation > view.generation
    assert rebuilt.position >= position
    page = await client("ListClusters", options={"minPosition": position})
    assert page.clusters[0].cluster == DOLINA


async def test_a_registration_may_be_warned_of_similar_names(any_client):
    """It is recorded all the same, and only who asks waits for the look-up."""
    first = {"clusterId": "one", "name": "Silesian Aviation Cluster", "country": "PL"}
    recorded = (await any_client("RegisterCluster", **first)).recorded
    await any_client("ListClusters", options={"minPosition": recorded.position})
    names = {
        "Silesian Avation Cluster": True,
        "Śilesian aviation CLUSTER": True,
        "Aviation Cluster Silesian": True,
        "Silesian Cluster": False,
        "Something Else": False,
    }
    for number, (name, warned) in enumerate(names.items()):
        again = {"clusterId": f"other-{number}", "name": name, "country": "PL"}
        dry = {"warnOfSimilar": True, "validateOnly": True}
        answer = await any_client("RegisterCluster", options=dry, **again)
        assert [warning.resource for warning in answer.warnings] == ["clusters/one"] * warned, name
        assert answer.recorded.events


async def test_warnings_are_of_the_same_kind_and_only_where_they_are_asked_for(client):
    """The command is recorded, and its answer says so beside the warning."""
    name = "Silesian Aviation Cluster"
    recorded = (await client("RegisterCluster", clusterId="one", name=name)).recorded
    await client("ListClusters", options={"minPosition": recorded.position})
    ask = {"options": {"warnOfSimilar": True}}
    answer = await client("RegisterCluster", clusterId="two", name=name, country="PL", **ask)
    assert answer.cluster.cluster == "clusters/two"
    (warning,) = answer.warnings
    assert "clusters/one has a similar name: 'Silesian Aviation Cluster'" in warning.message
    answer = await client("RegisterOrganisation", organisationId="two", name=name, **ask)
    assert (answer.organisation.name, len(answer.warnings)) == (name, 0)
    assert not (await client("RegisterCluster", name=name)).warnings


async def test_the_same_request_may_ask_for_warnings_or_not(client):
    """Whether they are wanted is no part of what is recorded."""
    fields = {"clusterId": "one", "name": "One"}
    options = {"requestId": "an-id"}
    first = await client("RegisterCluster", options=options, **fields)
    again = await client("RegisterCluster", options=options | {"warnOfSimilar": True}, **fields)
    assert again.recorded.repeated_request
    assert again.recorded.position == first.recorded.position
