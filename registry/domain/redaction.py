"""Redaction: the content of a recorded event is deleted, because it must not be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.edition import resolve_edition
from registry.domain.fold import live
from registry.domain.retraction import retractable
from registry.domain.world import Decision, Recorded, Redacted, World, event_name
from registry.errors import InvalidField, NotFound, RuleRefused
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_APPROVERS = 2


def redact(stream: str, version: int, approvers: Sequence[str], world: World) -> list[Decision]:
    """Decide that the content of an event is deleted; nothing where it was already.

    What is known of the stored bytes (their digest, the command) is added when it is recorded.

    Raises:
        InvalidField: for fewer than two different approvers.
        NotFound: for an event that is not there.
        RuleRefused: where it still counts, or is itself a redaction.
    """
    if len(approvers) < MIN_APPROVERS or len(set(approvers)) < len(approvers):
        raise InvalidField("approvers", "name two different principals who approve")
    retractable(stream)
    stream = resolve_edition(world, stream)
    history = world.history(stream)
    if version > len(history):
        raise NotFound(event_name(stream, version))
    recorded = history[version - 1]
    if _is_redacted(recorded, history):
        return []
    _require_without_effect(recorded, history)
    return [Decision(stream, EventRedacted(version=version, approvers=approvers), None)]


def retractions_of(version: int, history: Sequence[Recorded]) -> list[int]:
    """Versions of the events that retract one, as far as they still say so."""
    return [
        each.version
        for each in history
        if isinstance(each.event, EventRetracted) and each.event.version == version
    ]


def _is_redacted(recorded: Recorded, history: Sequence[Recorded]) -> bool:
    return isinstance(recorded.event, Redacted) or any(
        isinstance(each.event, EventRedacted) and each.event.version == recorded.version
        for each in history
    )


def _require_without_effect(recorded: Recorded, history: Sequence[Recorded]) -> None:
    """Refuse what would change what is answered, beside that the words are gone."""
    event, name = recorded.event, recorded.name
    if isinstance(event, EventRedacted):
        raise RuleRefused(
            "redaction-stands",
            recorded.stream,
            f"{name} is itself a redaction, by which the log is verified",
            "leave it",
        )
    if isinstance(event, EventRetracted):
        target = history[event.version - 1]
        if not _is_redacted(target, history):
            raise RuleRefused(
                "retraction-stands",
                recorded.stream,
                f"{name} retracts {target.name}, which would count again",
                f"redact {target.name} first",
                (target.name,),
            )
    elif recorded in live(history):
        raise RuleRefused(
            "redaction-of-fact",
            recorded.stream,
            f"{name} still counts",
            "retract it first, and record anew what of it is right",
            (name,),
        )
