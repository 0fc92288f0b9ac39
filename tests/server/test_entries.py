"""What an event changed, against two whole readings of its resource."""

import json
from types import SimpleNamespace

from hypothesis import given, settings

from registry.domain.fold import fold
from registry.domain.kinds import kind_of
from registry.events.v1.partnership_pb2 import PartnershipCoordinatorChanged
from registry.eventstore.envelope import open_row
from registry.eventstore.histories import stories
from registry.server.differences import differences
from registry.server.entries import RESOURCES, days_of, fill_entries
from registry.server.resources import fill
from registry.v1 import history_service_pb2 as pb
from tests.projections import recording as r
from tests.projections.histories import ListLog, histories

P, A, B, C = "partnerships/p", "clusters/a", "clusters/b", "clusters/c"


def read(stream, events, day):
    """The resource by these events."""
    state = fold(kind_of(stream).new(stream), events)
    answer = RESOURCES[type(state)]()
    if state.registered:
        fill(answer, SimpleNamespace(state=state, version=0), day)
    return answer


def value(text):
    return json.loads(text) if text else None


def written(commands):
    log = ListLog()
    recording = r.Recording(log)
    for command in commands:
        recording.record(*command)
    return log


def told(log):
    """Stories of all streams of a log, and an entry for each event."""
    places = [(row.stream, row.version) for row in log.rows]
    found = dict(stories(log, places, len(log.rows)))
    answer = pb.GetHistoryResponse()
    fill_entries(answer.entries, places, found, {})
    return found, dict(zip(places, answer.entries, strict=True))


@settings(max_examples=40, deadline=None)
@given(commands=histories())
def test_each_change_is_what_two_whole_readings_do_not_have_in_common(commands):
    """Nothing is lost by what is left out to be quick, whatever is retracted."""
    log = written(commands)
    found, entries = told(log)
    for stream, story in found.items():
        events = [open_row(row).recorded for row in log.read_streams([stream])]
        for number, step in enumerate(story.steps):
            readings = (
                (read(stream, events[:number], day), read(stream, events[: number + 1], day))
                for day in days_of(step)
            )
            compared = (list(differences(*both)) for both in readings)
            expected = next(filter(None, compared), [])
            changes = entries[stream, number + 1].changes
            assert [(c.field, value(c.before), value(c.after)) for c in changes] == expected


def test_who_no_longer_coordinates_is_told_with_who_does():
    """Of a partnership with other members, who stay out of it."""
    joined = [r.joined(P, member, "2010") for member in (A, B)]
    first = r.joined(P, C, "2010", role=r.COORDINATOR)
    change = (P, PartnershipCoordinatorChanged(member=A), "2015")
    log = written([[r.formed(P, on="2005")], [first], *[[each] for each in joined], [change]])
    _, entries = told(log)
    changes = {change.field: change for change in entries[P, 5].changes}
    assert (changes["coordinator"].before, changes["coordinator"].after) == (f'"{C}"', f'"{A}"')
    assert C in changes["members"].before
    assert B not in changes["members"].before + changes["members"].after
