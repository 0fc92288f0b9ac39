"""Judging: what must hold of the answer to any request, however hostile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

FORBIDDEN = {
    StatusCode.INTERNAL: "an INTERNAL",
    StatusCode.UNKNOWN: "an UNKNOWN",
    StatusCode.UNAVAILABLE: "the service went away",
    StatusCode.DEADLINE_EXCEEDED: "no answer in time",
    StatusCode.DATA_LOSS: "a DATA_LOSS",
    StatusCode.CANCELLED: "a call that nobody cancelled was",
}
MOST_SHOWN = 20


@dataclass
class Call:
    """One call as it was made and answered."""

    path: str
    sent: list[bytes]
    code: StatusCode
    details: bytes = b""
    """The google.rpc.Status of a refusal, serialised."""
    recorded: int = 0
    """Events that the answers acknowledge."""

    def __str__(self) -> str:
        """The call, so that it can be made again."""
        sent = ", ".join(data.hex() for data in self.sent)
        return f"{self.path} [{sent[:2000]}] {self.code.name}"


@dataclass
class Verdict:
    """What came of many calls."""

    calls: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)
    faults: int = 0

    def judge(self, call: Call) -> None:
        """Take in one call."""
        self.calls += 1
        self.codes[call.code.name] += 1
        self.acknowledged += call.recorded
        if fault := fault_of(call):
            self.faults += 1
            if len(self.wrong) < MOST_SHOWN:
                self.wrong.append(f"{fault}: {call}")

    def line(self, unexplained: int) -> str:
        """What is printed at the end."""
        crashes = self.codes["UNAVAILABLE"]
        codes = ", ".join(f"{name} {number:,}" for name, number in self.codes.most_common())
        return (
            f"{self.calls:,} calls: crashes {crashes}, INTERNAL {self.codes['INTERNAL']},"
            f" events recorded by refused calls {unexplained}; {self.acknowledged:,} events"
            f" acknowledged; {codes}"
        )


def fault_of(call: Call) -> str:
    """What is wrong with an answer; empty where nothing is."""
    if call.code in FORBIDDEN:
        return FORBIDDEN[call.code]
    if call.code is StatusCode.OK:
        return ""
    status = Status.FromString(call.details)
    info, bad = ErrorInfo(), BadRequest()
    if call.code is StatusCode.RESOURCE_EXHAUSTED and not status.details:
        return ""  # larger than any message may be: gRPC itself refuses it
    if not any(detail.Unpack(info) for detail in status.details) or not info.reason:
        return "a refusal without a reason"
    if call.code is StatusCode.INVALID_ARGUMENT and info.reason != "REQUEST_ID_REUSED":
        found = any(detail.Unpack(bad) for detail in status.details)
        if not found or not all(violation.field for violation in bad.field_violations):
            return "an invalid argument that names no field"
    return "" if status.message else "a refusal without a word"


def recorded_by(answer: Any) -> int:
    """How many events an answer acknowledges as new."""
    outcomes = getattr(answer, "outcomes", None)
    if outcomes is not None:
        return sum(_new(outcome.recorded) for outcome in outcomes)
    return _new(answer.recorded) if "recorded" in answer.DESCRIPTOR.fields_by_name else 0


def _new(recorded: Any) -> int:
    if recorded.repeated_request:
        return 0
    return sum(1 for event in recorded.events if event.position)
