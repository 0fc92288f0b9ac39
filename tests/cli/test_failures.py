"""Every failure is a sentence, a hint and an exit code."""

import json

import pytest
from google.protobuf.any_pb2 import Any
from google.rpc import code_pb2, error_details_pb2, status_pb2

from registry.v1 import errors_pb2, event_service_pb2
from registry_client.errors import failed
from registryctl import failures, hints, recorded
from registryctl.app import Settings
from registryctl.recorded import NotUnderstood


def stopped(code, reason="", message="why", **metadata):
    status = status_pb2.Status(code=code_pb2.Code.Value(code), message=message)
    if reason:
        packed = Any()
        packed.Pack(error_details_pb2.ErrorInfo(reason=reason, metadata=metadata))
        status.details.append(packed)
    return failed(status)


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("INTERNAL", 1),
        ("UNIMPLEMENTED", 1),
        ("INVALID_ARGUMENT", 2),
        ("OUT_OF_RANGE", 2),
        ("NOT_FOUND", 3),
        ("UNAUTHENTICATED", 4),
        ("PERMISSION_DENIED", 4),
        ("ABORTED", 5),
        ("ALREADY_EXISTS", 5),
        ("FAILED_PRECONDITION", 6),
        ("UNAVAILABLE", 7),
        ("DEADLINE_EXCEEDED", 7),
        ("RESOURCE_EXHAUSTED", 7),
    ],
)
def test_the_exit_code_says_what_sort_of_failure(code, exit_code, capsys):
    """A script can tell failures apart; nothing of them is on stdout."""
    assert failures.show(stopped(code), Settings()) == exit_code
    out, err = capsys.readouterr()
    assert out == ""
    what, hint = err.splitlines()
    assert what == f"registryctl: {code.lower().replace('_', ' ')}: why"
    assert hint.startswith("hint: ")


def test_a_rule_is_named_and_its_remedy_is_the_hint(capsys):
    """What, why, what to do: each once."""
    error = stopped(
        "FAILED_PRECONDITION",
        "RULE",
        "a leads it in 2018; end that first",
        rule="one-coordinator",
        remedy="end that first",
    )
    failures.show(error, Settings())
    assert capsys.readouterr().err.splitlines() == [
        "registryctl: refused by the rule one-coordinator: a leads it in 2018",
        "hint: end that first",
    ]


def test_an_unknown_outcome_is_told_with_the_id_to_repeat(capsys):
    """The hint is a command line, not a riddle."""
    error = stopped("UNAVAILABLE", "OUTCOME_UNKNOWN")
    error.add_note("request id 0190-x")
    failures.show(error, Settings())
    assert "--request-id 0190-x" in capsys.readouterr().err


def test_json_output_makes_the_status_json(capsys):
    """With -o json the failure is google.rpc.Status with its details."""
    failures.show(stopped("NOT_FOUND", "NOT_FOUND", resource="x"), Settings(output="json"))
    status = json.loads(capsys.readouterr().err)
    assert (status["code"], status["message"]) == (5, "why")
    assert status["details"][0]["metadata"] == {"resource": "x"}


def test_every_documented_reason_has_a_hint():
    """No reason leaves a person without advice; a rule brings its own."""
    values = errors_pb2.DESCRIPTOR.enum_types_by_name["ErrorReason"].values_by_name
    names = {name.removeprefix("ERROR_REASON_") for name in values}
    assert names - set(hints.HINTS) == {"UNSPECIFIED", "RULE"}


def test_debug_shows_where(capsys):
    """--debug prints the stack."""
    with pytest.raises(NotUnderstood) as caught:
        recorded.for_reading(event_service_pb2.StoredEvent(topic="x.Y", state=b"\x1a\x01x"))
    assert failures.show(caught.value, Settings(debug=True)) == 1
    assert "Traceback" in capsys.readouterr().err
