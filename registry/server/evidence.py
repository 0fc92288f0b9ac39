"""Evidence: recorded events as they are answered, and those behind a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToJson

from registry.domain.world import Redacted
from registry.eventstore.envelope import TOPICS
from registry.v1 import summary_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.envelope import Opened
    from registry.projections.evidence import Contribution, Evidence


def contribution(found: Contribution) -> pb.Contribution:
    """Say what is counted, and why."""
    return pb.Contribution(resource=found.resource, evidence=map(_evidence, found.evidence))


def _evidence(found: Evidence) -> pb.Evidence:
    answer = pb.Evidence(fact=found.what)
    fill_event(answer, found.event)
    return answer


def fill_event(into: Any, opened: Opened) -> None:
    """Fill what every message about a recorded event says of it."""
    recorded, metadata = opened.recorded, opened.metadata
    into.event = recorded.name
    event = recorded.event
    into.type = event.topic if isinstance(event, Redacted) else TOPICS[type(event)]
    into.position = opened.position
    into.recorded_at.FromMicroseconds(opened.recorded_at)
    if metadata.HasField("effective"):
        into.effective.CopyFrom(metadata.effective)
    into.reason = metadata.reason
    into.provenance.extend(metadata.provenance)
    if metadata.HasField("import"):
        getattr(into, "import").CopyFrom(getattr(metadata, "import"))
    if not isinstance(event, Redacted):
        into.json = MessageToJson(event, indent=None, ensure_ascii=False)
