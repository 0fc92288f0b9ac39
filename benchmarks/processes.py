"""Processes: the servers that are measured, each started with an address of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

START_TIMEOUT_S = 30.0
BIN = Path(sys.executable).parent


class Serving(NamedTuple):
    """A server that answers."""

    address: str
    pid: int


@contextlib.contextmanager
def program(
    *command: str, directory: Path, env: Mapping[str, str] | None = None
) -> Iterator[Serving]:
    """Run a server that writes its address to the file named by `--ready-file`."""
    directory.mkdir(parents=True, exist_ok=True)
    ready = directory / "ready.json"
    ready.unlink(missing_ok=True)
    arguments = [*command, "--ready-file", str(ready)]
    with _running(arguments, directory / "output.log", env) as process:
        _wait(process, directory, ready.exists)
        yield Serving(json.loads(ready.read_text())["address"], process.pid)


@contextlib.contextmanager
def registry(
    directory: Path, *options: str, url: str | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Serving]:
    """Serve a new store in a directory, or in the PostgreSQL database of an URL."""
    store = [] if url else ["--data", str(directory / "store")]
    arguments = [str(BIN / "registry"), "serve", *store, "--create", "--address", "127.0.0.1:0"]
    env = dict(env or {}) | ({"REGISTRY_DATABASE_URL": url} if url else {})
    with program(*arguments, *options, directory=directory, env=env) as serving:
        yield serving


@contextlib.contextmanager
def peer(name: str, directory: Path) -> Iterator[Serving]:
    """Run one of the servers in benchmarks/peers."""
    module = ["-m", f"benchmarks.peers.{name}", "--data", str(directory)]
    with program(sys.executable, *module, directory=directory) as serving:
        yield serving


@contextlib.contextmanager
def umadb(directory: Path) -> Iterator[Serving]:
    """Run UmaDB, the event store in Rust, as it comes."""
    directory.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [str(BIN / "umadb"), "--listen", address, "--db-path", str(directory / "uma.db")]
    with _running(command, directory / "output.log", None) as process:
        _wait(process, directory, lambda: _listens(address))
        yield Serving(address, process.pid)


@contextlib.contextmanager
def _running(
    command: list[str], output: Path, env: Mapping[str, str] | None
) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | dict(env or {}),
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], directory: Path, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = (directory / "output.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{process.args!r} did not start:\n{said}")
        time.sleep(0.02)


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
        return True
    return False
