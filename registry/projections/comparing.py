"""Comparing: the figures that differ between two answers to one question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, TypeVar

from registry.projections.figures import Figure
from registry.projections.summaries import FigureChange, LinkedEcosystem

if TYPE_CHECKING:
    from registry.projections.summaries import Summary

S = TypeVar("S", bound="Summary")


def flattened(counts: object) -> dict[Figure, int]:
    """Every figure of counts in their frozen form."""
    found: dict[Figure, int] = {}
    for field in fields(counts):  # type: ignore[arg-type]  # they are dataclasses
        value = getattr(counts, field.name)
        if isinstance(value, Mapping):
            found |= {Figure(field.name, key): number for key, number in value.items()}
        elif isinstance(value, int):
            found[Figure(field.name)] = value
    return found


def changes(group: str, first: object, second: object) -> tuple[FigureChange, ...]:
    """The figures of two counts that differ, by their paths."""
    order = [field.name for field in fields(first)]  # type: ignore[arg-type]  # a dataclass
    return _changes(group, order, flattened(first), flattened(second))


def _changes(
    group: str, order: Sequence[str], first: Mapping[Figure, int], second: Mapping[Figure, int]
) -> tuple[FigureChange, ...]:
    before, after = Counter(first), Counter(second)
    both = sorted({**before, **after}, key=lambda figure: (order.index(figure.field), figure.key))
    return tuple(
        FigureChange(figure.path(group), was, now, now - was)
        for figure in both
        if (was := before[figure]) != (now := after[figure])
    )


def summary_changes(first: S, second: S) -> tuple[FigureChange, ...]:
    """The figures of two summaries of one subject that differ, by their paths."""
    found: list[FigureChange] = []
    for field in fields(first):
        was, now = (getattr(each, field.name) for each in (first, second))
        if is_dataclass(was):
            found += changes(field.name, was, now)
        elif field.name in _ALONE:
            found += _changes("", [field.name], _alone(field.name, was), _alone(field.name, now))
    return tuple(found)


_ALONE = ("linked_ecosystems", "partnerships_represented")
"""Figures of a summary that are in no group."""


def _alone(name: str, value: int | tuple[LinkedEcosystem, ...]) -> dict[Figure, int]:
    if isinstance(value, int):
        return {Figure(name): value}
    return {Figure(name, each.ecosystem): each.partnerships for each in value}
