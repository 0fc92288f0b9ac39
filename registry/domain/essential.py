"""Essential: two states of one resource without the spans in which they are alike."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from registry.domain.frozen import changed
from registry.domain.partnership import Partnership
from registry.domain.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Collection

    from registry.domain.effective import Effective


def essential(one: Any, other: Any) -> tuple[Any, Any]:
    """Leave out of two states what takes long to answer and does not differ.

    A partnership has hundreds of members, of which an event changes one. Those who coordinate at
    any time stay: the roles of others depend on them. Where its period differs, all do: memberships
    are cut to it.
    """
    if _period(one) != _period(other):
        return one, other
    spans = [f.name for f in fields(one) if isinstance(getattr(one, f.name), Spans)]
    kept = _coordinating(one) | _coordinating(other)
    return _reduced(one, other, spans, kept), _reduced(other, one, spans, kept)


def _reduced(state: Any, other: Any, names: Collection[str], kept: Collection[str]) -> Any:
    return changed(
        state,
        **{name: _different(getattr(state, name), getattr(other, name), kept) for name in names},
    )


def _different(spans: Spans[Any], others: Spans[Any], kept: Collection[str]) -> Spans[Any]:
    known = {span.version: span for span in others}
    return Spans(
        tuple(
            span
            for span in spans
            if known.get(span.version) != span or getattr(span.what, "member", "") in kept
        )
    )


def _period(state: Any) -> tuple[Effective | None, Effective | None] | None:
    return (state.formed, state.ended) if isinstance(state, Partnership) else None


def _coordinating(state: Any) -> set[str]:
    if not isinstance(state, Partnership):
        return set()
    return {member for _, member in state.coordinators.entries if member}
