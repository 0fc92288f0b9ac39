"""What a decision sees and what it answers: streams, keys, decisions and recorded events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

    from registry.domain.effective import Effective

A = TypeVar("A", bound="Aggregate")


class Decision(NamedTuple):
    """An event to record, when it is true, and in which stream."""

    stream: str
    event: Message
    at: Effective | None


@dataclass(frozen=True, slots=True)
class Redacted:
    """Stands for an event whose content was deleted; it counts at no time."""

    topic: str
    """Full name of the event's message."""


class Recorded(NamedTuple):
    """An event as read back from its stream (or pending in the same transaction)."""

    stream: str
    version: int
    event: Message | Redacted
    at: Effective | None
    decided: int = 0
    """Position of its command's first event: what was decided before what; 0 where not known."""

    @property
    def name(self) -> str:
        """How it is named: "clusters/nextmove@2"."""
        return event_name(self.stream, self.version)


def event_name(stream: str, version: int) -> str:
    """Name of an event by its place in a stream."""
    return f"{stream}@{version}"


def event_names(*places: tuple[str, int]) -> tuple[str, ...]:
    """Names of events by stream and version, without what is not recorded yet (version 0)."""
    return tuple(event_name(stream, version) for stream, version in places if version)


class Aggregate(Protocol):
    """The state of one stream: frozen, without I/O and clock."""

    KIND: ClassVar[str]
    """Plural of its resource name ("clusters")."""

    @classmethod
    def new(cls, stream: str) -> Self:
        """State before any event."""
        ...

    @property
    def registered(self) -> bool:
        """Whether the stream has a live registration."""
        ...

    def evolve(self, recorded: Recorded) -> Self:
        """State after one more event that counts; never refuses (see registry.domain.fold)."""
        ...


class World(Protocol):
    """What `decide` may read. Everything read is checked again when it is recorded."""

    def load(self, kind: type[A], stream: str) -> A:
        """State of a stream, pending events of the same transaction included."""
        ...

    def history(self, stream: str) -> Sequence[Recorded]:
        """All events of a stream by version, retractions and retracted ones included."""
        ...

    def streams(self, key: str) -> Sequence[str]:
        """Streams with an event that has this key (see registry.domain.keys), in order."""
        ...
