"""h2load: nghttp2's load generator in C, as a client of unary gRPC calls."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from benchmarks.load import Call, Drove, Failed, Took, framed

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = ("te: trailers", "content-type: application/grpc")
TIMEOUT_S = 120


class H2load:
    """One process, one thread, one connection for each client, one call at a time on each."""

    def __init__(self, directory: Path) -> None:
        """Use a directory for request bodies and logs."""
        self._directory = directory
        self.name = version()

    def __call__(self, call: Call, clients: int, calls: int) -> Drove:
        """Make `calls` calls; raises Failed unless every one was answered with a message."""
        log = self._directory / f"h2load-{os.getpid()}-{call.method}-{clients}.log"
        log.unlink(missing_ok=True)
        said = self._run(call, clients, calls, log)
        _require(said, call, calls)
        return Drove(_calls(log))

    def _run(self, call: Call, clients: int, calls: int, log: Path) -> str:
        body = self._directory / f"body-{call.method}-{clients}"
        body.write_bytes(framed(call.message))
        done = subprocess.run(
            [
                *("h2load", "-n", str(calls), "-c", str(clients), "-m", "1", "-t", "1"),
                *("-d", str(body), "--log-file", str(log)),
                *(part for header in HEADERS for part in ("-H", header)),
                f"http://{call.address}{call.path}",
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        if done.returncode:
            raise Failed(f"h2load: {done.stderr or done.stdout}")
        return done.stdout


def _require(said: str, call: Call, calls: int) -> None:
    """Every call answered, each with a message.

    A refused call has status 200 too: its answer is all trailers, without a byte of data.
    """
    (succeeded,) = _find(r", (\d+) succeeded", said)
    (data_bytes,) = _find(r"\((\d+)\) data", said)
    if int(succeeded) != calls:
        raise Failed(f"{calls} calls of {call.path}, {succeeded} answered:\n{said}")
    if not calls * call.least_bytes <= int(data_bytes) <= calls * call.most_bytes:
        expected = f"{call.least_bytes} to {call.most_bytes}"
        raise Failed(f"{call.path}: {calls} answers have {data_bytes} bytes, not {expected} each")


def _calls(log: Path) -> list[Took]:
    """What it noted of each call: when it began, the status, how long it took; in µs."""
    lines = (line.split() for line in log.read_text().splitlines())
    return [Took(int(began) / 1e6, int(took) / 1e6) for began, _, took in lines]


def _find(pattern: str, said: str) -> tuple[str, ...]:
    found = re.search(pattern, said)
    if found is None:
        raise Failed(f"h2load printed no {pattern!r}:\n{said}")
    return found.groups()


def version() -> str:
    """Answer its name and version."""
    said = subprocess.run(["h2load", "--version"], check=True, capture_output=True, text=True)
    return said.stdout.strip().replace(" nghttp2/", " (nghttp2 ") + ")"


def available() -> bool:
    """Tell whether it runs here, after an attempt to install it."""
    if shutil.which("h2load") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "--yes", "nghttp2-client"]):
            subprocess.run(["apt-get", "--quiet", *command], check=False, capture_output=True)
    return shutil.which("h2load") is not None
