"""What a command answers: the resource as it is now, and what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.json_format import MessageToJson

from registry.server.resources import resource_of
from registry.v1.options_pb2 import Recorded, RecordedEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from registry.eventstore.ticket import Answer, EventRef


class Shown(NamedTuple):
    """The state an answer shows, which may be newer than its command."""

    state: Any
    version: int


def packer(response: type[Message]) -> Callable[[Answer, int], Message]:
    """Choose how answers become a command's response; its other field, if any, is the resource."""
    resource_field = next((f.name for f in response.DESCRIPTOR.fields if f.name != "recorded"), "")
    make: Callable[..., Message] = response

    def pack(answer: Answer, day: int) -> Message:
        packed = make(recorded=recorded_of(answer))
        # Nothing is registered yet where a registration was only validated.
        if resource_field and answer.state.registered:
            shown = Shown(answer.state, answer.state_version)
            getattr(packed, resource_field).CopyFrom(resource_of(shown, day))
        return packed

    return pack


def recorded_of(answer: Answer) -> Recorded:
    """Say what was recorded."""
    return Recorded(
        position=answer.position,
        version=answer.version,
        events=[_event(each) for each in answer.events],
        repeated_request=answer.repeated,
        request_id=answer.request_id,
    )


def _event(ref: EventRef) -> RecordedEvent:
    name = f"{ref.stream}@{ref.version}" if ref.version else ref.stream
    said = RecordedEvent(event=name, type=ref.topic, position=ref.position)
    if not ref.position and ref.event is not None:
        said.json = _json(ref.event)
    return said


def _json(event: Any) -> str:
    return MessageToJson(event, indent=None, ensure_ascii=False)
