"""The program: every mutant must be noticed by its test."""

# ruff: noqa: T201 - it prints what it finds

from __future__ import annotations

import os
import queue
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.running import FAILED, Copy, Result, misplaced
from tests.mutants.table import MUTANTS, Mutant

WORKERS = 2
SHORT = 4
"""Of so many, SHORT=1 takes one."""


def main() -> int:
    """Try them; answers 1 where one survived or is out of place."""
    step = SHORT if os.environ.get("SHORT") else 1
    mutants = [m for m in MUTANTS[::step] if all(word in m.promise for word in sys.argv[1:])]
    if not mutants:
        print(f"no promise has {' and '.join(sys.argv[1:])}")
        return 1
    if wrong := misplaced(list(MUTANTS)):
        print("\n".join(wrong))
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        copies: queue.Queue[Copy] = queue.Queue()
        for number in range(WORKERS):
            copies.put(Copy(Path(directory) / str(number)))
        results = _tried(mutants, copies)
        survived = [result for result in results if not result.killed]
        unsound = _unsound(results, copies.get())
    print(f"\n{len(results)} mutants: {len(results) - len(survived)} noticed, {len(survived)} not")
    return 1 if survived or unsound else 0


def _tried(mutants: list[Mutant], copies: queue.Queue[Copy]) -> list[Result]:
    def one(mutant: Mutant) -> Result:
        copy = copies.get()
        try:
            result = copy.try_out(mutant)
        finally:
            copies.put(copy)
        verdict = "noticed " if result.killed else "SURVIVED"
        print(f"{verdict} {mutant.promise}\n         {result.said}", flush=True)
        return result

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, mutants))


def _unsound(results: list[Result], copy: Copy) -> bool:
    """Whether a test fails without any mutant: then it noticed nothing."""
    ran = copy.run(*dict.fromkeys(result.mutant.test for result in results))
    if ran.returncode:
        print(f"\nwithout any mutant (exit {ran.returncode}, expected 0, not {FAILED}):")
        print("\n".join(ran.stdout.splitlines()[-15:]))
    return bool(ran.returncode)


if __name__ == "__main__":
    raise SystemExit(main())
