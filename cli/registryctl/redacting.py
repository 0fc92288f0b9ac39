"""What a redaction deletes, and what is left to be done after it."""

import json
from typing import Any

import click

from registryctl import printing, recorded, wire
from registryctl.app import Settings, note, remark, settings
from registryctl.retracting import replayed
from registryctl.text import printable, said

REDACT = "EventService/RedactEvent"
ALREADY = "it is redacted already: there is nothing to be deleted"
COLUMNS = "event type effective actor reason sources payload"


def show(arguments: dict[str, Any]) -> None:
    """Show on stderr what would be deleted, before it is asked whether it is meant.

    Raises:
        CallFailed: where the service would refuse it.
        Exit: where there is nothing to be deleted.
    """
    asked = {name: arguments[name] for name in ("stream", "version", "approvers")}
    options = {
        "validate_only": True,
        "reason": arguments["reason"],
        "expected_version": arguments["expected_version"] or 0,
    }
    request = wire.request(REDACT, {"options": options, **asked})
    answer = wire.call(settings(), REDACT, request)
    if not answer.recorded.events:
        note(ALREADY)
        raise click.exceptions.Exit
    _tell(answer.recorded.events[0])


def _tell(event: Any) -> None:
    """Say on stderr what would be deleted by an event that is not recorded yet."""
    note("to be deleted:")
    # An edition may have been named by its number: the answer says the stream.
    version = int(json.loads(event.json)["version"])
    stream = replayed(settings(), stream=event.event)
    row = recorded.for_reading(next(each for each in stream if each.version == version))
    words = (said(name, row[name]) for name in COLUMNS.split())
    note(printable(f"  {' '.join(filter(None, words))}".replace(recorded.PACKAGE, "")))


def show_recorded(settings: Settings, answer: Any) -> None:
    """Print the answer, and say what follows, or would be deleted."""
    printing.show_recorded(settings, answer)
    events = answer.recorded.events
    if not events:
        note(ALREADY)
    elif not events[0].position:
        _tell(events[0])
    else:
        remark(
            "the views are made anew without it: done when `registryctl view list` says"
            " holdsRedacted false"
        )
        remark("backups and bundles made before still have it: docs/audit.md says what to do")
