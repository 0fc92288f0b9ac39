"""The page of the client package: its code runs, and a type checker takes it."""

import re
import subprocess
import sys

import pytest

import registry_client
from registry_client import CallFailed
from tests.cli.service import ROOT, served

PAGE = (ROOT / "docs" / "python-client.md").read_text()
(CODE,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_runs(tmp_path):
    """Register, list, follow, record in bulk."""
    with served(tmp_path) as service:
        names = {"ADDRESS": service.address}
        exec(compile(CODE, "docs/python-client.md", "exec"), names)  # noqa: S102 - our own page
    assert names["position"] > 0


def test_the_example_is_typed(tmp_path):
    """What is written as the page writes it passes mypy --strict."""
    program = tmp_path / "example.py"
    program.write_text('ADDRESS = ""\n' + CODE)
    config = ["--config-file", ROOT / "pyproject.toml", "--cache-dir", ROOT / ".mypy_cache"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", *config, program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("name", registry_client.__all__)
def test_the_page_names_all_that_the_package_offers(name):
    """A class of what a class has need not stand by itself."""
    within = {"Client", "Violation"}
    assert name in PAGE or name in within


def test_every_class_of_errors_is_told_what_it_is_for():
    """In the docstring that draws them."""
    drawn = sys.modules["registry_client.errors"].__doc__
    assert all(each.__name__ in drawn for each in [CallFailed, *CallFailed.__subclasses__()])
