"""Rules of every ending: it has a date, not before its start, and nothing begins after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from registry.errors import InvalidField, RuleRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.domain.effective import Effective
    from registry.domain.spans import Span

T = TypeVar("T")
EFFECTIVE = "options.effective"


def require_date(at: Effective) -> None:
    """Refuse an ending without a date.

    Raises:
        InvalidField: for UNKNOWN.
    """
    if at.unknown:
        raise InvalidField(
            f"{EFFECTIVE}.bound", "must be AT or NO_LATER_THAN: an ending has a date"
        )


def require_past(at: Effective, today: int) -> None:
    """Refuse what may not lie in the future: attended, left, held.

    Raises:
        InvalidField: where even the first day of the period is after today.
    """
    if not at.unknown and at.first_day > today:
        raise InvalidField(EFFECTIVE, f"may not lie in the future, {at} does")


def require_after_start(subject: str, start: Effective | None, at: Effective) -> None:
    """Refuse an end that certainly lies before the start.

    Raises:
        RuleRefused: end-before-start.
    """
    if start is not None and at.latest_day < start.earliest_day:
        raise RuleRefused(
            "end-before-start",
            subject,
            f"{subject} begins {start}, after {at}",
            "give a date that is not before that",
        )


def require_before_end(subject: str, end: Effective | None, at: Effective) -> None:
    """Refuse a fact that certainly begins after the end of what it is about.

    Raises:
        RuleRefused: after-end.
    """
    if end is not None and at.earliest_day > end.latest_day:
        raise RuleRefused(
            "after-end",
            subject,
            f"{subject} ended {end}, before {at}",
            "give a date up to its end, or retract the event that ended it",
        )


def require_nothing_after(
    subject: str, begun: Iterable[tuple[str, Effective]], at: Effective
) -> None:
    """Refuse an end that something certainly follows; the other way round is after-end.

    Args:
        subject: what ends.
        begun: what has begun, in words, and when.
        at: the end.

    Raises:
        RuleRefused: end-before-others.
    """
    late = [f"{what} from {start}" for what, start in begun if start.earliest_day > at.latest_day]
    if late:
        raise RuleRefused(
            "end-before-others",
            subject,
            f"{subject} has {', '.join(late)}, after {at}",
            "give an end that is not before these, or retract them first",
        )


def require_not_ended(subject: str, end: Effective | None, version: int) -> None:
    """Refuse a second end at another date.

    Raises:
        RuleRefused: ended-once.
    """
    if end is not None:
        raise RuleRefused(
            "ended-once",
            subject,
            f"{subject} ended {end} already ({subject}@{version})",
            f"retract {subject}@{version} first, then record the other end",
        )


def span_to_end(subject: str, what: str, spans: Sequence[Span[T]], at: Effective) -> Span[T] | None:
    """Span that an end on this date ends, or None where exactly this end is recorded.

    Args:
        subject: stream of the spans, for the refusal.
        what: what holds for their time, in words, for the refusal.
        spans: those it may be, in the order they were recorded.
        at: the end.

    Raises:
        RuleRefused: nothing-to-end, or end-before-start.
    """
    if any(span.end == at for span in spans):
        return None
    still_open = [span for span in spans if span.end is None]
    if not still_open:
        known = ", ".join(f"{span.start} to {span.end} (@{span.version})" for span in spans)
        raise RuleRefused(
            "nothing-to-end",
            subject,
            f"{subject} has no {what} that is not ended" + (f": it held {known}" if known else ""),
            "record its start first, or retract the end that is recorded",
        )
    begun = [span for span in still_open if span.start.earliest_day <= at.latest_day]
    if not begun:
        require_after_start(f"the {what} of {subject}", still_open[-1].start, at)
    return max(begun, key=lambda span: span.start.order)
