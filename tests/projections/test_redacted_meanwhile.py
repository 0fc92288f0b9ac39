"""What was redacted meanwhile: the views come to be as if it had never been, however they lag."""

import pytest

from registry.projections.conditions import OPEN
from registry.projections.filling import Filling
from registry.projections.projector import Projector
from tests.postgres import wait_until
from tests.projections.databases import content
from tests.projections.histories import record_nonsense
from tests.projections.recording import cluster, redacted, renamed, retracted

A, B = "clusters/a", "clusters/b"


def filled(database, log):
    """A generation that is made from the log as it is now."""
    store = database.store()
    generation = store.create(log.head().position)
    projector, filling = Projector(log), Filling()
    with store.writing(generation) as writing:
        while changes := projector.changes_after(writing.checkpoint.position):
            filling.apply(writing, changes)
        filling.finish(writing)
    with store.switching(generation):
        pass
    return store


def shown_now(store):
    """What it shows as known now, since whenever."""
    return [row[:-2] for row in content(store, f"known_to = {OPEN}")]


def require_renewed(views, database, log):
    """The views show what such show that are made from the log now, also as known before."""
    views.wait(log.head().position, timeout_s=20)
    wait_until(lambda: not views.status()[0].holds_redacted, "views without what was redacted")
    assert not views.status()[0].parked
    shown = content(views._store)
    assert shown == content(filled(database, log))
    return shown


def test_what_was_redacted_is_shown_at_no_position(given, views, database, log):
    """Views that showed it are made anew at once."""
    given(cluster(A), renamed(A, "Redacted"), retracted(A, 2))
    generation = views.status()[0].generation
    given(redacted(A, 2), redacted(A, 3))
    assert "Redacted" not in str(require_renewed(views, database, log))
    assert views.status()[0].generation > generation


@pytest.mark.parametrize("later", [(), (renamed(A, "Later"),)])
def test_views_that_stopped_before_a_retraction_begin_anew(given, database, log, recording, later):
    """What they showed last can be read no more when they start again, so not taken back either."""
    given(cluster(A), renamed(A, "Redacted")).close()
    recording.each(*later, retracted(A, 2), redacted(A, 2), cluster(B))
    views = database.views(log)
    assert not views.status()[0].holds_redacted
    assert "Redacted" not in str(require_renewed(views, database, log))


def test_views_that_lag_behind_a_redaction_go_on(given, views, database, log, recording):
    """Where they have forgotten a stream, and can read its event no more: as after a failure."""
    given(cluster(A), renamed(A, "Redacted"))
    with views._turn:
        recording.each(renamed(A, "Later"), retracted(A, 2), redacted(A, 2), cluster(B))
        views._projector._known.clear()
    assert "Redacted" not in str(require_renewed(views, database, log))


def test_views_that_did_not_come_to_a_redaction_hold_what_it_redacts(
    given, views, database, log, recording
):
    """As soon as it is recorded, and for as long as they are stopped before it."""
    given(cluster(A), renamed(A, "Redacted"), retracted(A, 2))
    assert not views.status()[0].holds_redacted
    with views._turn:
        recording.record(redacted(A, 2))
        assert views.status()[0].holds_redacted
    require_renewed(views, database, log)
    record_nonsense(log)
    recording.record(redacted(A, 3))
    wait_until(lambda: views.status()[0].parked, "what cannot be read")
    assert views.status()[0].holds_redacted


def test_a_retraction_counts_though_it_is_redacted(database, log, recording):
    """Whoever knew the event before and comes to the retraction late, takes it back."""
    recording.each(cluster(A), renamed(A, "Redacted"))
    store = filled(database, log)
    projector = Projector(log)
    at = projector.changes_after(0).position
    recording.each(retracted(A, 2), redacted(A, 2), redacted(A, 3))
    with store.writing() as writing:
        writing.apply(projector.changes_after(at))
    assert shown_now(store) == shown_now(filled(database, log))


def test_a_command_is_shown_whole_though_part_of_it_is_redacted(log, recording):
    """No batch ends within it."""
    recording.record(cluster(A), renamed(A, "Redacted"), cluster(B))
    recording.each(retracted(A, 2), redacted(A, 2))
    assert Projector(log, batch_limit=3).changes_after(0).position == 1
    assert Projector(log, batch_limit=2).changes_after(1).position == 5
