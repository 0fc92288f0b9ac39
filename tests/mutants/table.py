"""The table of mutants."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A change that breaks a promise."""

    promise: str
    file: str
    old: str
    """Text that is there exactly once."""
    new: str
    test: str
    """Node id of the test that must fail."""


MUTANTS: tuple[Mutant, ...] = ()
