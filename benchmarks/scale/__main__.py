"""The program: builds a small and a large registry, and measures them beside each other."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.processes import BIN, program
from benchmarks.scale.asking import Asking, each_ms, medians_ms, misspelt
from benchmarks.scale.generated import Generated
from benchmarks.scale.knowing import GOALS, measured, rows
from benchmarks.scale.loading import load, load_raw
from benchmarks.scale.rebuilding import rebuilt

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results.json"
SMALL = 1_000
"""Clusters of the small registry: about 10,000 events."""
PAGES = 1_000
TIMES = 15


class Figure(NamedTuple):
    """One line of the answer."""

    name: str
    value: float
    unit: str
    goal: str = ""
    beside: float | None = None


class Built(NamedTuple):
    """A registry in a directory."""

    directory: Path
    events: int
    took_s: float


def main() -> int:
    """Measure, print, and write results.json."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="scale-", dir=given.directory) as place:
        small = _build(Path(place) / "small", SMALL)
        large = _build(Path(place) / "large", given.clusters)
        print(f"{given.clusters:,} clusters, {large.events:,} events; beside {small.events:,}\n")
        figures = []
        for figure in _figures(small, large):
            figures.append(figure)
            print(_line(figure), flush=True)
    settings = {"clusters": given.clusters, "events": large.events, "small": small.events}
    written = {"settings": settings, "figures": [figure._asdict() for figure in figures]}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(written, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    short = bool(os.environ.get("SHORT"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--clusters", type=int, default=3_000 if short else 100_000)
    parser.add_argument("--directory", type=Path, help="where the stores are made")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _serve(directory: Path, *options: str) -> list[str]:
    where = ["--data", str(directory / "store"), "--address", "127.0.0.1:0"]
    return [str(BIN / "registry"), "serve", *where, *options]


def _build(directory: Path, clusters: int) -> Built:
    with program(*_serve(directory, "--create"), directory=directory) as serving:
        events, took_s = load(serving.address, Generated(clusters).commands())
    return Built(directory, events, took_s)


def _figures(small: Built, large: Built) -> Iterator[Figure]:
    store = large.directory / "store"
    raw_s = load_raw(store / "events.db", large.directory / "raw.db")
    yield Figure(
        "import / raw executemany", raw_s / large.took_s, "ratio", ">= 0.25", large.events / raw_s
    )
    yield Figure("import", large.events / large.took_s, "events/s")
    for name, pattern in (("store", "events.db*"), ("views", "views-*.db*")):
        size = sum(file.stat().st_size for file in store.glob(pattern))
        yield Figure(f"{name}, bytes an event", size / large.events, "bytes")
    yield Figure("views, rows an event", rows(store) / large.events, "rows")
    started = time.monotonic()
    with program(*_serve(large.directory), directory=large.directory) as serving:
        yield Figure("start to serving", time.monotonic() - started, "s", "<= 2")
        with program(*_serve(small.directory), directory=small.directory) as beside:
            yield from _asked(Asking(beside.address), Asking(serving.address))
        yield from _memory(serving.pid)
        yield from _rebuilt(serving.address, large.events)
    for name, what, took_ms, ratio in measured(store, TIMES // 3):
        if what == "now":
            yield Figure(f"{name}, anew", took_ms, "ms")
        else:
            yield Figure(f"{name}, anew, {what} / now", ratio, "ratio", GOALS[what], took_ms)


def _asked(small: Asking, large: Asking) -> Iterator[Figure]:
    for name in ("ecosystem", "region", "edition"):
        few, many = medians_ms(TIMES, getattr(small, name), getattr(large, name))
        yield Figure(f"{name} summary", many / few, "ratio", "<= 1.2", few)
        yield Figure(f"{name} summary, large", many, "ms")
    few, many = medians_ms(TIMES, small.history, large.history)
    yield Figure("history of a cluster", many / few, "ratio", "<= 1.2", few)
    yield from _searched(large)
    far = large.token(PAGES - 1)
    first, last = medians_ms(TIMES, lambda: large.page(""), lambda: large.page(far))
    yield Figure("list page, thousandth / first", last / first, "ratio", "<= 1.5", first)


def _searched(large: Asking) -> Iterator[Figure]:
    names = large.names()
    asked = {"a name": names, "a name, misspelt": [misspelt(name) for name in names]}
    for what, texts in asked.items():
        took = each_ms(large.search, texts)
        yield Figure(f"search for {what}, p50", statistics.median(took), "ms")
        yield Figure(f"search for {what}, p99", statistics.quantiles(took, n=100)[98], "ms")


def _rebuilt(address: str, events: int) -> Iterator[Figure]:
    found = rebuilt(address)
    yield Figure("views made anew", events / found.took_s, "events/s", "", found.took_s)
    ratio = found.during_p99_ms / found.before_p99_ms
    yield Figure("command p99, meanwhile / before", ratio, "ratio", "<= 2", found.before_p99_ms)


def _memory(pid: int) -> Iterator[Figure]:
    """Resident memory of the service and of its children, after the questions."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for name, process in (("service", pid), *zip(("child 1", "child 2"), children, strict=False)):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
        yield Figure(f"RSS, {name}", kilobytes / 1024, "MiB")


def _line(figure: Figure) -> str:
    beside = "" if figure.beside is None else f"{figure.beside:>14,.6g}"
    return f"{figure.name:<34}{figure.value:>12,.4g} {figure.unit:<9}{figure.goal:<9}{beside}"


if __name__ == "__main__":
    raise SystemExit(main())
