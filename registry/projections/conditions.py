"""Conditions that the queries share: what holds on a day, as it is known now or was."""

from __future__ import annotations

from registry.projections.tables import OPEN


def on(alias: str, day: str = ":day") -> str:
    """Whether a row holds on a day (a parameter or a column), whenever that was known."""
    return f"{alias}.from_day <= {day} AND {alias}.to_day >= {day}"


def known_now(alias: str) -> str:
    """Whether a row is known now, and was at the position."""
    return f"{alias}.known_to = {OPEN} AND {alias}.known_from <= :position"


def known_then(alias: str) -> str:
    """Whether a row was known at the position and is no more."""
    known = f"{alias}.known_to > :position AND {alias}.known_to < {OPEN}"
    return f"{known} AND {alias}.known_from <= :position"


def holds(alias: str, day: str = ":day") -> str:
    """Whether a row holds on a day (a parameter or a column)."""
    return f"{on(alias, day)} AND {alias}.known_to = {OPEN}"
