"""The integrator's walk-through: its commands run as they stand, its code is the example's."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.service import BIN, EXAMPLE, ROOT, served
from tests.docs.console import Example

PAGE = ROOT / "docs" / "walkthroughs" / "integrator.md"
SOURCES = ROOT / "docs" / "examples" / "typescript"
ADDRESS = "127.0.0.1:50051"
PATIENCE_S = 300


@dataclass(frozen=True)
class Block:
    """A fenced block of the page."""

    language: str
    text: str


BLOCKS = [
    Block(*found)
    for found in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize("code", [b.text for b in BLOCKS if b.language == "ts"])
def test_the_code_of_the_page_is_that_of_the_example(code):
    """What a reader sees is what is compiled and run."""
    assert any(code in path.read_text() for path in (SOURCES / "src").glob("*.ts"))


def test_the_lockfile_pins_every_package_and_names_no_place_to_fetch_it_from():
    """Installed from whatever registry the reader has, it is the same, byte for byte."""
    text = (SOURCES / "package-lock.json").read_text()
    assert "http" not in text
    packages = text.count('"node_modules/')
    assert packages == text.count('"integrity": "sha512-') > 0


@pytest.fixture
def checkout(tmp_path):
    """The repository as it is, but for the example, which is a clean copy."""
    (ROOT / "dist").mkdir(exist_ok=True)
    root = tmp_path / "checkout"
    (root / "docs" / "examples").mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name != "docs":
            (root / path.name).symlink_to(path)
    built = shutil.ignore_patterns("node_modules", "gen", "dist", "registry.binpb", "copy.json")
    shutil.copytree(SOURCES, root / "docs" / "examples" / "typescript", ignore=built)
    return root


@pytest.mark.typescript
def test_the_page_can_be_followed_from_its_first_line_to_its_last(checkout, tmp_path):
    """The example installs, type-checks and runs against a real service as the page says."""
    place = checkout
    with served(tmp_path) as service:
        for block, following in zip(BLOCKS, [*BLOCKS[1:], None], strict=True):
            text = block.text.replace(ADDRESS, service.address)
            if block.language == "console":
                arguments = _arguments(block.text)
                assert service.run(*arguments).exit_code == 0
            if block.language == "sh":
                printed, place = _shell(text, place)
                if following and following.language == "text":
                    expected = Example(0, text, tuple(following.text.splitlines()))
                    assert expected.matches(printed), printed


def _arguments(text):
    (command,) = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    words = Example(0, command, ()).words[1:]
    return [str(EXAMPLE) if word.startswith("registry/") else word for word in words]


def _shell(text: str, place: Path) -> tuple[str, Path]:
    """Run lines in a shell that stops at the first failure; what they print, and where they end."""
    ended = place / ".ended"
    done = subprocess.run(
        ["bash", "-euc", f"{text}\npwd > {ended}"],
        cwd=place,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, Path(ended.read_text().strip())
