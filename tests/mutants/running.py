"""Running mutants: each in a copy of the tree, against the test that must notice it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.mutants.table import Mutant

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 240
FAILED = 1
"""pytest's exit code where tests ran and failed; others mean that none was run."""


class Result(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    killed: bool
    said: str
    """Names of the tests that failed, or what went wrong."""


class Copy:
    """A copy of the tree, in which one mutant at a time lives."""

    def __init__(self, directory: Path) -> None:
        """Copy what git knows, and what was added since."""
        self.root = directory
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, directory / name)

    def try_out(self, mutant: Mutant) -> Result:
        """Put a mutant in, run its test, and take it out."""
        path = self.root / mutant.file
        text = path.read_text()
        path.write_text(text.replace(mutant.old, mutant.new))
        try:
            ran = self.run(mutant.test)
        except subprocess.TimeoutExpired:
            return Result(mutant, killed=False, said=f"not done after {TIMEOUT_S} s")
        finally:
            path.write_text(text)
        failed = [line.split(" - ")[0] for line in ran.stdout.splitlines() if line[:7] == "FAILED "]
        if ran.returncode == FAILED and failed:
            return Result(mutant, killed=True, said=failed[0].removeprefix("FAILED "))
        said = ran.stdout.strip().splitlines() or ran.stderr.strip().splitlines() or [""]
        return Result(mutant, killed=False, said=said[-1])

    def run(self, *tests: str) -> subprocess.CompletedProcess[str]:
        """Run tests of the copy, with the code of the copy."""
        places = (self.root, self.root / "cli", self.root / "registry/_vendor")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, places))}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1"}  # a mutant may be as long as what it was
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )


def misplaced(mutants: list[Mutant]) -> list[str]:
    """Mutants whose old text is not found exactly once: the code moved on without them."""
    wrong = []
    for mutant in mutants:
        path = ROOT / mutant.file
        found = path.read_text().count(mutant.old) if path.exists() else 0
        if found != 1:
            wrong.append(f"{mutant.file}: {mutant.old.strip()!r} is there {found} times")
    return wrong
