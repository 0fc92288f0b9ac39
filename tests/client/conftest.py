"""Fixtures: a service with a store of its own, and a client of it."""

import uuid

import pytest

from registry_client import connect
from tests.cli.service import served


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Address of a service that these tests share, each with ids of its own."""
    with served(tmp_path_factory.mktemp("service")) as service:
        yield service.address


@pytest.fixture
def registry(address):
    """A client that reads its own writes."""
    with connect(address, read_own_writes=True) as client:
        yield client


@pytest.fixture
def name():
    """An id that no other test has."""
    return f"c-{uuid.uuid4().hex[:12]}"
