"""The digest of the views is published by itself, of signed positions, each once."""

import logging
import time

import pytest

from registry.ledger.home import Home
from registry.ledger.proofs import State
from registry.ledger.publishing import Publisher
from registry.ledger.signer import Ledger
from registry.projections import open_views
from registry.projections.apart import Here
from tests.ledger.conftest import ORIGIN
from tests.postgres import wait_until

NEVER_S = 3600.0
MANY = 10**6
SOON_S = 0.5
"""In which a publisher that looks every 20 ms would have published."""


class Counting(Here):
    """Remembers what was hashed: it is work."""

    def __init__(self, views):
        super().__init__(views)
        self.asked = []

    def state_digest(self, position):
        """Hash, and remember the position."""
        self.asked.append(position)
        return super().state_digest(position)


@pytest.fixture
def views_of(place):
    """Make views of a log; closed after the test."""

    def opened(log):
        views = open_views(log, directory=place.directory, url=place.url)
        place.closing.callback(views.close)
        views.start()
        return views

    return opened


@pytest.fixture
def publish(place):
    """Begin to publish the digest of views; ended after the test."""

    def begun(ledger, views, *, events=MANY, interval_s=NEVER_S, hashing=None):
        publisher = Publisher(
            *(ledger, views, hashing or Here(views)),
            events=events,
            interval_s=interval_s,
            poll_s=0.02,
            retry_s=0.05,
        )
        place.closing.callback(publisher.close)
        publisher.start()
        return publisher

    return begun


def published(place, position):
    """The digests that are published, once there is one of a position or a later one."""
    wait_until(lambda: list(place.home.digests(position - 1)), "a digest to be published")
    return list(place.home.digests())


def test_a_digest_is_published_when_enough_was_signed(place, views_of, publish):
    """It is what the views were at a position that a checkpoint has, signed by the ledger's key."""
    log = place.open().log
    ledger, views = place.ledger(log), views_of(log)
    publish(ledger, views, events=5)
    ledger.newest(place.record(log, 3), timeout_s=20)
    time.sleep(SOON_S)
    assert not list(place.home.digests())
    for _ in range(3):
        (*_, last) = published(place, ledger.newest(place.record(log, 6), timeout_s=20)[0].size - 4)
    each = list(place.home.digests())
    positions = [one.state.position for one in each]
    assert len(positions) >= 3
    assert all(b - a >= 5 for a, b in zip([0, *positions], positions, strict=False))
    assert set(positions) <= {one.checkpoint.size for one in place.home.history()}
    assert each[-1] == last == place.home.last_digest()
    for one in each:
        state = State.open(one.note, place.keys())
        position = state.position
        assert state == State(ORIGIN, position, views.view_version, views.state_digest(position))
        assert abs(one.published_at / 1e6 - time.time()) < 60
    assert list(place.home.digests(positions[0])) == each[1:]


def test_a_digest_is_published_when_time_has_passed_and_something_is_new(place, views_of, publish):
    """Where nothing was recorded since, there is nothing to say."""
    log = place.open().log
    ledger, views = place.ledger(log), views_of(log)
    hashing = Counting(views)
    publish(ledger, views, interval_s=0.05, hashing=hashing)
    position = ledger.newest(place.record(log, 2), timeout_s=20).checkpoint.size
    assert published(place, position)[-1].state.position == position
    time.sleep(SOON_S)
    assert list(place.home.digests(position)) == []
    assert hashing.asked == [each.state.position for each in place.home.digests()]
    position = ledger.newest(place.record(log), timeout_s=20).checkpoint.size
    assert published(place, position)[-1].state.position == position


def test_a_day_begins_with_the_first_checkpoint(place, views_of, publish):
    """A registry that was begun just now says nothing yet; one that was begun before does."""
    log = place.open().log
    ledger, views = place.ledger(log), views_of(log)
    ledger.newest(place.record(log), timeout_s=20)
    publisher = publish(ledger, views, interval_s=NEVER_S)
    time.sleep(SOON_S)
    assert not list(place.home.digests())
    publisher.close()
    first = next(place.home.history(0)).signed_at
    publish(ledger, views, interval_s=time.time() - first / 1e6)
    assert published(place, 1)


def test_two_services_publish_no_position_twice(place, views_of, publish):
    """The one that signs publishes; where it ends, the other goes on."""
    log = place.open().log
    views = views_of(log)
    ledgers = [Ledger(log, Home(place.home.directory), interval_s=0.05) for _ in range(2)]
    for ledger in ledgers:
        place.closing.callback(ledger.close)
        ledger.start()
        ledger.newest(1, timeout_s=20)
        publish(ledger, views, events=1)

    def next_published():
        position = place.record(log)
        for ledger in ledgers:
            ledger.notify()
        return published(place, position)

    for _ in range(5):
        next_published()
    wait_until(lambda: any(ledger.signs for ledger in ledgers), "one of them to sign")
    (first,) = (ledger for ledger in ledgers if ledger.signs)
    first.close()
    for _ in range(5):
        each = next_published()
    positions = [one.state.position for one in each]
    assert positions == sorted(set(positions))
    state = each[-1].state
    for ledger in ledgers:
        assert not ledger.publish(state)
        assert not ledger.publish(state._replace(position=1, view_version=99))
    assert not first.publish(state._replace(position=state.position + 1))


def test_nothing_is_published_of_a_log_that_is_not_the_signed_one(embedded):
    """What a database was made to say is not signed as what the registry said."""
    store = embedded.open()
    ledger = embedded.ledger(store.log)
    ledger.newest(embedded.record(store.log, 3), timeout_s=20)
    ledger.close()
    signed = embedded.home.newest().checkpoint
    embedded.home.add(embedded.home.sign(signed._replace(root=bytes(32)), 0))
    views = open_views(store.log, directory=embedded.directory)
    embedded.closing.callback(views.close)
    views.start()
    ledger = embedded.ledger(store.log)
    publisher = Publisher(
        *(ledger, views, Here(views)), events=1, interval_s=NEVER_S, poll_s=0.02, retry_s=0.05
    )
    embedded.closing.callback(publisher.close)
    publisher.start()
    wait_until(lambda: ledger.refusal, "the ledger to refuse")
    time.sleep(SOON_S)
    assert list(embedded.home.digests()) == []


def test_views_that_stopped_are_said_and_tried_again(embedded, caplog):
    """Nothing is published meanwhile, and signing goes on."""
    store = embedded.open()
    ledger = embedded.ledger(store.log)
    views = open_views(store.log, directory=embedded.directory)
    embedded.closing.callback(views.close)
    views.start()
    embedded.record(store.log, 2)
    views.wait(3, timeout_s=20)
    views._park(4, ValueError("broken"))
    publisher = Publisher(
        *(ledger, views, Here(views)), events=1, interval_s=NEVER_S, poll_s=0.02, retry_s=0.05
    )
    embedded.closing.callback(publisher.close)
    position = embedded.record(store.log, 2)
    with caplog.at_level(logging.WARNING):
        ledger.newest(position, timeout_s=20)
        publisher.start()
        wait_until(lambda: "is published later" in caplog.text, "it to be said")
    assert "broken" in caplog.text
    assert list(embedded.home.digests()) == []
    views.rebuild("registry")
    assert published(embedded, position)[-1].state.position == position


@pytest.mark.parametrize("kept", [1, 40, -10])
def test_a_digest_that_was_cut_off_is_mended(embedded, kept):
    """A crash or a full disk leaves half a line: it is not read, and the next one is whole."""
    home = embedded.home
    state = State(ORIGIN, 1, 1, bytes(32))
    home.publish(state, 5)
    path = home.directory / "digests.ndjson"
    whole = path.read_bytes()
    for mend in (lambda: home.lock() and home.unlock(), lambda: None):
        path.write_bytes(whole + whole[:kept])
        assert [one.state for one in home.digests()] == [state]
        mend()
        home.publish(state._replace(position=2), 6)
        assert [(one.state.position, one.published_at) for one in home.digests()] == [
            (1, 5),
            (2, 6),
        ]
