"""Imports the example into a fresh store and asks it questions; shows every command it runs."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
EXAMPLE = Path("registry/reference/data/example")
QUESTIONS = (
    "edition summary ecc-2022",
    "ecosystem show aerospace-defence",
    "ecosystem show digital",
    "region show PL82",
    "region show FRL0",
    "events list clusters/nextmove",
)
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


def main() -> None:
    """Run the demonstration; options are handed to each question ("-o json")."""
    os.chdir(Path(__file__).parent.parent)
    # What is set for another service is not meant for this one.
    for name in [name for name in os.environ if name.startswith("REGISTRY_")]:
        del os.environ[name]
    options = sys.argv[1:] or ["-o", "table"]
    temporary = tempfile.TemporaryDirectory(prefix="registry-demo-")
    with temporary as directory, served(Path(directory)) as address:
        os.environ["REGISTRY_ADDRESS"] = address
        run("registryctl", "import", str(EXAMPLE))
        for question in QUESTIONS:
            run("registryctl", *question.split(), *options)
        audited(Path(directory))
    say("demo done")


def audited(directory: Path) -> None:
    """Take the whole history home, and verify it there by the key of the registry."""
    bundle = str(directory / "bundle")
    (key,) = (directory / "store" / "ledger" / "keys").glob("*.vkey")
    run("registryctl", "audit", "export", bundle)
    run("registryctl", "audit", "verify", bundle, "--key", str(key))


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a new store on a free port; stop it as an operator would."""
    ready = directory / "ready.json"
    command = ["registry", "serve", "--data", str(directory / "store"), "--create"]
    command += ["--address", "127.0.0.1:0", "--ready-file", str(ready), "--log-level", "warning"]
    show(command)
    process = subprocess.Popen([BIN / command[0], *command[1:]])
    try:
        yield address_of(process, ready)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(STOP_TIMEOUT_S)
        say(f"service stopped, exit code {code}")
    if code:
        sys.exit(1)


def address_of(process: subprocess.Popen[bytes], ready: Path) -> str:
    """Wait until the service answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("the service did not start")
        time.sleep(0.02)
    address: str = json.loads(ready.read_text())["address"]
    say(f"serving on {address} (REGISTRY_ADDRESS)")
    return address


def run(*command: str) -> None:
    """Run a command, after showing it; its failure is that of the demonstration."""
    show(command)
    if code := subprocess.run([BIN / command[0], *command[1:]], check=False).returncode:
        sys.exit(f"{command[0]} failed with exit code {code}")


def show(command: tuple[str, ...] | list[str]) -> None:
    """Show a command as a person would type it."""
    say(f"\n$ {shlex.join(command)}")


def say(text: str) -> None:
    """Print at once, before what the commands print themselves."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
