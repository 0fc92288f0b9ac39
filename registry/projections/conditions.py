"""Conditions that the queries share: what holds on a day, as it is known now or was.

Statements ask for what is known now; `then` makes of one the statement that asks for what was known
at an earlier position.
"""

from __future__ import annotations

import re
from functools import lru_cache

OPEN = 2**63 - 1
"""`known_to` of a row that still holds."""
_KNOWN = re.compile(rf"\b(\w+)\.known_to = {OPEN}\b")


def on(alias: str, day: str = ":day") -> str:
    """Whether a row holds on a day (a parameter or a column), whenever that was known."""
    return f"{alias}.from_day <= {day} AND {alias}.to_day >= {day}"


def known(alias: str) -> str:
    """Whether a row is known now."""
    return f"{alias}.known_to = {OPEN}"


def holds(alias: str, day: str = ":day") -> str:
    """Whether a row holds on a day (a parameter or a column)."""
    return f"{on(alias, day)} AND {known(alias)}"


@lru_cache(maxsize=1000)
def then(sql: str) -> str:
    """A statement with every `known` of it as of an earlier position, its parameter `position`."""
    return _KNOWN.sub(r"\1.known_to > :position AND \1.known_from <= :position", sql)


def known_now(alias: str) -> str:
    """Whether a row is known now, and was at the position."""
    return f"{known(alias)} AND {alias}.known_from <= :position"


def known_then(alias: str) -> str:
    """Whether a row was known at the position and is no more."""
    past = f"{alias}.known_to > :position AND {alias}.known_to < {OPEN}"
    return f"{past} AND {alias}.known_from <= :position"
