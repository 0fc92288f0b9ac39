"""What a command answers: the resource as it is now, and what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.json_format import MessageToJson

from registry.server.resources import fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from registry.eventstore.ticket import Answer
    from registry.v1.options_pb2 import Recorded


class Shown(NamedTuple):
    """The state an answer shows, which may be newer than its command."""

    state: Any
    version: int


def packer(response: type[Message]) -> Callable[[Answer, int], Message]:
    """Choose how answers become a command's response; its other field, if any, is the resource."""
    resource = next((f.name for f in response.DESCRIPTOR.fields if f.name != "recorded"), "")
    make: Callable[[], Any] = response

    def pack(answer: Answer, day: int) -> Message:
        packed = make()
        fill_recorded(packed.recorded, answer)
        # Nothing is registered yet where a registration was only validated.
        if resource and answer.state.registered:
            fill(getattr(packed, resource), Shown(answer.state, answer.state_version), day)
        done: Message = packed
        return done

    return pack


def fill_recorded(into: Recorded, answer: Answer) -> None:
    """Say what was recorded."""
    into.position = answer.position
    into.version = answer.version
    into.repeated_request = answer.repeated
    into.request_id = answer.request_id
    for ref in answer.events:
        event = into.events.add()
        event.event = f"{ref.stream}@{ref.version}" if ref.version else ref.stream
        event.type = ref.topic
        event.position = ref.position
        if not ref.position and ref.event is not None:
            event.json = _json(ref.event)
            if ref.at is not None:
                event.effective.CopyFrom(ref.at.to_proto())


def _json(event: Any) -> str:
    return MessageToJson(event, indent=None, ensure_ascii=False)
