"""Every console example of the documents prints what it says, run against a real service."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from registryctl.main import registryctl
from tests.cli.service import EXAMPLE, ROOT, Service, served
from tests.docs.console import Example, examples

_PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if "node_modules" not in p.parts)
DOCUMENTS = [ROOT / "README.md", *_PAGES]
WITH_EXAMPLES = [document for document in DOCUMENTS if any(examples(document))]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Service with an empty store, for one document."""
    monkeypatch.chdir(ROOT)
    with served(tmp_path) as found:
        yield found


def run(service: Service, example: Example) -> str:
    """Run a command of a document as at a terminal; make is tried elsewhere."""
    environment = {"REGISTRY_ADDRESS": service.address, "REGISTRY_OUTPUT": "table"}
    result = CliRunner().invoke(registryctl, example.words[1:], env=environment)
    return result.stdout + (result.stderr if result.exit_code else "")


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda path: path.name)
def test_every_example_prints_what_the_document_says(document: Path, service: Service) -> None:
    """A reader who types an example sees what is printed beneath it."""
    if document.name != "README.md":  # which imports the example itself
        assert service.run("import", str(EXAMPLE)).exit_code == 0
    for example in examples(document):
        if example.words[0] != "registryctl":
            continue
        printed = run(service, example)
        assert example.matches(printed), f"{document.name}:{example.line}\n{printed}"


def test_every_kind_of_command_in_the_documents_is_known() -> None:
    """An example is run, or is one of the make targets that are tried from a clean clone."""
    for document in WITH_EXAMPLES:
        for example in examples(document):
            assert example.words[0] in {"registryctl", "make"}, f"{document.name}:{example.line}"


def test_every_page_is_reached_from_the_readme() -> None:
    """Who reads the README finds every page of docs/."""
    readme = (ROOT / "README.md").read_text()
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "walkthroughs").glob("*.md")]
    assert [page for page in pages if str(page.relative_to(ROOT)) not in readme] == []


def test_the_references_are_made_of_what_they_describe() -> None:
    """Comments of the protos and help of the commands, as they are now (else: `make docs`)."""
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_docs.py"), "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
