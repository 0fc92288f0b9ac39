"""Overlay: the world as the commands of one batch see it, earlier ones' events included."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from registry.domain.fold import evolved, fold
from registry.domain.keys import keys_of
from registry.domain.kinds import kind_of
from registry.domain.redaction import retractions_of
from registry.domain.world import Recorded
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted
from registry.eventstore.envelope import TOPICS, Sealer, content_of
from registry.eventstore.rows import Erasure, NewEvent
from registry.eventstore.states import State, history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.domain.world import Aggregate, Decision
    from registry.eventstore.commands import Command
    from registry.eventstore.reads import LogReads
    from registry.eventstore.states import States

A = TypeVar("A", bound="Aggregate")


class Overlay:
    """A World over the log's states and the pending events of a batch.

    What a command reads is noted; `accept` adds it to what the batch rests on.
    Refused commands leave nothing behind.
    """

    def __init__(self, log: LogReads, states: States, head: int) -> None:
        """Begin with nothing pending after position `head`."""
        self._log = log
        self._head = head
        self._states = states
        self.pending: dict[str, State] = {}
        self.events: list[NewEvent] = []
        self.erasures: list[Erasure] = []
        self.versions: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self._recorded: dict[str, list[Recorded]] = {}
        self._histories: dict[str, list[Recorded]] = {}
        self._streams_of_key: dict[str, list[str]] = {}
        self._read_versions: dict[str, int] = {}
        self._read_keys: dict[str, int] = {}

    # -- World -----------------------------------------------------------------------

    def load(self, kind: type[A], stream: str) -> A:
        """State of a stream, pending events included."""
        aggregate: A = self.state(kind, stream).aggregate
        return aggregate

    def history(self, stream: str) -> Sequence[Recorded]:
        """All events of a stream, pending ones included."""
        events = self._histories.get(stream)
        if events is None:
            events = self._histories[stream] = history(self._log, stream)
        self._note(stream, events[-1].version if events else 0)
        return [*events, *self._recorded.get(stream, ())]

    def streams(self, key: str) -> Sequence[str]:
        """Streams with an event that has this key, pending ones included."""
        last, streams = self._log.streams_of_key(key)
        self._read_keys[key] = min(last, self._read_keys.get(key, last))
        return tuple(dict.fromkeys((*streams, *self._streams_of_key.get(key, ()))))

    # -- for the writer --------------------------------------------------------------

    def begin(self) -> None:
        """Forget what an earlier command read."""
        self._read_versions = {}
        self._read_keys = {}

    def state(self, kind: type[Aggregate], stream: str) -> State:
        """State of a stream with its version, pending events included."""
        pending = self.pending.get(stream)
        if pending is not None:
            return pending
        state = self._states.load(kind, stream)
        self._note(stream, state.version)
        return state

    def accept(self, command: Command, decisions: Sequence[Decision]) -> None:
        """Make a command's events pending, all or none."""
        mark = len(self.events), len(self.erasures)
        before = [
            (d.stream, self.pending.get(d.stream), len(self._recorded.get(d.stream, ())))
            for d in decisions
        ]
        try:
            self._accept(command, decisions)
        except BaseException:
            self._forget(mark, before)
            raise
        self.rest_on_reads()

    def _forget(
        self, mark: tuple[int, int], before: Sequence[tuple[str, State | None, int]]
    ) -> None:
        """Take back what was pending of a command that cannot be recorded whole."""
        events, erasures = mark
        for event in self.events[events:]:
            for key in event.keys:
                self._streams_of_key[key].pop()
        del self.events[events:], self.erasures[erasures:]
        for stream, state, recorded in before:
            del self._recorded.get(stream, [])[recorded:]
            if state is None:
                self.pending.pop(stream, None)
            else:
                self.pending[stream] = state

    def _accept(self, command: Command, decisions: Sequence[Decision]) -> None:
        if not decisions:
            return
        sealer = Sealer(command.metadata(), len(decisions))
        first = self._head + len(self.events) + 1
        for index, decision in enumerate(decisions):
            self._record(index, decision, sealer, first)
        for stream in {d.stream for d in decisions if isinstance(d.event, EventRetracted)}:
            self._fold_anew(stream)

    def rest_on_reads(self) -> None:
        """Add what the command read to what the batch rests on."""
        for stream, version in self._read_versions.items():
            self.versions.setdefault(stream, version)
        for key, position in self._read_keys.items():
            self.keys.setdefault(key, position)

    def _record(self, index: int, decision: Decision, sealer: Sealer, decided: int) -> None:
        """Make one event pending."""
        stream, event, at = decision
        topic = TOPICS[type(event)]
        before = self.pending.get(stream) or self.state(kind_of(stream), stream)
        if isinstance(event, EventRedacted):
            self._erase(stream, event)
        recorded = Recorded(stream, before.version + 1, event, at, decided)
        keys = self._keys(recorded)
        state = sealer.seal(index, topic, event, at)
        self.events.append(NewEvent(stream, recorded.version, topic, state, keys))
        for key in keys:
            self._streams_of_key.setdefault(key, []).append(stream)
        self._recorded.setdefault(stream, []).append(recorded)
        self.pending[stream] = State(evolved(before.aggregate, recorded), recorded.version)

    def _erase(self, stream: str, event: EventRedacted) -> None:
        """Complete a redaction by what is stored of the redacted event, and note what goes."""
        state = self._content(stream, event.version)
        event.state_sha256, event.command_id = content_of(state)
        history = self.history(stream)
        keys = keys_of(stream, history[event.version - 1].event)
        keyed = (event.version, *retractions_of(event.version, history))
        self.erasures.append(Erasure(stream, event.version, keys, keyed, event.command_id))

    def _content(self, stream: str, version: int) -> bytes:
        """Stored bytes of an event that is not redacted, perhaps a pending one."""
        for event in self.events:
            if (event.stream, event.version) == (stream, version):
                return event.state
        return self._log.read_event(stream, version).state or b""

    def _note(self, stream: str, version: int) -> None:
        """Note a version read; of two different ones the older, so that the check fails."""
        if stream not in self.pending:
            self._read_versions[stream] = min(version, self._read_versions.get(stream, version))

    def _keys(self, recorded: Recorded) -> tuple[str, ...]:
        """Keys of an event; those of a retraction are those of the event it retracts."""
        event = recorded.event
        if isinstance(event, EventRetracted):
            event = self.history(recorded.stream)[event.version - 1].event
        return keys_of(recorded.stream, event)

    def _fold_anew(self, stream: str) -> None:
        """State of a stream of which events were retracted: once, however many they are."""
        aggregate = fold(kind_of(stream).new(stream), self.history(stream))
        self.pending[stream] = self.pending[stream]._replace(aggregate=aggregate)
