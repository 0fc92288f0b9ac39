"""Views on PostgreSQL: several processes on one database, and a server that goes away."""

import pytest

from registry.domain.effective import day
from registry.errors import StoreUnavailable
from registry.eventstore.store import create_postgres, open_postgres
from registry.projections import open_views
from registry.projections.store import GenerationGone
from registry.projections.tables import VIEW_VERSION
from tests.postgres import PostgresServer, wait_until
from tests.projections.databases import PostgresDatabase, content
from tests.projections.histories import record_nonsense
from tests.projections.recording import Recording, cluster, ecosystems, retracted

A = "clusters/a"
TODAY = day("2026-01-01")


@pytest.fixture
def database(postgres_url):
    """One database for log and views, as in production."""
    create_postgres(postgres_url)
    database = PostgresDatabase(postgres_url)
    with database.closing:
        yield database


@pytest.fixture
def log(database):
    """The log in the same database."""
    store = open_postgres(database.url)
    database.closing.callback(store.close)
    return store.log


def test_log_and_views_share_a_database(database, log):
    """Nothing of one gets in the way of the other."""
    with_views = open_views(log, url=database.url)
    database.closing.callback(with_views.close)
    with_views.start()
    position = Recording(log).each(cluster(A), ecosystems(A, "digital"))
    with_views.wait(position, timeout_s=20)
    assert with_views.ecosystem_summary("digital", TODAY)[0].clusters.total == 1


def test_each_process_sees_its_own_writes_at_once(database, log):
    """Whoever is asked projects: no process waits for the clock of another."""
    one = database.views(log, poll_s=600)
    other = database.views(log, poll_s=600)
    recording = Recording(log)
    for number in range(20):
        position = recording.record(cluster(f"clusters/c{number}"))
        asked, silent = (one, other) if number % 2 else (other, one)
        assert asked.wait(position, timeout_s=20) == position
        assert silent.list_streams("clusters", 1000).read_position == position
    assert len(one.list_streams("clusters", 1000).streams) == 20


def test_processes_at_work_together_project_everything_once(database, log):
    """Two that race for every batch leave the rows that one alone makes."""
    both = [database.views(log, poll_s=0.01, linger_s=0) for _ in range(2)]
    recording = Recording(log)
    for number in range(60):
        stream = f"clusters/c{number % 7}"
        version = recording.versions[stream]
        if version and version % 3 == 0:
            position = recording.record(retracted(stream, version))
        else:
            position = recording.record(
                cluster(stream) if not version else ecosystems(stream, "digital", on="2010")
            )
    for views in both:
        views.wait(position, timeout_s=20)
    raced = content(both[0]._store)
    both[0].rebuild("registry")
    assert content(both[1]._store) == raced
    wait_until(lambda: both[1].status()[0].generation == 2, "the other process to follow")
    assert not any(views.status()[0].parked for views in both)


def test_a_reader_keeps_the_generation_it_reads(database, log):
    """A rebuild switches beside a long read; what could not be dropped goes with the next one."""
    views = database.views(log)
    views.wait(Recording(log).record(cluster(A)), timeout_s=20)
    with views._store.reading() as reading:
        assert views.rebuild("registry").generation == 2
        assert reading.rows("SELECT stream FROM resources") == [(A,)]
        assert database.generations() == {1, 2}
    assert views.rebuild("registry").generation == 3
    assert database.generations() == {3}


def test_a_generation_that_is_gone_is_asked_for_again(database, log):
    """Between finding the live generation and reading it another may take its place."""
    views = database.views(log)
    database.execute("ALTER SCHEMA views_1 RENAME TO hidden", 1)
    with pytest.raises(GenerationGone):
        views.list_streams("clusters", 10)
    assert not views.status()[0].parked


def test_each_version_follows_with_views_of_its_own(database, log):
    """What one makes anew stays the other's; what nobody runs goes with the next rebuild."""
    old, new = (database.views(log, version) for version in (VIEW_VERSION, VIEW_VERSION + 1))
    position = Recording(log).record(cluster(A))
    for views in (old, new, old):
        views.rebuild("registry")
        assert views.wait(position, timeout_s=20) == position
    assert database.generations() == {4, 5}
    old.close()
    new.rebuild("registry")
    assert database.generations() == {6}


def test_a_version_that_cannot_read_the_log_leaves_the_views_of_the_other(database, log):
    """Who goes back to the other version finds them."""
    old = database.views(log)
    old.close()
    record_nonsense(log)
    new = database.views(log, VIEW_VERSION + 1)
    assert new.status()[0].parked
    assert database.views(log).status()[0].generation == 1


def test_views_that_nobody_seemed_to_run_are_made_anew(database, log):
    """Those of a process that was cut off from the database while another version started."""
    old = database.views(log, poll_s=0.05)
    position = Recording(log).record(cluster(A))
    database.execute("DELETE FROM public.views_live; DROP SCHEMA views_1 CASCADE", 1)
    page = _when_it_answers(lambda: old.list_streams("clusters", 10))
    assert old.wait(position, timeout_s=20) == position
    assert page.streams == (A,)
    assert database.generations() == {2}


@pytest.mark.faults
def test_a_server_that_was_away_does_not_park_the_view():
    """Killed and started again: the engine goes on, and so do reads."""
    with PostgresServer(fsync=False) as server:
        url = server.create_database("registry")
        create_postgres(url)
        store = open_postgres(url)
        views = open_views(store.log, url=url)
        views.start()
        recording = Recording(store.log)
        views.wait(recording.record(cluster(A)), timeout_s=20)
        server.kill9()
        with pytest.raises(StoreUnavailable):
            views.list_streams("clusters", 10)
        server.start()
        wait_until(lambda: _answers(store.log.head), "the log")
        position = _when_it_answers(lambda: recording.record(cluster("clusters/b")))
        assert _when_it_answers(lambda: views.wait(position, timeout_s=20)) == position
        page = _when_it_answers(lambda: views.list_streams("clusters", 10))
        assert page.streams == (A, "clusters/b")
        assert not views.status()[0].parked
        views.close()
        store.close()


def _answers(ask):
    try:
        ask()
    except StoreUnavailable:
        return False
    return True


def _when_it_answers(ask):
    found = []
    wait_until(lambda: _answers(lambda: found.append(ask())), "an answer")
    return found[0]
