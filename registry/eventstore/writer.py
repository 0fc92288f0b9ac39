"""Writer: waiting commands become one transaction (group commit), one batch after the other."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from registry.errors import OutcomeUnknown, RegistryError, StoreUnavailable
from registry.eventstore.batching import Plan, plan_batch
from registry.eventstore.intake import Intake, Job, draining
from registry.eventstore.rows import Appended, Head
from registry.eventstore.states import States

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from registry.eventstore.commands import Intent
    from registry.eventstore.reads import LogReads
    from registry.eventstore.ticket import Answer

    Prepared = tuple[Job, Intent]

MAX_BATCH = 512
OPTIMISTIC_ATTEMPTS = 3
MAX_LOCKED = 32
"""Most commands that are decided while the head is locked and everybody else waits."""
RESOLVE_S = 8.0
"""How long the outcome of a transaction whose answer was lost is looked for."""
RESOLVE_PAUSE_S = 0.2

log_ = structlog.get_logger("registry.writer")


class Writer:
    """One thread that decides and records what its intake gives."""

    def __init__(
        self,
        log: LogReads,
        *,
        intake: Intake | None = None,
        on_commit: Callable[[Head], None] | None = None,
    ) -> None:
        """Begin at the end of the log, with `start` or `run`.

        Args:
            log: to append to.
            intake: where commands come from; by default a queue within the process.
            on_commit: called in the writer's thread after each recorded batch; cheap.
        """
        self.intake = intake or Intake()
        self._log = log
        self._on_commit = on_commit
        self._states = States(log)
        self._seen = log.head().position
        self._queue = self.intake.queue
        self._expected = 1
        self._recording: frozenset[str] = frozenset()
        self._plan_at_work: Plan | None = None
        self._thread = threading.Thread(target=self.run, name="registry-writer", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def run(self) -> None:
        """Record until the intake ends."""
        self._log.bind_writer()
        while self.intake.wait():
            while self._queue:
                self._record(self._take())

    def close(self) -> None:
        """Take no more commands, finish those that wait, and end the thread."""
        self.intake.close()
        if self._thread.is_alive():
            self._thread.join()
        # A command that came between the thread's last look and its end.
        late = [self._queue.popleft() for _ in range(len(self._queue))]
        self.intake.answer([(job.ticket, draining()) for job in late])

    def _take(self) -> list[Job]:
        self.intake.gather(self._expected)
        return [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]

    def _record(self, jobs: list[Job]) -> None:
        """Answer every command of a batch, whatever happens."""
        expected = len(jobs) + len(self._queue)
        prepared, refused = _prepared(jobs)
        outcomes = self._outcomes(prepared)
        self._expected = min(expected, MAX_BATCH)
        answers = [
            (job.ticket, _finished(job, intent, outcome))
            for (job, intent), outcome in zip(prepared, outcomes, strict=True)
        ]
        self.intake.answer([*refused, *answers])

    def _outcomes(self, prepared: list[Prepared]) -> list[Answer | BaseException]:
        """Decide and record; what was put back is removed from what is prepared."""
        if not prepared:
            return []
        try:
            return self._attempt(prepared)
        except Exception as error:
            if not isinstance(error, RegistryError):
                log_.exception("batch failed", commands=len(prepared))
            self._states.clear()
            plan = self._plan_at_work
            return plan.failed(error) if plan else [error] * len(prepared)
        finally:
            self._plan_at_work = None

    def _attempt(self, batch: list[Prepared]) -> list[Answer | BaseException]:
        """Decide and append until nothing clashes; resolve an unknown outcome."""
        deadline = time.monotonic() + RESOLVE_S
        attempts, in_doubt = 0, frozenset[str]()
        while True:
            attempts += 1
            try:
                if attempts > OPTIMISTIC_ATTEMPTS and not in_doubt:
                    self._put_back(batch, MAX_LOCKED)
                plan = self._once(batch, locked=attempts > OPTIMISTIC_ATTEMPTS, mine=in_doubt)
            except OutcomeUnknown:
                in_doubt |= self._recording
            except StoreUnavailable:
                # Nothing of this attempt was recorded, but an earlier one may have been.
                if not in_doubt:
                    raise
            else:
                if plan is not None:
                    return plan.outcomes()
                continue
            self._states.clear()
            self._resolve(deadline)

    def _put_back(self, batch: list[Prepared], size: int) -> None:
        """Shorten a batch; the rest is the first of the queue again."""
        for job, intent in reversed(batch[size:]):
            self._queue.appendleft(job._replace(prepare=partial(_same, intent)))
        del batch[size:]
        self._plan_at_work = None

    def _resolve(self, deadline: float) -> None:
        """Wait until an interrupted transaction has certainly ended; the ids then tell."""
        while True:
            if time.monotonic() > deadline:
                raise OutcomeUnknown
            try:
                self._log.settle()
            except (StoreUnavailable, OutcomeUnknown):
                time.sleep(RESOLVE_PAUSE_S)
            else:
                return

    def _once(self, batch: list[Prepared], *, locked: bool, mine: frozenset[str]) -> Plan | None:
        """Decide a batch and append it; None where others were faster."""
        if locked:
            return self._once_locked(batch, mine)
        plan = self._plan(batch, mine)
        # A refusal may rest on what this very command recorded by way of another process,
        # after its id was looked up.
        if plan.refused and self._log.find_commands(plan.refused):
            return None
        self._recording = plan.request_ids
        if plan.empty:
            return plan
        outcome = self._log.append(plan.batch())
        if isinstance(outcome, Appended):
            return self._publish(plan, outcome)
        self._states.drop(outcome.streams)
        return None

    def _once_locked(self, batch: list[Prepared], mine: frozenset[str]) -> Plan:
        """Decide while the head is locked: nobody can be faster."""
        plans: list[Plan] = []

        def build() -> Any:
            plans.append(self._plan(batch, mine))
            self._recording = plans[0].request_ids
            return plans[0].batch()

        outcome = self._log.append_locked(build)
        return self._publish(plans[0], outcome)

    def _plan(self, batch: list[Prepared], mine: frozenset[str]) -> Plan:
        intents = [intent for _, intent in batch]
        commands = (intent.command for intent in intents)
        ids = [c.request_id for c in commands if not c.generated or c.request_id in mine]
        snapshot = self._log.snapshot(self._seen, ids)
        if snapshot.changed is None:
            self._states.clear()
        else:
            self._states.drop(stream for stream, _ in snapshot.changed)
        self._seen = snapshot.head.position
        self._plan_at_work = plan_batch(self._log, self._states, snapshot, intents, mine)
        return self._plan_at_work

    def _publish(self, plan: Plan, appended: Appended) -> Plan:
        for stream, state in plan.overlay.pending.items():
            self._states.put(stream, state)
        if appended.first == self._seen + 1:
            self._seen = appended.head.position
        # Otherwise others recorded between the decision and the lock; what they changed
        # is caught up with before the next batch.
        plan.base = appended.first - 1
        if self._on_commit is not None:
            self._on_commit(appended.head)
        return plan


def _prepared(jobs: Iterable[Job]) -> tuple[list[Prepared], list[tuple[Any, Exception]]]:
    """Those that can be decided, and those that are refused by what they say alone."""
    prepared, refused = [], []
    for job in jobs:
        try:
            prepared.append((job, job.prepare()))
        except Exception as error:  # noqa: BLE001 - its own caller's answer
            refused.append((job.ticket, error))
    return prepared, refused


def _same(intent: Intent) -> Intent:
    return intent


def _finished(job: Job, intent: Intent, outcome: Answer | BaseException) -> Any:
    if isinstance(outcome, BaseException):
        return outcome
    try:
        return job.finish(intent, outcome)
    except Exception as error:  # noqa: BLE001 - its own caller's answer; it is recorded
        return error
