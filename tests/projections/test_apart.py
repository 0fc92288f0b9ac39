"""The views are hashed by a process of its own."""

import os
import threading

import pytest

from registry.bootstrap import DIGEST
from registry.errors import StoreUnavailable
from registry.eventstore import store as stores
from registry.projections import open_views
from registry.projections.apart import Apart
from tests.postgres import alive, wait_until
from tests.projections.recording import Recording, cluster


@pytest.fixture(params=["sqlite", "postgres"])
def where(request, tmp_path):
    """A store with views; what a process is told of it, and the views."""
    if request.param == "sqlite":
        directory, url = tmp_path / "store", None
        stores.create_sqlite(directory)
        store = stores.open_sqlite(directory)
    else:
        directory, url = None, request.getfixturevalue("postgres_url")
        stores.create_postgres(url)
        store = stores.open_postgres(url)
    recording = Recording(store.log)
    for number in range(20):
        recording.record(cluster(f"clusters/c{number}"))
    views = open_views(store.log, directory=directory, url=url)
    views.start()
    views.wait(21, timeout_s=20)
    told = {"directory": str(directory or ""), "url": url or ""}
    yield {**told, "log_level": "warning", "log_format": "json"}, views
    views.close()
    store.close()


def test_another_process_finds_the_same_digest(where):
    """Of any position that the views have seen, and of none that they have not."""
    told, views = where
    apart = Apart(DIGEST, told)
    for position in (21, 7):
        assert apart.state_digest(position) == views.state_digest(position)
    with pytest.raises(StoreUnavailable, match="at position 21 now"):
        apart.state_digest(22)


def test_views_that_are_not_there_are_not_hashed(tmp_path):
    """The service hears why."""
    told = {"directory": str(tmp_path), "url": "", "log_level": "warning", "log_format": "json"}
    with pytest.raises(StoreUnavailable, match="there is no view yet"):
        Apart(DIGEST, told).state_digest(1)


def test_a_service_that_stops_ends_the_process(tmp_path):
    """Whatever it was at; no other one is started."""
    told = {"directory": str(tmp_path), "url": "", "log_level": "warning", "log_format": "json"}
    said = tmp_path / "pid"
    script = f"echo $$ > {said}.new; mv {said}.new {said}; exec sleep 600"
    apart = Apart(("/bin/sh", "-c", script), told)
    failed = []

    def ask():
        try:
            apart.state_digest(1)
        except StoreUnavailable as error:
            failed.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(said.exists, "the process to start")
    pid = int(said.read_text())
    assert alive(pid)
    apart.stop()
    asking.join(20)
    assert failed == ["the views were not hashed: killed by signal 9"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(StoreUnavailable, match="stopping"):
        apart.state_digest(1)
