"""Without: the world as it would be if some events did not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from registry.domain.fold import fold, live
from registry.domain.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from registry.domain.world import Aggregate, Recorded, World

A = TypeVar("A", bound="Aggregate")


class Without:
    """A World over another one, of whose events some do not count."""

    def __init__(self, world: World) -> None:
        """Begin with all events that count there."""
        self._world = world
        self._live: dict[str, list[Recorded]] = {}
        self._dropped: dict[str, dict[int, Recorded]] = {}
        self._states: dict[str, Any] = {}

    # -- World -----------------------------------------------------------------------

    def load(self, kind: type[A], stream: str) -> A:
        """State of a stream without what does not count."""
        if stream not in self._dropped:
            return self._world.load(kind, stream)
        state = self._states.get(stream)
        if state is None:
            state = self._states[stream] = fold(kind.new(stream), self.history(stream))
        return cast("A", state)

    def history(self, stream: str) -> Sequence[Recorded]:
        """Events of a stream that still count, by version."""
        if stream not in self._live:
            self._live[stream] = live(self._world.history(stream))
        dropped = self._dropped.get(stream, {})
        return [recorded for recorded in self._live[stream] if recorded.version not in dropped]

    def streams(self, key: str) -> Sequence[str]:
        """Streams with an event that has this key, counting or not."""
        return self._world.streams(key)

    # -- what does not count ---------------------------------------------------------

    def drop(self, events: Iterable[Recorded]) -> None:
        """Let events not count."""
        for recorded in events:
            self._dropped.setdefault(recorded.stream, {})[recorded.version] = recorded
            self._states.pop(recorded.stream, None)

    def restore(self, events: Iterable[Recorded]) -> None:
        """Let dropped events count again."""
        for recorded in events:
            del self._dropped[recorded.stream][recorded.version]
            self._states.pop(recorded.stream, None)

    def dropped(self, stream: str) -> Iterator[Recorded]:
        """Events of a stream that do not count here."""
        yield from self._dropped.get(stream, {}).values()

    def touched(self) -> list[str]:
        """Streams of which events do not count here."""
        return list(self._dropped)

    def state(self, stream: str) -> Aggregate:
        """State of a stream, whatever its kind."""
        return self.load(kind_of(stream), stream)
