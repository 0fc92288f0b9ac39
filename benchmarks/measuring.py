"""Measuring: two things in turn, A B B A A B …, and what their ratio is round by round."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Result(NamedTuple):
    """One figure, as written to results.json."""

    name: str
    ratio: float
    """Median of the rounds' ratios, ours over the other."""
    median: float
    """Median of ours, in the unit that the settings name."""
    runs: int
    client: str
    settings: dict[str, Any]


class Measure(NamedTuple):
    """What is measured beside what."""

    name: str
    goal: str
    """What the ratio should be; empty where it only informs."""
    unit: str
    client: str
    ours: Callable[[], float]
    other: Callable[[], float]
    settings: Mapping[str, Any]
    prepare: Callable[[], object] = dict
    """What must be there before."""


def run(measure: Measure, rounds: int) -> Result:
    """Measure both sides in every round, in turns first and second, after a warm-up."""
    measure.prepare()
    measure.ours()
    measure.other()
    pairs = [_pair(measure, ours_first=number % 2 == 0) for number in range(rounds)]
    ratio = statistics.median(ours / other for ours, other in pairs)
    settings = {
        **measure.settings,
        "unit": measure.unit,
        "goal": measure.goal,
        "beside_median": _rounded(statistics.median(other for _, other in pairs)),
        "rounds": [[_rounded(ours), _rounded(other)] for ours, other in pairs],
    }
    median = statistics.median(ours for ours, _ in pairs)
    return Result(measure.name, round(ratio, 3), _rounded(median), rounds, measure.client, settings)


def _pair(measure: Measure, *, ours_first: bool) -> tuple[float, float]:
    if ours_first:
        ours = measure.ours()
        return ours, measure.other()
    other = measure.other()
    return measure.ours(), other


def _rounded(figure: float) -> float:
    return round(figure, 3 if figure < 100 else 0)  # noqa: PLR2004 - four digits are plenty


def row(result: Result) -> str:
    """Lay out one line of the table."""
    settings = result.settings
    median, beside = f"{result.median:,.6g}", f"{settings['beside_median']:,.6g}"
    return (
        f"{result.name:<44}{result.ratio:>8.2f} {settings['goal']:>8}"
        f"{median:>12}{beside:>12} {settings['unit']}"
    )


HEADING = f"{'':<44}{'ratio':>8} {'goal':>8}{'ours':>12}{'beside':>12}"
