"""Catching up: the views made from a log, in batches, beside one event in a transaction.

    python -m benchmarks.catching_up --data STORE --views DIRECTORY [--batch 1]

makes the views of a store that nobody serves, and prints the seconds it took.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import filling, processes, stores
from benchmarks.measuring import Measure
from registry.children import collect_seldom
from registry.eventstore.store import EVENTS_FILE, open_sqlite
from registry.projections import engine, open_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

EVENTS_A_SECOND_OF_RUN = 6_000
TIMEOUT_S = 300.0


def measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    """List what is measured."""
    yield functools.partial(_over_one_by_one, bench)


def _over_one_by_one(bench: Bench) -> Measure:
    events = int(EVENTS_A_SECOND_OF_RUN * bench.run_s)
    log = bench.directory / "catching-up" / "store" / EVENTS_FILE
    return Measure(
        name="views' catch-up / one event a transaction",
        goal=">= 10",
        unit="events/s",
        client="in process",
        ours=functools.partial(_events_per_s, bench, log, engine.FILL_LIMIT),
        other=functools.partial(_events_per_s, bench, log, 1),
        settings={
            "ours": f"empty views to the end of the log, {engine.FILL_LIMIT} events a batch",
            "beside": "the same views and code, 1 event a batch",
            "events": events,
        },
        prepare=functools.partial(_fill, bench, events),
    )


def _fill(bench: Bench, events: int) -> None:
    """Make a log that no server holds any more."""
    directory = bench.directory / "catching-up"
    with processes.registry(directory) as serving:
        filling.fill(serving.address, filling.messages_of(events))


def _events_per_s(bench: Bench, log: Path, batch: int) -> float:
    views = bench.directory / "catching-up" / f"views-{batch}"
    command = [sys.executable, "-m", "benchmarks.catching_up", "--data", str(log.parent)]
    done = subprocess.run(
        [*command, "--views", str(views), "--batch", str(batch)],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    return stores.sqlite_rows(log) / float(done.stdout)


def main() -> None:
    """Make the views, and say how long that took."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--views", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=engine.FILL_LIMIT)
    given = parser.parse_args()
    vars(engine)["FILL_LIMIT"] = given.batch
    shutil.rmtree(given.views, ignore_errors=True)
    given.views.mkdir()
    collect_seldom()  # as the process does that follows the log
    store = open_sqlite(given.data)
    views = open_views(store.log, directory=given.views, url=None)
    started = time.perf_counter()
    views.start()
    views.wait(store.log.head().position, TIMEOUT_S)
    print(time.perf_counter() - started)
    views.close()
    store.close()


if __name__ == "__main__":
    main()
