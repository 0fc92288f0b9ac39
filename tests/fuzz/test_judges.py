"""The judges find what they are there to find."""

import pytest
from google.protobuf import any_pb2
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from registry.v1 import cluster_service_pb2, record_service_pb2
from tests.fuzz.hostile import Hostile
from tests.fuzz.judging import Call, Verdict, fault_of, recorded_by
from tests.server.client import RPCS


def refused(code, message="no", *details):
    packed = []
    for detail in details:
        packed.append(any_pb2.Any())
        packed[-1].Pack(detail)
    status = Status(code=code.value[0], message=message, details=packed)
    return Call("/a/B", [b"\x01"], code, status.SerializeToString())


INFO = ErrorInfo(reason="INVALID_FIELD", domain="registry.v1")
NAMED = BadRequest(field_violations=[{"field": "name", "description": "is empty"}])


@pytest.mark.parametrize(
    "call",
    [
        refused(StatusCode.INTERNAL, "oops", INFO),
        refused(StatusCode.UNKNOWN),
        refused(StatusCode.UNAVAILABLE),
        refused(StatusCode.DEADLINE_EXCEEDED),
        refused(StatusCode.NOT_FOUND),
        refused(StatusCode.NOT_FOUND, "", INFO),
        refused(StatusCode.INVALID_ARGUMENT, "no", INFO),
        refused(StatusCode.INVALID_ARGUMENT, "no", INFO, BadRequest(field_violations=[{}])),
    ],
)
def test_a_broken_promise_is_a_fault(call):
    """Each of them is counted, and shown so that it can be tried again."""
    verdict = Verdict()
    verdict.judge(call)
    assert verdict.faults == 1
    assert "/a/B [01]" in verdict.wrong[0]


def test_a_proper_refusal_is_none():
    """A reason, a field, a sentence."""
    assert fault_of(refused(StatusCode.INVALID_ARGUMENT, "name: is empty", INFO, NAMED)) == ""


def test_only_new_events_are_acknowledged():
    """Not those of a request that was answered before, nor those that were only tried."""
    answer = cluster_service_pb2.RegisterClusterResponse()
    answer.recorded.events.add(position=7)
    answer.recorded.events.add(position=0)
    assert recorded_by(answer) == 1
    batch = record_service_pb2.RecordBatchResponse(outcomes=[{"recorded": answer.recorded}, {}])
    assert recorded_by(batch) == 1
    answer.recorded.repeated_request = True
    assert recorded_by(answer) == 0


def test_the_same_seed_draws_the_same_requests():
    """A failure can be repeated; every method and most fields are reached."""
    drawn = [[Hostile(5).request(method) for method in RPCS.values()] for _ in range(2)]
    assert drawn[0] == drawn[1]
    hostile = Hostile(1)
    for method in RPCS.values():  # of some the only field is one number
        assert len({hostile.request(method) for _ in range(100)}) > 5
