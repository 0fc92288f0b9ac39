"""Fixtures: one service that tests share, each with ids of its own, and one with the example."""

import uuid
from collections.abc import Iterator

import pytest

from tests.cli.service import EXAMPLE, Service, served


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Service with a store of its own, which tests fill."""
    with served(tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Service with the example data in it, which tests only read."""
    with served(tmp_path_factory.mktemp("example")) as found:
        result = found.run("import", str(EXAMPLE))
        assert result.exit_code == 0, result.output
        yield found


@pytest.fixture
def new(service: Service) -> str:
    """Register a cluster of the test's own; answers its id."""
    name = f"c-{uuid.uuid4().hex[:12]}"
    command = f"cluster register {name} --name Demo --country CZ --effective 2006"
    result = service.run(*command.split())
    assert result.exit_code == 0, result.stderr
    return name
