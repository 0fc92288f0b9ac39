"""Fingerprints: what makes two requests the same, for ever."""

import hashlib
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.eventstore.fingerprint import VERSION, fingerprint
from registry.v1 import (
    cluster_service_pb2,
    edition_service_pb2,
    event_service_pb2,
    organisation_service_pb2,
    participation_service_pb2,
    partnership_service_pb2,
    summary_service_pb2,
)
from registry.v1.cluster_service_pb2 import RegisterClusterRequest, RenameClusterRequest

LOCAL = "principals/local"
SERVICES = [
    cluster_service_pb2,
    edition_service_pb2,
    event_service_pb2,
    organisation_service_pb2,
    participation_service_pb2,
    partnership_service_pb2,
]
COMMANDS = [
    GetMessageClass(method.input_type)
    for module in SERVICES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if method.input_type.fields_by_name.get("options") is not None
    and method.input_type.fields_by_name["options"].message_type.name == "CommandOptions"
]

OPTIONS: Any = {
    "request_id": "never in it",
    "effective": {"date": {"year": 2021, "month": 1, "day": 7}, "bound": "BOUND_AT"},
    "expected_version": -1,
    "validate_only": True,
    "import": {"file_sha256": b"\x00\xff", "line": 2},
    "provenance": [{"uri": "é"}, {"note": "n"}],
}
RENAME = RenameClusterRequest(options=OPTIONS, cluster="clusters/x", name="NextMove")

# Written by hand from the specification.
GOLDEN_BYTES = bytes.fromhex(
    "01"  # version 1
    "00000010"
    + b"principals/local".hex()  # 16 bytes
    + "00000020"
    + b"registry.v1.RenameClusterRequest".hex()  # 32 bytes
    + "00000001 6d 0000009c"  # 1 options: a message of 156 bytes
    "  00000002 6d 0000003d"  # 2 effective: 61 bytes
    "    00000001 6d 00000027"  # 1 date: 39 bytes
    "      00000001 69 00000000000007e5"  # 1 year: 2021
    "      00000002 69 0000000000000001"  # 2 month
    "      00000003 69 0000000000000007"  # 3 day
    "    00000002 69 0000000000000001"  # 2 bound: BOUND_AT
    "  00000004 72 00000002"  # 4 provenance: two
    "    6d 0000000b"  # the first: 11 bytes
    "      00000001 73 00000002 c3a9"  # 1 uri: é
    "    6d 0000000a"  # the second: 10 bytes
    "      00000005 73 00000001 6e"  # 5 note: n
    "  00000005 69 ffffffffffffffff"  # 5 expected_version: -1
    "  00000007 6d 00000018"  # 7 import: 24 bytes
    "    00000001 62 00000002 00ff"  # 1 file_sha256
    "    00000002 69 0000000000000002"  # 2 line
    "00000002 73 0000000a"
    + b"clusters/x".hex()  # 2 cluster
    + "00000003 73 00000008"
    + b"NextMove".hex()  # 3 name
)
GOLDEN = "f96bb1325ff2c18ded53749933ab04890f0bdec6d3185ce46141056378ca636c"


def test_the_fingerprint_is_as_specified():
    """Version 1 never changes: fingerprints are kept for ever."""
    assert VERSION == 1
    assert fingerprint(LOCAL, RENAME) == hashlib.sha256(GOLDEN_BYTES).digest()
    assert fingerprint(LOCAL, RENAME).hex() == GOLDEN


def test_maps_are_sorted():
    """A map's pairs count in the order of their keys, whatever the order they were set in."""
    keys = ["PL", "CZ", "AT"]
    one, other = (
        summary_service_pb2.ClusterCounts(by_country=dict.fromkeys(order, 1))
        for order in (keys, keys[::-1])
    )
    assert fingerprint(LOCAL, one) == fingerprint(LOCAL, other)


def test_the_command_counts():
    """Confirm and Withdraw of one participation have equal bytes, and are different requests."""
    fields = {"participation": "editions/8/participations/cluster-x"}
    confirm = participation_service_pb2.ConfirmParticipationRequest(**fields)
    withdraw = participation_service_pb2.WithdrawParticipationRequest(**fields)
    assert confirm.SerializeToString() == withdraw.SerializeToString()
    assert fingerprint(LOCAL, confirm) != fingerprint(LOCAL, withdraw)


def test_the_principal_counts():
    assert fingerprint("principals/a", RENAME) != fingerprint("principals/b", RENAME)


def changed(request: Any, **options: object) -> Any:
    """A copy with other options."""
    copy = type(request)()
    copy.CopyFrom(request)
    copy.options.MergeFrom(type(copy.options)(**options))
    return copy


@pytest.mark.parametrize(
    "options", [{"request_id": "other"}, {"validate_only": True}, {"receipt": True}]
)
def test_the_request_id_and_validate_only_do_not_matter(options):
    """A request can be tried with validate_only, and be sent again with the id it was given."""
    for request in (RENAME, RenameClusterRequest(name="x"), RenameClusterRequest(options={})):
        assert fingerprint(LOCAL, changed(request, **options)) == fingerprint(LOCAL, request)


def test_a_date_left_out_is_not_todays_date():
    """What is left out stays out: sent again tomorrow, it is still the same request."""
    absent = RenameClusterRequest(options={}, cluster="clusters/x", name="x")
    today = changed(absent, effective={"date": {"year": 2024, "month": 1, "day": 1}})
    assert fingerprint(LOCAL, absent) != fingerprint(LOCAL, today)


def test_an_empty_message_is_not_a_missing_one():
    """Presence counts where the protocol has it."""
    empty = RegisterClusterRequest(name="x", name_effective={})
    assert fingerprint(LOCAL, empty) != fingerprint(LOCAL, RegisterClusterRequest(name="x"))


@pytest.mark.parametrize("unknown", [b"\xb8\x3e\x07", b"\xba\x3e\x03new"])
def test_fields_of_a_newer_client_do_not_matter(unknown):
    """Unknown fields, at the top or inside, do not make another request."""
    raw = RENAME.SerializeToString()
    at_top = RenameClusterRequest.FromString(raw + unknown)
    inside = changed(RENAME)
    inside.options.effective.MergeFromString(unknown)
    for request in (at_top, inside):
        assert request.SerializeToString() != raw
        assert fingerprint(LOCAL, request) == fingerprint(LOCAL, RENAME)


def test_the_order_on_the_wire_does_not_matter():
    """Fields may come in any order."""
    parts = [RenameClusterRequest(name="x"), RenameClusterRequest(cluster="clusters/x")]
    one, other = (
        RenameClusterRequest.FromString(b"".join(part.SerializeToString() for part in order))
        for order in (parts, parts[::-1])
    )
    assert fingerprint(LOCAL, one) == fingerprint(LOCAL, other)


# --- every field of every command ------------------------------------------------------------


def values(field: FieldDescriptor) -> st.SearchStrategy[object]:
    """One value of a field."""
    if field.message_type is not None:
        return messages(field.message_type)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        is_bytes = field.type == FieldDescriptor.TYPE_BYTES
        return st.binary(max_size=3) if is_bytes else st.text("ab\0é", max_size=3)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    return st.integers(-(2**31), 2**31 - 1)


def contents(field: FieldDescriptor) -> st.SearchStrategy[object]:
    """All that a field can hold; None where it is not set."""
    one = values(field)
    return st.lists(one, max_size=2) if field.is_repeated else st.none() | one


def messages(kind: Descriptor) -> st.SearchStrategy[Message]:
    """Messages with any of their fields set."""
    fields = st.fixed_dictionaries({field.name: contents(field) for field in kind.fields})
    return st.deferred(lambda: fields).map(lambda set_: GetMessageClass(kind)(**set_))


def meaning(request: Message) -> bytes:
    """All of a request but what is left out of its fingerprint."""
    copy: Any = type(request)()
    copy.CopyFrom(request)
    copy.options.ClearField("request_id")
    copy.options.ClearField("validate_only")
    copy.options.ClearField("warn_of_similar")
    copy.options.ClearField("receipt")
    if not copy.options.ListFields():
        copy.ClearField("options")
    meant: bytes = copy.SerializeToString(deterministic=True)
    return meant


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.DESCRIPTOR.name)
def test_any_change_of_any_set_field_makes_another_request(kind):
    """Of every command: requests have one fingerprint exactly where they say the same."""
    paths = [(field,) for field in kind.DESCRIPTOR.fields if field.name != "options"]
    options = kind.DESCRIPTOR.fields_by_name["options"]
    paths += [(options, field) for field in options.message_type.fields]

    @settings(max_examples=20, deadline=None)
    @given(messages(kind.DESCRIPTOR), st.sampled_from(paths), st.data())
    def check(request: Any, path: tuple[FieldDescriptor, ...], data: st.DataObject) -> None:
        other = type(request)()
        other.CopyFrom(request)
        holder = other.options if len(path) > 1 else other
        holder.ClearField(path[-1].name)
        new = data.draw(contents(path[-1]))
        holder.MergeFrom(type(holder)(**{path[-1].name: new}))
        same = fingerprint(LOCAL, request) == fingerprint(LOCAL, other)
        assert same == (meaning(request) == meaning(other))

    check()
