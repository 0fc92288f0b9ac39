"""Views without what was redacted: also of what was known before, whatever happens meanwhile."""

import pytest

from registry.errors import NotCaughtUp
from registry.projections.following import advance
from registry.projections.projector import Projector
from tests.postgres import wait_until
from tests.projections.databases import PostgresDatabase, SQLiteDatabase, content
from tests.projections.recording import cluster, renamed, retracted

A = "clusters/a"
WORD = "gone"


def told(recording):
    """A name that nobody should have recorded, retracted; the position at which it was known."""
    recording.record(cluster(A))
    known = recording.record(renamed(A, f"call {WORD} now"))
    recording.record(retracted(A, 2))
    return known


def words(database, views):
    """The rows of the live generation that have the word, in any table."""
    rows = content(database.store())
    assert rows
    spellings = database.execute("SELECT * FROM spellings", views.status()[0].generation)
    return [row for row in (*rows, *spellings) if WORD in repr(row)]


def is_renewed(views):
    """Whether the views hold nothing any more that was redacted."""
    return not views.status()[0].holds_redacted


def test_what_is_redacted_is_in_no_view_also_as_known_before(database, views, recording):
    """They are made anew by themselves, and answer meanwhile."""
    known = told(recording)
    views.wait(known + 1, timeout_s=20)
    assert words(database, views)
    before = views.status()[0].generation
    position = recording.redact(A, 2)
    views.wait(position, timeout_s=20)
    wait_until(lambda: is_renewed(views), "the views")
    assert words(database, views) == []
    assert views.list_streams("clusters", 10).streams == (A,)
    wait_until(lambda: before not in database.generations(), "the removal of the old views")


def test_views_that_hold_it_are_made_anew_after_a_kill(database, log, recording):
    """It is noted in them, in the transaction that reads of the redaction."""
    told(recording)
    views = database.views(log)
    views.wait(4, timeout_s=20)
    views.close()
    position = recording.redact(A, 2)
    store = database.store()
    with store.writing() as writing:  # and killed here
        advance(Projector(log), writing)
        assert writing.checkpoint.holds_redacted
    views = database.views(log)
    wait_until(lambda: views.position >= position and is_renewed(views), "the views")
    assert words(database, views) == []


def test_views_that_were_filled_while_it_was_redacted_are_made_once_more(database, log, recording):
    """They had read the event when its content was still there."""
    told(recording)
    store = database.store()
    store.live()
    new = store.create(log.head().position)
    projector = Projector(log)
    with store.writing(new) as writing:
        advance(projector, writing)
    position = recording.redact(A, 2)
    with store.switching(new) as writing:
        advance(projector, writing)
        assert (writing.checkpoint.position, writing.checkpoint.holds_redacted) == (position, True)
    views = database.views(log)
    wait_until(lambda: is_renewed(views), "the views")
    assert views.status()[0].generation > new
    assert words(database, views) == []


def test_views_that_were_begun_after_it_are_left_as_they_are(database, log, recording):
    """They never held it."""
    told(recording)
    recording.redact(A, 2)
    views = database.views(log)
    views.wait(5, timeout_s=20)
    before = views.status()[0].generation
    position = recording.record(renamed(A, "other"))
    views.wait(position, timeout_s=20)
    assert is_renewed(views)
    assert views.status()[0].generation == before


def test_a_digest_waits_for_views_that_the_log_still_says(database, log, recording, tmp_path):
    """Whoever folds the log anew has the same."""
    told(recording)
    views = database.views(log)
    views.wait(4, timeout_s=20)
    earlier = views.state_digest(4)
    position = recording.redact(A, 2)
    views.wait(position, timeout_s=20)
    found = views.state_digest(position, timeout_s=20)
    (tmp_path / "fresh").mkdir()
    fresh = SQLiteDatabase(tmp_path / "fresh")
    with fresh.closing:
        anew = fresh.views(log)
        assert found == anew.state_digest(position)
        assert earlier != anew.state_digest(4)  # which knew the name


def test_a_digest_of_views_that_are_not_made_anew_is_refused(tmp_path, log, recording):
    """The log does not say any more what they hold."""
    told(recording)
    (tmp_path / "views").mkdir()
    database = SQLiteDatabase(tmp_path / "views")
    with database.closing:
        views = database.views(log)
        views.wait(4, timeout_s=20)
        with database.store().rebuilding(), views._making:  # a rebuild is held up
            position = recording.redact(A, 2)
            views.wait(position, timeout_s=20)
            assert not is_renewed(views)
            with pytest.raises(NotCaughtUp, match="made anew"):
                views.state_digest(position, timeout_s=0.3)
        assert views.state_digest(position, timeout_s=20)


def test_the_views_of_every_version_are_made_anew(postgres_url, log, recording):
    """Of all that are at work on one database; of the others they go."""
    told(recording)
    database = PostgresDatabase(postgres_url)
    with database.closing:
        both = [database.views(log), database.views(log, view_version=10_000)]
        for views in both:
            views.wait(4, timeout_s=20)
        position = recording.redact(A, 2)
        for views in both:
            views.wait(position, timeout_s=20)
            wait_until(lambda views=views: is_renewed(views), "the views")
        wait_until(lambda: len(database.generations()) == len(both), "the removal")
        for number in database.generations():
            found = database.execute("SELECT * FROM words", number)
            assert found
            assert WORD not in repr(found)
