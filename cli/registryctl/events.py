"""`registryctl events`: the recorded events themselves."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any

import click

from registryctl.app import Noun, note, settings
from registryctl.common import Send, destroys, undated
from registryctl.moments import Actor, Day, Moment
from registryctl.words import EVENT_TYPE, STREAM

REPLAY = "EventService/ReplayEvents"
VIEWS = "ViewService/ListViews"
NOT_FOUND = 3
RETRACTION = "EventRetracted"
Fields = dict[str, Any]


def _selects(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which events."""
    for option in (
        click.option(
            "--effective-until",
            "effective_before",
            type=Day(after=True),
            metavar="DATE",
            help="The same, up to the end of that day, month or year.",
        ),
        click.option(
            "--effective-since",
            type=Day(),
            metavar="DATE",
            help="Effective then or later, or possibly so: of an imprecise date any day counts.",
        ),
        click.option(
            "--until", "recorded_before", type=Moment(end=True), help="The same; a day to its end."
        ),
        click.option(
            "--since",
            "recorded_since",
            type=Moment(),
            help="Recorded then or later: today, yesterday, DATE, TIME, or 2h ago (m, h, d, w);"
            " UTC where no offset is said.",
        ),
        click.option(
            "--type",
            "types",
            type=EVENT_TYPE,
            multiple=True,
            help="Only this type; may be repeated.",
        ),
        click.option("--actor", type=Actor(), help='Only by this principal; "me": by yourself.'),
        click.option("--stream", type=STREAM, help="Only of this resource."),
    ):
        function = option(function)
    return function


@click.group(cls=Noun)
def events() -> None:
    """The recorded events themselves."""


@events.command("list", rpc=REPLAY, example="events list --actor me --since today")
@click.argument("resource", type=STREAM, required=False)
@_selects
@click.option("--limit", type=click.IntRange(min=0), default=0, help="Most events (all).")
def list_(resource: str | None, stream: str | None, **fields: Any) -> None:
    """List events readably, in order; retracted ones are marked.

    All events of RESOURCE, or those that the options select. `events retract` takes back what is
    shown as STREAM@VERSION. As csv the payload is one column, in JSON: each type has other fields.
    """
    from registryctl import printing, recorded  # noqa: PLC0415

    if resource and stream:
        raise click.UsageError("say the resource once: as RESOURCE or by --stream")
    selected = fields | {"stream": resource or stream}
    rows = _listed(selected)
    first = next(rows, None)
    if first is None and selected["stream"] and not any(fields.values()):
        note(f"registryctl: not found: nothing is recorded of {selected['stream']}")
        note("hint: a stream is named as its resource, e.g. clusters/nextmove")
        raise click.exceptions.Exit(NOT_FOUND)
    found = _all(first, rows)
    if settings().form in {"csv", "table"}:
        shown = recorded.for_table if settings().form == "csv" else recorded.in_words
        found = map(shown, found)
    printing.show_objects(settings(), found, listed=True)


def _all(first: Fields | None, rest: Iterator[Fields]) -> Iterator[Fields]:
    if first is not None:
        yield first
        yield from rest


def _listed(selected: Fields) -> Iterator[Fields]:
    from registryctl import recorded  # noqa: PLC0415

    # What retracts an event is recorded after it, by whomever.
    later = {"stream": selected["stream"], "recorded_since": selected["recorded_since"]}
    retracted = {
        (event.stream, recorded.retracted_version(event))
        for batch in _replayed(later | {"types": [RETRACTION]})
        for event in batch.events
    }
    for batch in _replayed(selected):
        for event in batch.events:
            found = recorded.for_reading(event)
            # What retracted a redacted event may be redacted, too.
            is_gone = found["redacted"] and event.topic != recorded.RETRACTED
            marked = is_gone or (event.stream, event.version) in retracted
            yield found | {"retracted": marked}


@events.command(rpc=REPLAY, example="events replay --after 0 --limit 3")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Position to begin after.")
@_selects
@click.option("--limit", type=click.IntRange(min=0), default=0, help="Most events (all).")
@click.option("--state", is_flag=True, help="Add the stored bytes, in hexadecimal.")
def replay(after: int, *, state: bool, **fields: Any) -> None:
    """Replay the log as NDJSON: envelope, event and leaf hash of each, by position.

    Resume after the last position that was printed.
    """
    from registryctl import printing  # noqa: PLC0415

    if settings().output_asked and settings().output in {"table", "csv"}:
        raise click.UsageError("a replay is ndjson; use -o ndjson")
    settings().output = "ndjson"
    rows = _for_auditing(fields | {"after_position": after}, state=state)
    printing.show_objects(settings(), rows)


def _for_auditing(fields: Fields, *, state: bool) -> Iterator[Fields]:
    from registryctl import recorded, terminal  # noqa: PLC0415

    after = fields["after_position"]
    total = _to_read(after, fields["limit"])
    # On a terminal the events themselves show how far it is.
    silent = replace(settings(), quiet=settings().quiet or sys.stdout.isatty())
    with terminal.progress(silent, "replay", "events") as progress:
        for batch in _replayed(fields):
            for event in batch.events:
                yield recorded.for_auditing(event, state=state)
            progress(batch.read_position - after, total)


def _to_read(after: int, limit: int) -> int:
    """How many events follow a position, where a person looks; else 0."""
    from registryctl import terminal, wire  # noqa: PLC0415

    if sys.stdout.isatty() or not terminal.watched(settings()):
        return 0
    views = wire.call(settings(), VIEWS, wire.request(VIEWS, {})).views
    left = max((view.head_position for view in views), default=after) - after
    return min(left, limit) if limit else left


def _replayed(fields: Fields) -> Iterator[Any]:
    from registryctl import wire  # noqa: PLC0415

    request = wire.request(REPLAY, fields)
    with wire.connected(settings()) as channel:
        yield from wire.stream(settings(), channel, REPLAY, request)


def _as_printed(function: Callable[..., None]) -> Callable[..., None]:
    """Take STREAM@VERSION, as events are printed, for the stream and one of its versions."""

    @wraps(function)
    def run(stream: str, versions: tuple[int, ...], **arguments: Any) -> None:
        stream, at, version = stream.partition("@")
        if at:
            if not version.isdecimal() or not int(version):
                message = f"{version!r} is no version: expected STREAM@VERSION"
                raise click.BadParameter(message, param_hint="STREAM")
            versions = (int(version), *versions)
        if not versions:
            raise click.UsageError("say which events: STREAM VERSION, or STREAM@VERSION")
        function(stream=stream, versions=versions, **arguments)

    return run


def _single(function: Callable[..., None]) -> Callable[..., None]:
    """Take one version only, and add the name of the event to what a command is called with."""

    @wraps(function)
    def run(stream: str, versions: tuple[int, ...], **arguments: Any) -> None:
        if len(versions) > 1:
            raise click.UsageError("say one event: what cannot be undone goes step by step")
        (version,) = versions
        function(stream=stream, version=version, event=f"{stream}@{version}", **arguments)

    return run


@events.command(rpc="EventService/WatchEvents", example="events watch --from-now --actor me")
@click.option("--after", type=click.IntRange(min=0), help="Position to begin after (0).")
@click.option(
    "--from-now", "from_end", is_flag=True, help="Begin with what is recorded from now on."
)
@_selects
@click.option("--limit", type=click.IntRange(min=0), default=0, help="Most events (no end).")
@click.option("--until-caught-up", is_flag=True, help="End when all that was recorded is shown.")
def watch(
    after: int | None, *, from_end: bool, limit: int, until_caught_up: bool, **fields: Any
) -> None:
    """Show events as they are recorded, a line each, until it is interrupted.

    At a terminal in words, else as NDJSON. When the service is away it waits and goes on where it
    was; at its end it says after which position to go on (--after).
    """
    from registryctl import watching  # noqa: PLC0415

    if from_end and after is not None:
        raise click.UsageError("say where to begin once: by --after or by --from-now")
    fields |= {"after_position": after, "from_end": from_end}
    watching.watch(settings(), fields, limit=limit, until_caught_up=until_caught_up)


@events.command(
    rpc="EventService/RetractEvent",
    example='events retract clusters/nextmove 3 --reason "wrong cluster" --yes',
)
@click.argument("stream", type=STREAM)
@click.argument("versions", type=click.IntRange(min=1), nargs=-1)
@click.option(
    "--also",
    "others",
    type=STREAM,
    multiple=True,
    metavar="EVENT",
    help="Retract this one too, of any resource: STREAM@VERSION; may be repeated.",
)
@click.option(
    "--with-dependants", is_flag=True, help="Retract all that rests on them too, in any resource."
)
@_as_printed
@destroys("stream", shown="retracting.show")
@undated("retracting.show_recorded")
def retract(send: Send, **fields: object) -> None:
    """Record that events no longer count, all or none; they stay in the log.

    Those of STREAM by their VERSIONS (or one as STREAM@VERSION), and what is said beside. It is
    refused where other facts rest on them, naming all of these; --dry-run shows what would go. What
    the same command recorded beside them stays, and is named: a dissolution does not take the
    ends of memberships with it.
    """
    send(**fields)


@events.command(
    rpc="EventService/RedactEvent",
    example="events redact clusters/nextmove@3 --approver anna --approver ben"
    ' --reason "GDPR article 17" --yes',
)
@click.argument("stream", type=STREAM)
@click.argument("versions", type=click.IntRange(min=1), nargs=-1)
@click.option(
    "--approver",
    "approvers",
    type=Actor(),
    multiple=True,
    required=True,
    help="Who approved it: two different principals, so say it twice.",
)
@_as_printed
@_single
@destroys("event", shown="redacting.show")
@undated("redacting.show_recorded")
def redact(send: Send, event: str, **fields: object) -> None:
    """Delete for ever what one event says, because it must not be kept.

    The event, STREAM@VERSION (or STREAM VERSION), has to be retracted before. What it says, who
    recorded it, why and by what source is deleted; that there was an event of its type, and its
    hash, stay, so that the history is still verified. Say the --reason without what is deleted.
    """
    del event
    send(**fields)
