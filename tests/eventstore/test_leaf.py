"""Leaf hashes: the golden vector that an auditor's own program has to meet."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.eventstore.leaf import entry, leaf_hash

# Written by hand from the specification, byte by byte.
GOLDEN_ENTRY = bytes.fromhex(
    "01"  # an event
    "0000000000000102"  # position 258
    "0000000b"  # 11 bytes
    "636c7573746572732fc3a9"  # clusters/é
    "0000000000000003"  # version 3
    "00000003"  # 3 bytes
    "612e42"  # a.B
    "00060a24181e4000"  # 1,700,000,000,000,000 µs
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of abc (FIPS 180)
)
GOLDEN_LEAF = (
    "d55f9d16381840c5b556c220daf49c632e0cde9b1b72ca3b197a072467e7184d"  # by sha256sum of coreutils
)
EVENT = (258, "clusters/é", 3, "a.B", 1_700_000_000_000_000)


def test_the_entry_is_as_specified():
    """Position, stream, version, topic, recorded time and digest of the state, in this order."""
    assert entry(*EVENT, hashlib.sha256(b"abc").digest()) == GOLDEN_ENTRY


def test_the_leaf_is_as_specified():
    """SHA-256(0x00 ‖ entry): leaves and nodes of the tree can never be taken for each other."""
    assert leaf_hash(*EVENT, b"abc") == hashlib.sha256(b"\x00" + GOLDEN_ENTRY).digest()
    assert leaf_hash(*EVENT, b"abc").hex() == GOLDEN_LEAF


@pytest.mark.parametrize("state", [b"", b"abcd", b"abc\0"])
def test_the_state_is_bound(state):
    assert leaf_hash(*EVENT, state) != leaf_hash(*EVENT, b"abc")


numbers = st.integers(0, 2**64 - 1)
events = st.tuples(numbers, st.text(), numbers, st.text(), numbers, st.binary(max_size=8))


@given(events, events)
def test_different_events_have_different_leaves(one, other):
    """No two events can be written as the same bytes: lengths stand before texts."""
    assert (leaf_hash(*one) == leaf_hash(*other)) == (one == other)


@given(st.text(max_size=4), st.text(max_size=4), st.integers(0, 4))
def test_text_cannot_move_between_stream_and_topic(stream, topic, cut):
    """Moving characters from one text to the other changes the leaf."""
    moved = (stream + topic)[:cut], (stream + topic)[cut:]
    leaves = {leaf_hash(1, s, 1, t, 1, b"") for s, t in [(stream, topic), moved]}
    assert len(leaves) == len({(stream, topic), moved})
