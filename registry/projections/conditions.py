"""Conditions that the queries share: what holds on a day, as it is known now."""

from __future__ import annotations

from registry.projections.tables import OPEN


def begins(alias: str, day: str = ":day") -> str:
    """Whether a row holds from a day (a parameter or a column) on, or did from an earlier one."""
    return f"{alias}.from_day <= {day} AND {alias}.known_to = {OPEN}"


def holds(alias: str, day: str = ":day") -> str:
    """Whether a row holds on a day (a parameter or a column)."""
    return f"{alias}.from_day <= {day} AND {alias}.to_day >= {day} AND {alias}.known_to = {OPEN}"
