"""`registryctl events`: the recorded events themselves."""

from collections.abc import Iterator
from typing import Any

import click

from registryctl.app import Noun, note, settings
from registryctl.common import Send, destroys, undated

REPLAY = "EventService/ReplayEvents"
NOT_FOUND = 3


@click.group(cls=Noun)
def events() -> None:
    """The recorded events themselves."""


@events.command("list", rpc=REPLAY, example="events list clusters/nextmove")
@click.argument("stream")
def list_(stream: str) -> None:
    """List the events of one resource, in order; retracted ones are marked."""
    from registryctl import printing, recorded, wire  # noqa: PLC0415

    request = wire.request(REPLAY, {"stream": stream})
    with wire.connected(settings()) as channel:
        stored = [
            event
            for batch in wire.stream(settings(), channel, REPLAY, request)
            for event in batch.events
        ]
    if not stored:
        note(f"registryctl: not found: nothing is recorded of {stream}")
        note("hint: a stream is named as its resource, e.g. clusters/nextmove")
        raise click.exceptions.Exit(NOT_FOUND)
    retracted = {recorded.retracted_version(event) for event in stored}
    rows = [
        recorded.for_reading(event) | {"retracted": event.version in retracted} for event in stored
    ]
    printing.show_objects(settings(), rows, listed=True)


@events.command(rpc=REPLAY, example="events replay --after 0 --limit 3")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Position to begin after.")
@click.option("--stream", help="Only this resource.")
@click.option("--limit", type=click.IntRange(min=0), default=0, help="Most events (all).")
@click.option("--state", is_flag=True, help="Add the stored bytes, in hexadecimal.")
def replay(after: int, stream: str | None, limit: int, *, state: bool) -> None:
    """Replay the log as NDJSON: envelope, event and leaf hash of each, by position.

    Resume after the last position that was printed.
    """
    from registryctl import printing  # noqa: PLC0415

    if settings().output_asked and settings().output in {"table", "csv"}:
        raise click.UsageError("a replay is ndjson; use -o ndjson")
    settings().output = "ndjson"
    fields = {"after_position": after, "stream": stream, "limit": limit}
    printing.show_objects(settings(), _replayed(fields, state=state))


def _replayed(fields: dict[str, Any], *, state: bool) -> Iterator[dict[str, Any]]:
    from registryctl import recorded, wire  # noqa: PLC0415

    request = wire.request(REPLAY, fields)
    with wire.connected(settings()) as channel:
        for batch in wire.stream(settings(), channel, REPLAY, request):
            for event in batch.events:
                yield recorded.for_auditing(event, state=state)


@events.command(
    rpc="EventService/RetractEvent",
    example='events retract clusters/nextmove 3 --reason "wrong cluster" --yes',
)
@click.argument("stream")
@click.argument("versions", type=click.IntRange(min=1), nargs=-1, required=True)
@destroys("stream")
@undated
def retract(send: Send, **fields: object) -> None:
    """Record that events of one resource no longer count; they stay in the log."""
    send(**fields)
