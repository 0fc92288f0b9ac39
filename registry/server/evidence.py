"""Evidence: the events behind a figure, as they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToJson

from registry.eventstore.envelope import TOPICS
from registry.v1 import summary_service_pb2 as pb

if TYPE_CHECKING:
    from registry.projections.evidence import Contribution, Evidence


def contribution(found: Contribution) -> pb.Contribution:
    """Say what is counted, and why."""
    return pb.Contribution(resource=found.resource, evidence=map(_evidence, found.evidence))


def _evidence(found: Evidence) -> pb.Evidence:
    recorded, metadata, position, recorded_at = found.event
    answer = pb.Evidence(
        fact=found.what,
        event=f"{recorded.stream}@{recorded.version}",
        type=TOPICS[type(recorded.event)],
        position=position,
        provenance=metadata.provenance,
        reason=metadata.reason,
        json=MessageToJson(recorded.event, indent=None, ensure_ascii=False),
    )
    answer.recorded_at.FromMicroseconds(recorded_at)
    if metadata.HasField("effective"):
        answer.effective.CopyFrom(metadata.effective)
    if metadata.HasField("import"):
        getattr(answer, "import").CopyFrom(getattr(metadata, "import"))
    return answer
