"""What a retraction would take, shown to a person before it is asked whether it is meant."""

import json
from collections.abc import Iterable
from typing import Any

from registryctl import wire
from registryctl.app import note, settings
from registryctl.recorded import RETRACTED

RETRACT = "EventService/RetractEvent"
SHOWN = 20
_FIELDS = ("stream", "versions", "others", "with_dependants")


def show(arguments: dict[str, Any]) -> None:
    """List on stderr the events that would no longer count.

    Raises:
        CallFailed: where the service would refuse it.
    """
    asked = {name: arguments[name] for name in _FIELDS}
    options = {"validate_only": True, "expected_version": arguments["expected_version"] or 0}
    answer = wire.call(settings(), RETRACT, wire.request(RETRACT, {"options": options, **asked}))
    going = [_retracted(event) for event in answer.recorded.events if event.type == RETRACTED]
    if not going:
        note("none of these counts any more: nothing would be recorded")
        return
    types = _types({name.partition("@")[0] for name in going[-SHOWN:]})
    note("no longer to count:")
    if len(going) > SHOWN:
        note(f"  {len(going) - SHOWN} events more, which --dry-run shows")
    for name in going[-SHOWN:]:
        note(f"  {name} {types.get(name, '')}")


def _retracted(event: Any) -> str:
    return f"{event.event}@{json.loads(event.json)['version']}"


def _types(streams: Iterable[str]) -> dict[str, str]:
    """Types of the events of some streams by their names, without the package."""
    replay = "EventService/ReplayEvents"
    with wire.connected(settings()) as channel:
        return {
            f"{event.stream}@{event.version}": event.topic.rpartition(".")[2]
            for stream in streams
            for batch in wire.stream(
                settings(), channel, replay, wire.request(replay, {"stream": stream})
            )
            for event in batch.events
        }
