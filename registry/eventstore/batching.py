"""Batching: decide the commands of one batch in turn, and answer them when it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from registry.errors import OutcomeUnknown, RegistryError, RequestIdReused, VersionMismatch
from registry.eventstore.envelope import TOPICS
from registry.eventstore.fingerprint import VERSION as FINGERPRINT_VERSION
from registry.eventstore.overlay import Overlay
from registry.eventstore.rows import Batch, NewCommand
from registry.eventstore.ticket import Answer, EventRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.domain.world import Decision
    from registry.eventstore.commands import Command, Intent
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import CommandRow, NewEvent, Snapshot
    from registry.eventstore.states import State, States

log_ = structlog.get_logger("registry.writer")


class Accepted(NamedTuple):
    """A command that will be recorded; positions follow when the batch is."""

    command: Command
    stream: str
    version: int
    state: Any
    first: int
    """Index of its first event in the batch."""
    decisions: Sequence[Decision]
    repeated: bool = False

    def answer(self, base: int, events: Sequence[NewEvent]) -> Answer:
        """Answer, where the batch of these events begins after position `base`."""
        first, position = self.first, base + self.first
        refs = []
        mine = events[first : first + len(self.decisions)]
        for event, decision in zip(mine, self.decisions, strict=True):
            position += 1
            refs.append(
                EventRef(event.stream, event.version, event.topic, position, decision.event)
            )
        return Answer(
            self.stream,
            position,
            self.version,
            tuple(refs),
            self.repeated,
            self.command.request_id,
            self.state,
            self.version,
        )


class Plan:
    """What a batch will record, and what each of its commands will be answered."""

    def __init__(self, overlay: Overlay, head: int) -> None:
        """Begin empty, after position `head`."""
        self.overlay = overlay
        self.base = head
        self._head = head
        self._results: list[Accepted | Answer | BaseException] = []
        self._commands: list[NewCommand] = []
        self._by_id: dict[str, Accepted] = {}
        self.refused: list[str] = []
        """Ids of the commands that were decided, and refused."""

    @property
    def request_ids(self) -> frozenset[str]:
        """Ids of the commands to record."""
        return frozenset(self._by_id)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to record."""
        return not self._commands

    def batch(self) -> Batch:
        """What one transaction has to record."""
        overlay = self.overlay
        return Batch(
            overlay.events,
            self._commands,
            self._head,
            overlay.versions,
            overlay.keys,
            overlay.erasures,
        )

    def outcomes(self) -> list[Answer | BaseException]:
        """Answers in the order of the commands."""
        base, events = self.base, self.overlay.events
        return [r.answer(base, events) if isinstance(r, Accepted) else r for r in self._results]

    def failed(self, error: BaseException) -> list[Answer | BaseException]:
        """Answers where it could not be recorded: the others are as true as before."""
        return [_of(error, r.command) if isinstance(r, Accepted) else r for r in self._results]

    def add(self, result: Accepted | Answer | BaseException) -> None:
        """Add the result of the next command."""
        self._results.append(result)

    def record(self, accepted: Accepted) -> None:
        """Add a command whose id, and events if any, are to be recorded."""
        command = accepted.command
        self._commands.append(
            NewCommand(
                command.request_id,
                FINGERPRINT_VERSION,
                command.fingerprint,
                accepted.first,
                len(accepted.decisions),
                accepted.stream,
                accepted.version,
            )
        )
        self._by_id[command.request_id] = accepted
        self.add(accepted)

    def earlier(self, command: Command) -> Accepted | None:
        """The command of this batch that has the same id."""
        return self._by_id.get(command.request_id)


def plan_batch(
    log: LogReads,
    states: States,
    snapshot: Snapshot,
    batch: Sequence[Intent],
    mine: frozenset[str] = frozenset(),
) -> Plan:
    """Decide commands in turn; each sees the pending events of those before it.

    Args:
        log: to read from.
        states: folded streams, current at the snapshot's head.
        snapshot: the head, and which of the command ids are known.
        batch: the commands.
        mine: ids that an attempt whose answer was lost would have recorded: of the commands
            with such an id the first is the one recorded, not a repetition.
    """
    states.prefetch({i.stream: i.kind for i in batch if isinstance(i.stream, str)})
    plan = Plan(Overlay(log, states, snapshot.head.position), snapshot.head.position)
    first = set(mine)
    for intent in batch:
        request_id = intent.command.request_id
        known = snapshot.commands.get(request_id)
        try:
            if known is not None:
                repeated = request_id not in first
                plan.add(_recorded_before(log, plan.overlay, intent, known, repeated=repeated))
                first.discard(request_id)
            else:
                _decide(plan, intent)
        except RegistryError as error:
            if known is None:
                plan.refused.append(request_id)
            plan.add(error)
        except Exception as error:
            log_.exception("decision failed", request_id=request_id)
            plan.add(error)
    return plan


def _decide(plan: Plan, intent: Intent) -> None:
    command, overlay = intent.command, plan.overlay
    earlier = plan.earlier(command)
    if earlier is not None:
        _require_same(command, FINGERPRINT_VERSION, earlier.command.fingerprint)
        plan.add(earlier._replace(repeated=True))
        return
    overlay.begin()
    stream = intent.stream if isinstance(intent.stream, str) else intent.stream(overlay)
    before = overlay.state(intent.kind, stream)
    _require_version(command, stream, before.version)
    decisions = intent.decide(before.aggregate, overlay)
    first = len(overlay.events)
    if command.validate_only:
        plan.add(_preview(command, stream, before, decisions, plan.base + first))
        return
    overlay.accept(command, decisions)
    after = overlay.pending.get(stream, before)
    plan.record(Accepted(command, stream, after.version, after.aggregate, first, decisions))


def _preview(
    command: Command, stream: str, before: State, decisions: Sequence[Decision], position: int
) -> Answer:
    """Answer a command that is only validated: what would be recorded, on what is there."""
    refs = tuple(EventRef(d.stream, 0, TOPICS[type(d.event)], 0, d.event, d.at) for d in decisions)
    return Answer(
        stream,
        position,
        before.version,
        refs,
        repeated=False,
        request_id=command.request_id,
        state=before.aggregate,
        state_version=before.version,
    )


def _require_version(command: Command, stream: str, version: int) -> None:
    if command.expected_version and command.expected_version != version:
        raise VersionMismatch(
            f"{stream} is at version {version}, not {command.expected_version};"
            " read it again and decide anew",
            version=str(version),
        )


def _require_same(command: Command, fingerprint_version: int, fingerprint: bytes) -> None:
    if fingerprint_version == FINGERPRINT_VERSION and fingerprint != command.fingerprint:
        raise RequestIdReused(
            f"request_id {command.request_id} was used for another request; choose a new one",
            field="options.request_id",
        )


def _recorded_before(
    log: LogReads, overlay: Overlay, intent: Intent, row: CommandRow, *, repeated: bool
) -> Answer:
    """Rebuild the answer of a command from what is kept of it."""
    _require_same(intent.command, row.fingerprint_version, row.fingerprint)
    refs: tuple[EventRef, ...] = ()
    if row.first_position:
        count = row.last_position - row.first_position + 1
        rows = log.read_after(row.first_position - 1, count)
        refs = tuple(EventRef(r.stream, r.version, r.topic, r.position) for r in rows)
    overlay.begin()
    state = overlay.state(intent.kind, row.stream)
    position = row.last_position or row.decided_position
    return Answer(
        row.stream,
        position,
        row.version,
        refs,
        repeated,
        row.request_id,
        state.aggregate,
        state.version,
    )


def _of(error: BaseException, command: Command) -> BaseException:
    """The error as one command is told it: an unknown outcome names the id to send again."""
    return OutcomeUnknown(command.request_id) if isinstance(error, OutcomeUnknown) else error
