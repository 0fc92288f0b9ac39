"""Auditing: verifying a bundle beside bare SHA-256, and what signing costs those who write."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import messages, processes, stores
from benchmarks.bench import wait_for_views
from benchmarks.logs import fill
from benchmarks.measuring import Measure
from registry.ledger.verify import VerifierKey, read_events, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

CLIENTS = 32
NEVER_S = "1000000"


def measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    """List what is measured."""
    yield functools.partial(_over_hashing, bench, "each part", _parts_mb_per_s)
    yield functools.partial(_over_hashing, bench, "whole files", _files_mb_per_s)
    yield functools.partial(_over_not_signing, bench)


def _over_hashing(bench: Bench, what: str, hashed: Callable[[Path], float]) -> Measure:
    bundle = bench.directory / "bundle"
    return Measure(
        name=f"verify a bundle offline / SHA-256 of {what}",
        goal=">= 0.3",
        unit="MB/s",
        client="processes of their own",
        ours=functools.partial(_verified_mb_per_s, bundle),
        other=functools.partial(hashed, bundle),
        settings={
            "ours": "every content, entry and tile hashed, and all that is checked besides, by two"
            " processes, as registryctl does",
            "beside": f"SHA-256 of the entries and contents of the events, of {what}, by one",
        },
        prepare=functools.partial(_export, bench, bundle),
    )


def _over_not_signing(bench: Bench) -> Measure:
    return Measure(
        name=f"commands, signed / not signed, {CLIENTS} clients",
        goal=">= 0.95",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(_commands_per_s, bench, "registry", bench.registry),
        other=functools.partial(_commands_per_s, bench, "unsigned", _unsigned(bench)),
        settings={
            "ours": "RegisterCluster, the log signed every second",
            "beside": "the same, the log never signed",
            "clients": CLIENTS,
        },
    )


def _export(bench: Bench, bundle: Path) -> None:
    if bundle.exists():
        return
    fill(bench)
    position = str(bench.events())
    ctl = (str(processes.BIN / "registryctl"), "--address", bench.registry, "audit")
    wait = (*ctl, "checkpoint", "--min-position", position)
    subprocess.run(wait, check=True, capture_output=True)
    subprocess.run((*ctl, "export", str(bundle)), check=True, capture_output=True)


def _verified_mb_per_s(bundle: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.auditing", str(bundle)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return _mb(bundle) / float(done.stdout)


def _parts_mb_per_s(bundle: Path) -> float:
    size = int((bundle / "checkpoint").read_text().split("\n")[1])
    parts = list(read_events(bundle, size))
    started = time.perf_counter()
    for _, entry, state in parts:
        hashlib.sha256(entry).digest()
        hashlib.sha256(state).digest()
    return _mb(bundle) / (time.perf_counter() - started)


def _files_mb_per_s(bundle: Path) -> float:
    started = time.perf_counter()
    for path in _hashed(bundle):
        hashlib.sha256(path.read_bytes()).digest()
    return _mb(bundle) / (time.perf_counter() - started)


def _mb(bundle: Path) -> float:
    return sum(path.stat().st_size for path in _hashed(bundle)) / 1e6


@functools.cache
def _hashed(bundle: Path) -> list[Path]:
    """Files of entries and contents."""
    parts = (bundle / "tile" / "entries", bundle / "states")
    return [path for part in parts for path in part.rglob("*") if path.is_file()]


@functools.cache
def _unsigned(bench: Bench) -> str:
    """Address of a registry that signs nothing."""
    directory = bench.directory / "unsigned"
    serving = processes.registry(directory, env={"REGISTRY_LEDGER_INTERVAL_S": NEVER_S})
    return bench.enter_context(serving).address


def _commands_per_s(bench: Bench, name: str, address: str) -> float:
    events = bench.directory / name / "store" / "events.db"
    rows = functools.partial(stores.sqlite_rows, events)
    per_s = bench.recording_per_s(messages.register(address), CLIENTS, rows)
    wait_for_views(address)
    return per_s


def main() -> None:
    """Verify a bundle in a process without other threads, and say how long that took."""
    bundle = Path(sys.argv[1])
    key = VerifierKey.parse((bundle / "policy").read_text().removeprefix("log "))
    started = time.perf_counter()
    verify(bundle, [key])
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
