"""Golden files: every event ever shipped is read as it was written, and folds as it did."""

import dataclasses
import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from registry.domain.effective import UNKNOWN, Effective
from registry.domain.kinds import kind_of
from registry.domain.world import Recorded
from registry.events.v1 import (
    cluster_pb2,
    edition_pb2,
    organisation_pb2,
    participation_pb2,
    partnership_pb2,
    store_pb2,
)

GOLDEN = Path(__file__).parent.parent / "golden"
FILES = (
    cluster_pb2,
    edition_pb2,
    organisation_pb2,
    participation_pb2,
    partnership_pb2,
    store_pb2,
)
NOT_FOLDED = {"StoreCreated", "EventRetracted", "EventRedacted"}


def events():
    """Messages of the event files that are no part of another one."""
    messages = [m for f in FILES for m in f.DESCRIPTOR.message_types_by_name.values()]
    parts = {f.message_type.full_name for m in messages for f in m.fields if f.message_type}
    return {m.name: m._concrete_class for m in messages if m.full_name not in parts}


def golden(name):
    """One golden file."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def recorded(name, stream, version):
    """The event of a golden file, at its place in a stream."""
    file = golden(name)
    event = events()[name].FromString(bytes.fromhex(file["payload"]))
    bound = 2 if file["effective"].startswith("no later than ") else 1
    date = file["effective"].removeprefix("no later than ")
    at = UNKNOWN if date in ("unknown", "") else Effective.on(date, bound)
    return Recorded(stream, version, event, at)


def plain(value):
    """A value of a state as text; messages as JSON, since their text form is not stable."""
    return json_format.MessageToDict(value) if isinstance(value, Message) else str(value)


def effect(name):
    """Fields of the state that the event changes, after those it is given."""
    file = golden(name)
    state = kind_of(file["stream"]).new(file["stream"])
    for version, earlier in enumerate(file["given"], 1):
        state = state.evolve(recorded(earlier, file["stream"], version))
    after = state.evolve(recorded(name, file["stream"], len(file["given"]) + 1))
    return {
        field.name: plain(getattr(after, field.name))
        for field in dataclasses.fields(after)
        if getattr(after, field.name) != getattr(state, field.name)
    }


def test_every_event_has_a_golden_file():
    """A new event brings its own; none is ever dropped."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(events())


@pytest.mark.parametrize("name", sorted(events()))
def test_the_stored_bytes_say_what_they_said(name):
    """The payload of the first day decodes to the same content."""
    file = golden(name)
    event = events()[name].FromString(bytes.fromhex(file["payload"]))
    assert json_format.MessageToDict(event) == file["json"]
    assert event.DESCRIPTOR.full_name == file["topic"]
    unset = [f.name for f in event.DESCRIPTOR.fields if f.name not in _set_fields(event)]
    assert unset == [], "a golden file sets every field"


def _set_fields(event):
    return {descriptor.name for descriptor, _ in event.ListFields()}


@pytest.mark.parametrize("name", sorted(set(events()) - NOT_FOLDED))
def test_the_event_folds_as_it_did(name):
    """Every event changes the state of its aggregate, in the same way for ever."""
    changed = effect(name)
    assert changed
    assert changed == golden(name)["fold"]
