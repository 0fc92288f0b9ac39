"""Entries: the events of a history, and what each changed in its resource."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.domain.cluster import Cluster
from registry.domain.edition import Edition
from registry.domain.effective import BEGINNING
from registry.domain.essential import essential
from registry.domain.organisation import Organisation
from registry.domain.participation import Participation
from registry.domain.partnership import Partnership
from registry.domain.timeline import Timeline
from registry.domain.world import event_name
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted
from registry.server.differences import differences
from registry.server.evidence import fill_event
from registry.server.resources import fill
from registry.v1 import (
    cluster_service_pb2,
    edition_service_pb2,
    organisation_service_pb2,
    participation_service_pb2,
    partnership_service_pb2,
)
from registry.v1 import history_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from google.protobuf.message import Message

    from registry.domain.effective import Effective
    from registry.eventstore.envelope import Opened
    from registry.eventstore.histories import Step, Story
    from registry.eventstore.redactions import Redaction
    from registry.server.differences import Difference

RESOURCES: dict[type[Any], type[Message]] = {
    Organisation: organisation_service_pb2.Organisation,
    Cluster: cluster_service_pb2.Cluster,
    Partnership: partnership_service_pb2.Partnership,
    Edition: edition_service_pb2.Edition,
    Participation: participation_service_pb2.Participation,
}
_TIMELINES = {
    "name": "name",
    "legal_entity": "legal_entity",
    "location": "location",
    "ecosystems": "ecosystems",
    "dates": "dates",
    "coordinator": "coordinators",
    "status": "statuses",
}
"""Attributes of aggregates in which one value follows another, by the fields they fill."""


class _Known(NamedTuple):
    """A state for which no version is asked."""

    state: Any
    version: int = 0


def fill_entries(
    into: RepeatedCompositeFieldContainer[pb.HistoryEntry],
    places: Sequence[tuple[str, int]],
    told: Mapping[str, Story],
    redactions: Mapping[int, Redaction],
) -> None:
    """Add an entry for each of the places (stream and version), in their order.

    Args:
        into: the entries of an answer.
        places: the events.
        told: their streams.
        redactions: of those without content, by their positions.
    """
    changed = {
        (stream, step.opened.recorded.version): (story, step, changes)
        for stream, story in told.items()
        for step, changes in _changes(story)
    }
    for place in places:
        story, step, changes = changed[place]
        entry = into.add()
        _fill_event(entry, step.opened)
        redaction = redactions.get(step.opened.position)
        if redaction is not None:
            _fill_redaction(entry.redacted_by, redaction)
        retraction = story.retractions.get(place[1])
        if retraction is not None:
            _fill_retraction(entry.retracted_by, retraction)
        for each in changes:
            following = None if retraction else _replaced_from(each.field, step, story.final)
            _fill_change(entry.changes.add(), each, following)


def _fill_event(entry: pb.HistoryEntry, opened: Opened) -> None:
    recorded, metadata = opened.recorded, opened.metadata
    fill_event(entry, opened)
    entry.resource = recorded.stream
    entry.actor = metadata.actor
    entry.on_behalf_of = metadata.on_behalf_of
    if isinstance(recorded.event, EventRetracted):
        entry.retracts = event_name(recorded.stream, recorded.event.version)
    elif isinstance(recorded.event, EventRedacted):
        entry.redacts = event_name(recorded.stream, recorded.event.version)


def _fill_retraction(into: pb.HistoryRetraction, by: Opened) -> None:
    into.event = by.recorded.name
    into.position = by.position
    into.recorded_at.FromMicroseconds(by.recorded_at)
    into.actor = by.metadata.actor
    into.reason = by.metadata.reason


def _fill_redaction(into: pb.HistoryRedaction, by: Redaction) -> None:
    opened = by.opened
    into.event = opened.recorded.name
    into.position = opened.position
    into.recorded_at.FromMicroseconds(opened.recorded_at)
    into.actor = opened.metadata.actor
    into.reason = opened.metadata.reason
    into.approvers.extend(by.event.approvers)


def _fill_change(into: pb.FieldChange, change: Difference, following: Effective | None) -> None:
    into.field = change.field
    into.before = _json(change.before)
    into.after = _json(change.after)
    if following is not None:
        into.replaced_from.CopyFrom(following.to_proto())


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


# -- what changed ------------------------------------------------------------------------


def _changes(story: Story) -> Iterator[tuple[Step, list[Difference]]]:
    """What each step changed, on the first day on which it is seen."""
    for step in story.steps:
        states = essential(step.before, step.after)
        compared = (differences(*(_answer(s, day) for s in states)) for day in days_of(step))
        yield step, next(filter(None, map(list, compared)), [])


def days_of(step: Step) -> dict[int, None]:
    """Days (ordinals) on which to look for what changed, the best one first.

    A fact counts from its first day, and not before its resource exists. What ends in the
    year that it began in, at a date better known, is not there yet on the first day of its
    end; so the last one is looked at too.
    """
    if step.at is None:
        return {BEGINNING: None}
    first = step.at.first_day
    return dict.fromkeys((max(first, step.begun), first, step.at.last_day))


def _answer(state: Any, day: int) -> Message:
    """What a read answers on a day; an empty message where it is not registered."""
    message = RESOURCES[type(state)]()
    if state.registered:
        fill(message, _Known(state), day)
    return message


def _replaced_from(field: str, step: Step, final: Any) -> Effective | None:
    """From when another fact holds instead of the one that a step recorded in a field."""
    attribute = _TIMELINES.get(field)
    if attribute is None or not isinstance(getattr(final, attribute, None), Timeline):
        return None
    older, newer = (getattr(state, attribute).entries for state in (step.before, step.after))
    if len(newer) <= len(older):
        return None
    # They share the others: to compare what is in them would take long.
    pairs = enumerate(zip(newer, older, strict=False))
    place = next((index for index, (new, old) in pairs if new is not old), len(older))
    following = getattr(final, attribute).after(newer[place])
    return None if following is None else following.at
