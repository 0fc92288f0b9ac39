"""Fixtures of the image that was really built."""

import os
from collections.abc import Iterator

import pytest

from tests.docker import machine


@pytest.fixture(scope="session")
def image() -> Iterator[machine.Image]:
    """Built once; where this machine cannot, a short run passes over it."""
    if lacking := machine.lacking():
        (pytest.skip if os.environ.get("SHORT") else pytest.fail)(lacking)
    with machine.built() as found:
        yield found
