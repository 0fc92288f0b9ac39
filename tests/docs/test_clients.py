"""The page for those who write clients: its code runs, its tables are complete."""

import json
import re

import pytest

from registry import errors
from registry_client import channel
from tests.cli.service import ROOT, served

PAGE = (ROOT / "docs" / "clients.md").read_text()


def block(language):
    """The one block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture
def address(tmp_path):
    """Address of a service with an empty store."""
    with served(tmp_path) as service:
        yield service.address


def test_the_example_runs(address):
    """Register, send again, and read what was written."""
    names = {"ADDRESS": address, "SERVICE_CONFIG": block("json")}
    exec(compile(block("python"), "docs/clients.md", "exec"), names)  # noqa: S102 - our own page
    assert names["again"].repeated_request


def test_the_service_config_is_the_one_that_the_client_package_uses():
    """What is advised is what is in use."""
    assert json.loads(block("json")) == channel.SERVICE_CONFIG


def test_every_reason_is_in_the_table_with_its_code():
    """A caller finds what to do for each, and for none that is never given."""
    rows = re.findall(r"^\| ([A-Z_]+) \| ([A-Z_]+) \| .+ \|$", PAGE, re.MULTILINE)
    classes = {errors.RegistryError, *errors.RegistryError.__subclasses__()}
    assert sorted(rows) == sorted((each.reason, each.code) for each in classes)
