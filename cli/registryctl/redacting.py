"""What a redaction deletes, and what is left to be done after it."""

from typing import Any

from registryctl import printing, recorded, wire
from registryctl.app import Settings, note, remark, settings
from registryctl.text import printable, said

REDACT = "EventService/RedactEvent"
REPLAY = "EventService/ReplayEvents"
COLUMNS = "event type effective reason sources payload"


def show(arguments: dict[str, Any]) -> None:
    """Show on stderr what would be deleted, before it is asked whether it is meant.

    Raises:
        CallFailed: where the service would refuse it.
    """
    asked = {name: arguments[name] for name in ("stream", "version", "approvers")}
    options = {
        "validate_only": True,
        "reason": arguments["reason"],
        "expected_version": arguments["expected_version"] or 0,
    }
    request = wire.request(REDACT, {"options": options, **asked})
    if not wire.call(settings(), REDACT, request).recorded.events:
        note("it is redacted already: nothing would be recorded")
        return
    note("to be deleted:")
    row = recorded.for_reading(_stored(arguments["stream"], arguments["version"]))
    words = (said(name, row[name]) for name in COLUMNS.split())
    note(printable(f"  {' '.join(filter(None, words))}".replace(recorded.PACKAGE, "")))


def show_recorded(settings: Settings, answer: Any) -> None:
    """Print the answer, and say what follows."""
    printing.show_recorded(settings, answer)
    if any(event.position for event in answer.recorded.events):
        remark(
            "the views are made anew without it: done when `registryctl view list` says"
            " holdsRedacted false"
        )
        remark("backups and bundles made before still have it: docs/audit.md says what to do")


def _stored(stream: str, version: int) -> Any:
    request = wire.request(REPLAY, {"stream": stream})
    with wire.connected(settings()) as channel:
        for batch in wire.stream(settings(), channel, REPLAY, request):
            for event in batch.events:
                if event.version == version:
                    return event
    raise AssertionError(version)  # the service found it
