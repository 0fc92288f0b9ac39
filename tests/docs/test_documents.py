"""Every console example of the documents prints what it says, run against a real service."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from registryctl.main import registryctl
from tests.cli.service import BIN, EXAMPLE, ROOT, Service, served
from tests.docs.console import Example, GivenFile, examples, steps

_PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if "node_modules" not in p.parts)
DOCUMENTS = [ROOT / "README.md", *_PAGES]
WITH_EXAMPLES = [document for document in DOCUMENTS if any(examples(document))]
STARTS_EMPTY = {"README.md"}
"""Documents that import the example data themselves."""
SHELL = {
    "cat",
    "cp",
    "cut",
    "diff",
    "echo",
    "grep",
    "head",
    "mkdir",
    "python",
    "sed",
    "sha256sum",
    "wc",
}
"""Programs beside ours that an example may run; make is tried from a clean clone."""
COMMAND_TIMEOUT_S = 60


@dataclass(frozen=True)
class Desk:
    """A reader at a terminal: a service, and a directory that looks like a clone in use."""

    service: Service
    directory: Path

    def do(self, step: GivenFile | Example) -> str | None:
        """Save the file, or run the command: what is wrong with what it prints."""
        if isinstance(step, GivenFile):
            path = self.directory / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text)
            return None
        if step.programs == ["make"]:
            return None
        out, err = self._shell(step) if self._in_shell(step) else self._run(step)
        seen = (out, out + err, err + out)  # what goes to stderr may be left out
        return None if any(map(step.matches, seen)) else out + err

    @property
    def _environment(self) -> dict[str, str]:
        return {"REGISTRY_ADDRESS": self.service.address, "REGISTRY_OUTPUT": "table"}

    @staticmethod
    def _in_shell(example: Example) -> bool:
        return example.needs_shell or example.programs != ["registryctl"]

    def _run(self, example: Example) -> tuple[str, str]:
        """Run one of our commands in this process, which is faster."""
        result = CliRunner().invoke(registryctl, example.words[1:], env=self._environment)
        return result.stdout, result.stderr

    def _shell(self, example: Example) -> tuple[str, str]:
        """Run pipes and programs as the reader's shell does."""
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", example.command],
            cwd=self.directory,
            env=os.environ | self._environment | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_TIMEOUT_S,
        )
        return result.stdout, result.stderr


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Store with the example data in it, to be copied."""
    directory = tmp_path_factory.mktemp("imported")
    with served(directory) as service:
        assert service.run("import", str(EXAMPLE)).exit_code == 0
    return directory / "store"


@pytest.fixture
def desk(
    document: Path, imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """Desk for one document, with its store in ./var."""
    if document.name not in STARTS_EMPTY:
        shutil.copytree(imported, tmp_path / "store")
    directory = tmp_path / "clone"
    directory.mkdir()
    (directory / "registry").symlink_to(ROOT / "registry")
    (directory / "var").symlink_to(tmp_path / "store")
    monkeypatch.chdir(directory)
    with served(tmp_path) as service:
        yield Desk(service, directory)


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda path: path.name)
def test_every_example_prints_what_the_document_says(document: Path, desk: Desk) -> None:
    """A reader who saves the files and types the commands sees what is printed beneath them."""
    for step in steps(document):
        wrong = desk.do(step)
        where = step.line if isinstance(step, Example) else step.path
        assert wrong is None, f"{document.name}:{where}\n{wrong}"


def test_every_kind_of_command_in_the_documents_is_known() -> None:
    """An example is run, or is one of the make targets that are tried from a clean clone."""
    for document in WITH_EXAMPLES:
        for example in examples(document):
            known = {"registryctl", "make"} | SHELL
            assert set(example.programs) <= known, f"{document.name}:{example.line}"


def links(document: Path) -> set[Path]:
    """Files of the repository that a document links to."""
    found = re.findall(r"\]\((?!\w+:)([^)#\s]+)", document.read_text())
    return {(document.parent / link).resolve() for link in found}


def test_every_page_is_reached_from_the_readme() -> None:
    """Who reads the README finds every page of docs/; decisions are a row of their own."""
    pages = [page for page in DOCUMENTS[1:] if page.parent.name != "decisions"]
    assert [page for page in pages if page not in links(ROOT / "README.md")] == []


def test_every_link_leads_somewhere() -> None:
    """A reader who follows a link within the repository finds the file."""
    broken = [
        f"{document.name}: {target}"
        for document in DOCUMENTS
        for target in links(document)
        if not target.exists()
    ]
    assert broken == []


def test_the_references_are_made_of_what_they_describe() -> None:
    """Comments of the protos and help of the commands, as they are now (else: `make docs`)."""
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_docs.py"), "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
