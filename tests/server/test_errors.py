"""How a call fails: a code, a sentence, and details that programs can read."""

import asyncio

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo

from registry import errors
from registry.server import status
from tests.server.client import Refusal, refusal, request
from tests.server.story import on

CODES = grpc.StatusCode
ONE_OF_EACH = [
    errors.InvalidField("options.effective", "must be a date"),
    errors.RequestIdReused("the request id was used for another request"),
    errors.NotFound("clusters/none"),
    errors.AlreadyExists("clusters/there"),
    errors.RuleRefused("one-coordinator", "partnerships/x", "there is one", "end it first"),
    errors.VersionMismatch("it is at version 3", version="3"),
    errors.Conflict("others were faster"),
    errors.PositionOutOfRange("position 9 is beyond the end", position="9"),
    errors.NotCaughtUp("the view is at 3"),
    errors.OutcomeUnknown(),
    errors.StoreUnavailable("the disk is full"),
    errors.ViewParked("the view is stopped"),
    errors.FieldNotSupported("options.known_at"),
    errors.Draining("the service is stopping"),
    errors.Overloaded("too many wait"),
    errors.WatchEnded("it has lasted as long as a watch may"),
    errors.NotSigned("this service signs nothing"),
]


def test_there_is_one_of_each():
    """A new error is told to callers too."""
    assert {type(each) for each in ONE_OF_EACH} == set(errors.RegistryError.__subclasses__())


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda e: type(e).__name__)
def test_every_error_is_told_with_code_reason_and_metadata(error):
    """All that its class promises is in the status."""
    told = Refusal(status.status_of(error))
    assert told.code is grpc.StatusCode[error.code]
    assert told.reason == error.reason
    assert told.message == error.message
    assert dict(told.ErrorInfo.metadata) == error.metadata
    assert (told.RetryInfo is not None) == (error.retry_delay_s is not None)


def test_a_status_fits_into_the_metadata_of_http_2():
    """However long the facts are that a rule names, 8 KiB are not passed."""
    long = "ž" * 20_000
    for error in (
        errors.RuleRefused("rule", "clusters/x", long, long),
        errors.InvalidField("name", long, *[("name", "x" * 200) for _ in range(500)]),
    ):
        told = status.status_of(error)
        assert len(told.SerializeToString()) + 3 * len(told.message.encode()) < 16_000


async def test_every_wrong_field_is_named_by_its_path(client):
    """All at once, so that a caller corrects them at once."""
    refused = await refusal(
        client(
            "RegisterParticipation",
            options={"requestId": "?", "provenance": [{"uri": "https://example.org"}]},
            edition="prague",
            participant="clusters/x",
            roles=["PARTICIPATION_ROLE_SPEAKER", 0],
        )
    )
    assert (refused.code, refused.reason) == (CODES.INVALID_ARGUMENT, "INVALID_FIELD")
    assert refused.fields == ["options.request_id", "edition", "roles[1]"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"effective": {"date": {"year": 2010, "month": 2, "day": 30}}}, "options.effective.date"),
        ({"effective": {"bound": "BOUND_AT"}}, "options.effective.date"),
        ({"provenance": [{"note": "no source"}]}, "options.provenance[0].uri"),
    ],
)
async def test_what_the_protos_cannot_say_is_named_the_same_way(client, options, field):
    """Rules in code and rules in protos look alike."""
    refused = await refusal(client("RegisterCluster", options=options, name="x"))
    assert (refused.reason, refused.fields) == ("INVALID_FIELD", [field])


async def test_a_missing_resource_is_named(client):
    """NOT_FOUND says of what."""
    refused = await refusal(client("GetCluster", cluster="clusters/none"))
    assert (refused.code, refused.reason) == (CODES.NOT_FOUND, "NOT_FOUND")
    assert refused.ResourceInfo.resource_name == "clusters/none"
    assert refused.ResourceInfo.resource_type == "clusters"


@pytest.mark.parametrize(
    "summary",
    [
        ("GetEcosystemSummary", {"ecosystem": "nonsense"}),
        ("GetRegionSummary", {"region": "XX99"}),
        ("GetEditionSummary", {"edition": "editions/none"}),
    ],
)
async def test_a_summary_of_nothing_is_not_found(client, summary):
    """Zeros would say that it is known and empty."""
    name, fields = summary
    assert (await refusal(client(name, **fields))).code is CODES.NOT_FOUND


async def test_a_taken_id_is_refused_naming_the_resource(client):
    """ALREADY_EXISTS, even for the same content."""
    await client("RegisterCluster", clusterId="demo-x", name="Demo")
    refused = await refusal(client("RegisterCluster", clusterId="demo-x", name="Demo"))
    assert (refused.code, refused.reason) == (CODES.ALREADY_EXISTS, "ALREADY_EXISTS")
    assert refused.ResourceInfo.resource_name == "clusters/demo-x"


async def test_a_rule_that_refuses_names_itself_the_facts_and_the_remedy(client):
    """FAILED_PRECONDITION with a PreconditionFailure."""
    for name in ("aa", "bb"):
        await client("RegisterCluster", options=on(2000), clusterId=name, name=name)
    identifier = {"scheme": "lei", "value": "7LTWFZYICNSX8D621K86", "options": on(2010)}
    await client("AddClusterIdentifier", cluster="clusters/aa", **identifier)
    refused = await refusal(client("AddClusterIdentifier", cluster="clusters/bb", **identifier))
    assert (refused.code, refused.reason) == (CODES.FAILED_PRECONDITION, "RULE")
    violation, fact = refused.PreconditionFailure.violations
    assert (violation.type, violation.subject) == ("identifier-unique", "clusters/bb")
    assert (fact.type, fact.subject) == ("identifier-unique", "clusters/aa@2")
    assert "clusters/aa" in violation.description
    assert refused.ErrorInfo.metadata["remedy"]


async def test_what_rests_on_a_retracted_event_is_named_to_be_passed_back(client):
    """Each event in a violation of its own; in a long list as many as an answer can carry."""
    for name in ("aa", "bb"):
        await client("RegisterCluster", options=on(2000), clusterId=name, name=name)
    for year in range(2001, 2041):
        await client("RenameCluster", cluster="clusters/bb", name=f"N{year}", options=on(year))
    await client("RenameCluster", cluster="clusters/aa", name="X", options=on(2005))
    few, many = [
        await refusal(client("RetractEvent", stream=f"clusters/{name}", versions=["1"]))
        for name in ("aa", "bb")
    ]
    violation, *events = few.PreconditionFailure.violations
    assert (violation.type, violation.subject) == ("registration-first", "clusters/aa")
    also = [event.subject for event in events]
    assert also == ["clusters/aa@2"]
    assert "the 40 events" in many.ErrorInfo.metadata["remedy"]
    assert len(many.PreconditionFailure.violations) == 21
    retraction = {"stream": "clusters/aa", "versions": ["1"], "others": also}
    assert len((await client("RetractEvent", **retraction)).recorded.events) == 2
    bad = await refusal(client("RetractEvent", **retraction | {"others": ["clusters/aa"]}))
    assert bad.fields == ["others[0]"]


async def test_another_version_than_expected_is_aborted(client):
    """Nobody overwrites what they have not seen."""
    await client("RegisterCluster", clusterId="demo-x", name="Demo")
    rename = {"cluster": "clusters/demo-x", "name": "New", "options": {"expectedVersion": "7"}}
    refused = await refusal(client("RenameCluster", **rename))
    assert (refused.code, refused.reason) == (CODES.ABORTED, "VERSION_MISMATCH")


@pytest.mark.parametrize("name", ["GetCluster", "ListClusters", "GetEcosystemSummary"])
async def test_a_position_beyond_the_end_is_out_of_range(client, name):
    """It was never given out, so that waiting would be in vain."""
    fields = {
        "GetCluster": {"cluster": "clusters/x1"},
        "GetEcosystemSummary": {"ecosystem": "digital"},
    }
    refused = await refusal(client(name, options={"minPosition": "999"}, **fields.get(name, {})))
    assert (refused.code, refused.reason) == (CODES.OUT_OF_RANGE, "POSITION_OUT_OF_RANGE")


async def test_a_token_of_another_request_is_refused(client):
    """A page of one list is no place in another."""
    for each in ("aa", "bb"):
        answer = await client("RegisterCluster", clusterId=each, name=each)
    options = {"minPosition": answer.recorded.position}
    page = await client("ListClusters", pageSize=1, options=options)
    for name, fields in (
        ("ListOrganisations", {}),
        ("ListClusters", {"options": {"asOf": {"year": 2010}}}),
    ):
        refused = await refusal(client(name, pageToken=page.next_page_token, **fields))
        assert (refused.code, refused.fields) == (CODES.INVALID_ARGUMENT, ["page_token"])
    refused = await refusal(client("ListClusters", pageToken="!nonsense"))
    assert refused.fields == ["page_token"]


async def test_memberships_are_asked_of_one_side(client):
    """Of a partnership or of a member, not of both."""
    both = {"partnership": "partnerships/p", "member": "clusters/a"}
    refused = await refusal(client("ListMemberships", **both))
    assert (refused.code, refused.fields) == (CODES.INVALID_ARGUMENT, ["partnership"])


async def test_the_same_request_fifty_times_at_once_is_one_event_and_one_answer(any_client):
    """The rest say that they repeat; another body under the id is refused."""
    fields = {"options": {"requestId": "01a"}, "clusterId": "demo-x", "name": "Demo"}
    answers = await asyncio.gather(*[any_client("RegisterCluster", **fields) for _ in range(50)])
    assert sum(answer.recorded.repeated_request for answer in answers) == 49
    assert {answer.recorded.position for answer in answers} == {2}
    assert {answer.recorded.events[0].event for answer in answers} == {"clusters/demo-x@1"}
    assert any_client.built.registry.head() == 2
    refused = await refusal(any_client("RegisterCluster", **fields | {"name": "Other"}))
    assert (refused.code, refused.reason) == (CODES.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


async def test_a_fault_of_the_service_reveals_nothing_but_an_id(client, monkeypatch):
    """The caller gets a correlation id to quote."""

    def fail(*_, **__):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(client.built.registry, "get", fail)
    refused = await refusal(client("GetCluster", cluster="clusters/x1"))
    assert (refused.code, refused.reason) == (CODES.INTERNAL, "INTERNAL")
    assert "secret" not in refused.message
    assert refused.ErrorInfo.metadata["correlation_id"] in refused.message


def test_details_are_those_of_google_rpc():
    """Any client library can unpack them."""
    details = status.status_of(errors.NotFound("clusters/x")).details
    assert details[0].Is(ErrorInfo.DESCRIPTOR)
    assert request("GetCluster", cluster="clusters/x").cluster == "clusters/x"


async def test_bytes_that_are_no_message_are_an_invalid_argument(client):
    """Whatever is sent, it is answered by the error model, and not by a stack trace."""
    raw = client.channel.unary_unary("/registry.v1.ClusterService/RegisterCluster")
    refused = await refusal(raw(b"\x0a\xff\xff\xff garbage"))
    assert (refused.code, refused.fields) == (CODES.INVALID_ARGUMENT, ["request"])


@pytest.mark.parametrize(
    "options",
    [
        {"reason": "a\x1b[31m"},
        {"provenance": [{"uri": "https://example.org", "note": "a\x00"}]},
        {"provenance": [{"uri": "https://example.org/" + "x" * 2000}]},
        {"provenance": [{"uri": "https://example.org", "basis": 99}]},
        {"provenance": [{"uri": "https://example.org", "retrieved": {"year": 3000}}]},
    ],
    ids=["reason", "note", "long", "enum", "future"],
)
async def test_metadata_is_checked_as_every_other_text(client, options):
    """What stands in the log for ever is clean, also beside the event."""
    refused = await refusal(client("RegisterCluster", options=options, name="x"))
    assert refused.reason == "INVALID_FIELD"
    assert refused.fields[0].startswith("options.")


async def test_a_list_of_what_does_not_exist_is_not_found(client):
    """Nothing would say that it is there and empty."""
    for name, fields in (
        ("ListParticipations", {"edition": "editions/none"}),
        ("ListParticipations", {"edition": "editions/77"}),
        ("ListMemberships", {"partnership": "partnerships/none"}),
    ):
        assert (await refusal(client(name, **fields))).code is CODES.NOT_FOUND
