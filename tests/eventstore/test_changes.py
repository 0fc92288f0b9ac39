"""What changed after a position, against a naive reading of the whole log."""

import contextlib
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.kinds import collection_of
from registry.domain.milestones import ENDINGS, REGISTRATIONS, ChangeKind
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore import changes
from registry.eventstore.changes import changes_after
from registry.eventstore.envelope import open_row
from registry.eventstore.sqlite import SQLiteLog
from tests.projections import recording as r
from tests.projections.histories import histories, states

A, B, P = "clusters/a", "clusters/b", "partnerships/p"
CREATED, CHANGED, CORRECTED, ENDED, RETRACTED = ChangeKind


def told(log, after=0, most=100, collections=()):
    """Pages of what changed, from a position until nothing is left."""
    head = log.head().position
    while True:
        page = changes_after(log, after, head, most, collections)
        yield after, page
        if page.upto == head:
            return
        assert page.upto > after
        after = page.upto


def kinds(log, after=0):
    """What one page says of each stream."""
    ((_, page),) = told(log, after)
    return {change.stream: change.kind for change in page.changes}


def test_each_resource_is_told_once_with_what_became_of_it(log):
    """By all its events in the span; the last one gives its position and version."""
    recording = r.Recording(log)
    begin = recording.each(r.cluster(A), r.cluster(B), r.formed(P))
    assert kinds(log) == {A: CREATED, B: CREATED, P: CREATED}
    recording.each(r.renamed(A), r.renamed(B), r.renamed(A, "third"), r.ended(P, "2020"))
    assert kinds(log, begin) == {A: CHANGED, B: CHANGED, P: ENDED}
    ((_, page),) = told(log, begin)
    assert [(c.stream, [e.version for e in c.events]) for c in page.changes] == [
        (B, [2]),
        (A, [2, 3]),
        (P, [2]),
    ]


def test_what_is_taken_back_is_told(log):
    """A corrected resource stands; one whose registration was retracted is no more."""
    recording = r.Recording(log)
    begin = recording.each(r.cluster(A), r.cluster(B), r.renamed(A), r.dissolved(B, "2020"))
    middle = recording.each(r.retracted(A, 2), r.retracted(B, 2))
    assert kinds(log, begin) == {A: CORRECTED, B: CORRECTED}
    recording.each(r.retracted(A, 1))
    assert kinds(log, middle) == {A: RETRACTED}
    assert kinds(log, begin) == {A: RETRACTED, B: CORRECTED}
    assert kinds(log, 0) == {A: RETRACTED, B: CREATED}
    recording.each(r.cluster(A))
    assert kinds(log, begin) == {A: CORRECTED, B: CORRECTED}
    assert kinds(log, recording.log.head().position - 1) == {A: CREATED}


def test_who_registers_again_after_a_withdrawal_has_not_ended(log):
    """Only the last milestone tells."""
    recording = r.Recording(log)
    edition, who = "editions/e", "clusters/a"
    begin = recording.each(r.announced(edition, "2022", number=8), r.entered(edition, who))
    middle = recording.each(r.withdrawn(edition, who, on="2021"))
    recording.each(r.entered(edition, who))
    stream = f"{edition}/participations/cluster-a"
    assert kinds(log, begin) == {stream: CHANGED}
    assert kinds(log, middle) == {stream: CHANGED}


def test_a_page_ends_where_a_command_ends(log):
    """Before the command that does not fit; a command of more than a page is one page."""
    recording = r.Recording(log)
    recording.record(r.cluster(A))
    recording.record(r.renamed(A), r.cluster(B), r.formed(P))
    recording.record(r.renamed(B))
    spans = [(after, page.upto, len(page.changes)) for after, page in told(log, most=2)]
    assert spans == [(0, 1, 1), (1, 4, 3), (4, 5, 1)]


@pytest.mark.parametrize("collections", [(), ("clusters",), ("partnerships", "editions")])
def test_a_long_log_is_read_in_bounded_steps(log, monkeypatch, collections):
    """Also past what the kinds leave out, where pages are empty."""
    monkeypatch.setattr(changes, "MAX_SCANNED", 3)
    recording = r.Recording(log)
    recording.each(r.cluster(A), *[r.renamed(A, str(n)) for n in range(20)], r.formed(P))
    pages = list(told(log, collections=collections))
    assert all(page.upto - after <= 3 for after, page in pages)
    found = [change.stream for _, page in pages for change in page.changes]
    assert set(found) == {s for s in (A, P) if not collections or collection_of(s) in collections}
    assert found.count(A) in {0, 7}


@settings(max_examples=40, deadline=None)
@given(
    commands=histories(),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 9)),
    start=st.integers(0, 60),
    collections=st.sets(st.sampled_from(["clusters", "partnerships", "participations"])),
)
def test_the_pages_say_what_the_whole_log_says(commands, sizes, start, collections):
    """Whatever their size, from whatever position and of whatever kinds, none missed or doubled."""
    most, scanned = sizes
    with written(commands) as log, pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "MAX_SCANNED", scanned)
        rows = log.read_after(0, 10_000)
        start = min(start, len(rows))
        pages = list(told(log, start, most, collections))
        assert pages[-1][1].upto == len(rows)
        for after, page in pages:
            assert page.upto in ends(rows)
            assert {c.stream: facts(c) for c in page.changes} == naive(
                rows, after, page.upto, collections
            )
            assert len({c.stream for c in page.changes}) == len(page.changes)
            last = [change.events[-1].position for change in page.changes]
            assert all(one < other for one, other in pairwise(last))


@contextlib.contextmanager
def written(commands):
    """A log with these commands in it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "events.db"
        SQLiteLog.create(path)
        with contextlib.closing(SQLiteLog(path)) as log:
            recording = r.Recording(log)
            for command in commands:
                recording.record(*command)
            yield log


def facts(change):
    """What a change says."""
    return change.kind, [event.position for event in change.events]


def ends(rows):
    """Positions where a command ends."""
    opened = map(open_row, rows)
    return {o.position for o in opened if o.metadata.command_index + 1 == o.metadata.command_size}


def naive(rows, after, upto, collections):
    """The same by folding everything before and everything since."""
    before, now = states(rows[:after]), states(rows[:upto])
    found = {}
    for row in rows[after:upto]:
        if not collections or collection_of(row.stream) in collections:
            found.setdefault(row.stream, []).append(row)
    return {
        stream: (
            kind_of_change(stream in before, stream in now, stream, rows[:upto], mine),
            [row.position for row in mine],
        )
        for stream, mine in found.items()
    }


def kind_of_change(was, is_, stream, rows, mine):
    """One word for what happened, by looking at every event."""
    if not is_:
        return RETRACTED
    if not was:
        return CREATED
    events = [open_row(row).recorded for row in rows if row.stream == stream]
    gone = {e.event.version for e in events if isinstance(e.event, EventRetracted)}
    milestones = [
        e for e in events if e.version not in gone and isinstance(e.event, REGISTRATIONS + ENDINGS)
    ]
    if isinstance(milestones[-1].event, ENDINGS) and milestones[-1].version >= mine[0].version:
        return ENDED
    retracts = any(isinstance(open_row(row).recorded.event, EventRetracted) for row in mine)
    return CORRECTED if retracts else CHANGED
