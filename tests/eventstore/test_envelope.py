"""Envelopes: what is stored of an event comes back, and what is not understood stops the reader."""

import pytest
from eventsourcing.persistence import StoredEvent

from registry.domain.effective import UNKNOWN, Effective
from registry.domain.world import Redacted
from registry.errors import StoreFault
from registry.events.v1 import cluster_pb2, envelope_pb2, store_pb2
from registry.eventstore.envelope import (
    EVENTS,
    REVISIONS,
    SALT_BYTES,
    EnvelopeMapper,
    Sealer,
    open_row,
    seal,
)
from registry.eventstore.rows import LogRow

RENAMED = "registry.events.v1.ClusterRenamed"
SALT = bytes(16)


def row(state: bytes | None, topic: str = RENAMED) -> LogRow:
    """A row of the log."""
    return LogRow(7, "clusters/x", 3, topic, 1_700_000_000_000_000, state, bytes(32))


def sealed(**metadata: object) -> bytes:
    """State of a renamed cluster."""
    given = envelope_pb2.Metadata(**metadata)  # type: ignore[arg-type]
    return seal(cluster_pb2.ClusterRenamed(name="NextMove"), given, SALT)


def test_an_event_comes_back_as_it_was_sealed():
    """Stream, version, event, effective date, metadata, position and time."""
    at = Effective.on("2021-01-07")
    state = sealed(effective=at.to_proto(), actor="principals/local", command_size=1)
    opened = open_row(row(state))
    assert opened.recorded.stream == "clusters/x"
    assert opened.recorded.version == 3
    assert opened.recorded.event == cluster_pb2.ClusterRenamed(name="NextMove")
    assert opened.recorded.at == at
    assert opened.metadata.actor == "principals/local"
    assert (opened.position, opened.recorded_at) == (7, 1_700_000_000_000_000)


def test_a_date_that_is_not_known_is_not_a_missing_date():
    assert open_row(row(sealed(effective=UNKNOWN.to_proto()))).recorded.at == UNKNOWN
    assert open_row(row(sealed())).recorded.at is None


def test_the_state_is_an_envelope_with_payload_and_salt():
    """Other readers decode the stored bytes with the published messages alone."""
    envelope = envelope_pb2.Envelope.FromString(sealed())
    assert envelope.salt == SALT
    assert cluster_pb2.ClusterRenamed.FromString(envelope.payload).name == "NextMove"


def test_no_two_events_are_stored_alike():
    """A salt of its own keeps whoever has a leaf from guessing what was recorded."""
    sealer = Sealer(envelope_pb2.Metadata(actor="principals/local"), 1)
    event = cluster_pb2.ClusterRenamed(name="NextMove")
    states = [sealer.seal(0, RENAMED, event, UNKNOWN) for _ in range(200)]
    salts = {envelope_pb2.Envelope.FromString(state).salt for state in states}
    assert (len(salts), {len(salt) for salt in salts}) == (200, {SALT_BYTES})


def test_every_event_is_known_by_the_name_of_its_message():
    """Topics are names of messages, never Python paths (trap M1)."""
    assert EVENTS[RENAMED] is cluster_pb2.ClusterRenamed
    assert EVENTS["registry.events.v1.EventRetracted"] is store_pb2.EventRetracted
    assert all(topic == kind.DESCRIPTOR.full_name for topic, kind in EVENTS.items())
    assert set(REVISIONS) == set(EVENTS)
    assert "registry.events.v1.EditionDates" not in EVENTS


@pytest.mark.parametrize("topic", list(EVENTS))
def test_every_event_can_be_sealed_and_opened(topic):
    metadata = envelope_pb2.Metadata(schema_revision=REVISIONS[topic])
    assert open_row(row(seal(EVENTS[topic](), metadata, SALT), topic)).recorded.event == (
        EVENTS[topic]()
    )


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (row(sealed(), "registry.events.v1.ClusterMerged"), "ClusterMerged.*does not know"),
        (row(sealed(), "registry.events.v1.EditionDates"), "does not know"),
        (row(sealed(), ""), "does not know"),
        (row(sealed(schema_revision=REVISIONS[RENAMED] + 1)), "schema revision 2; upgrade"),
        (row(None, ""), "does not know"),
        (row(b"\xff\xff\xff"), "cannot be decoded"),
        (row(sealed()[:-1]), "cannot be decoded"),
        (row(envelope_pb2.Envelope(payload=b"\x0a\xff").SerializeToString()), "cannot be decoded"),
        (row(envelope_pb2.Envelope(payload=b"\x0a\x01\xff").SerializeToString()), "cannot be dec"),
    ],
    ids=[
        *("unknown topic", "value as topic", "no topic", "higher revision", "redacted, unknown"),
        *("garbage", "truncated", "garbage inside", "not UTF-8"),
    ],
)
def test_what_is_not_understood_stops_the_reader(stored, says):
    """The error names the event and its position; nothing is guessed."""
    with pytest.raises(StoreFault, match=says) as raised:
        open_row(stored)
    assert "clusters/x@3 at position 7" in str(raised.value)


def test_what_is_redacted_is_an_event_without_content():
    """Its place and type are known, and nothing else."""
    opened = open_row(row(None))
    assert opened.recorded == ("clusters/x", 3, Redacted(RENAMED), None, 7)
    assert opened.metadata == envelope_pb2.Metadata()


def test_the_revision_of_old_events_is_one():
    """No revision in the metadata reads as 1."""
    assert open_row(row(sealed(schema_revision=0))).recorded.version == 3


def test_the_librarys_mapper_interface_reads_and_does_not_write():
    """The library's application can decode what the recorder selects, and not record past us."""
    mapper = EnvelopeMapper()
    recorded = mapper.to_domain_event(StoredEvent("clusters/x", 3, RENAMED, sealed()))
    assert recorded == open_row(row(sealed())).recorded._replace(decided=0)  # it has no position
    with pytest.raises(NotImplementedError):
        mapper.to_stored_event(recorded)
