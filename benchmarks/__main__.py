"""The program: runs the measures, prints a table and writes results.json."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import auditing, catching_up, commands, load, logs, reads, watching
from benchmarks.bench import Bench, settings
from benchmarks.measuring import HEADING, Result, row, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.measuring import Measure

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Measure; answers 1 where a measure could not be taken."""
    given = _arguments()
    common = settings()
    results, failed = [], 0
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as directory:
        driver = load.choose(Path(directory), own=given.own_client)
        print(f"{common['cores']} cores shared by server and client ({driver.name})")
        print(f"medians of {given.rounds} rounds, in turns, about {given.seconds:g} s each\n")
        print(HEADING)
        with Bench(Path(directory), driver, given.seconds) as bench:
            for make in _measures(bench):
                result = _measured(make, given.rounds, given.only)
                failed += result is False
                if isinstance(result, Result):
                    results.append(result)
                    print(row(result), flush=True)
    _write(given.out, results, common)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    short = bool(os.environ.get("SHORT"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3 if short else 5)
    parser.add_argument("--seconds", type=float, default=1.0 if short else 2.0)
    parser.add_argument("--only", default="", help="measures whose name holds this")
    parser.add_argument("--own-client", action="store_true", help="without h2load")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    for part in (commands, reads, logs, catching_up, auditing, watching):
        yield from part.measures(bench)


def _measured(make: Callable[[], Measure], rounds: int, only: str) -> Result | bool:
    """Take one measure; False where it failed, True where it was not wanted."""
    try:
        measure = make()
        return run(measure, rounds) if only in measure.name else True
    except Exception:  # noqa: BLE001 - the others are still wanted
        traceback.print_exc()
        return False


def _write(out: Path, results: list[Result], common: dict[str, object]) -> None:
    written = [{**r._asdict(), "settings": {**r.settings, **common}} for r in results]
    out.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwritten to {out}")


if __name__ == "__main__":
    raise SystemExit(main())
