"""A real service for tests of the command line, and a way to run commands against it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from registryctl.main import registryctl

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "registry/reference/data/example"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Service:
    """Where a service listens."""

    address: str

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a command in this process; its output is a pipe, as in a script."""
        environment = {"REGISTRY_ADDRESS": self.address}
        return CliRunner().invoke(registryctl, arguments, env=environment, input=typed)

    def json(self, *arguments: str) -> Any:
        """Run a command that succeeds and read its JSON."""
        result = self.run("-o", "json", *arguments)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


@contextmanager
def served(directory: Path, address: str = "127.0.0.1:0", **settings: str) -> Iterator[Service]:
    """Serve the store in the directory, a new one where there is none; stop it by SIGTERM.

    Further settings are given as by the environment: REGISTRY_LEDGER="...".
    """
    ready, store = directory / "ready.json", directory / "store"
    command: list[str | Path] = [BIN / "registry", "serve", *["--create"] * (not store.exists())]
    command += ["--data", store, "--ready-file", ready]
    command += ["--address", address, "--log-level", "warning"]
    ready.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if "REGISTRY" not in name}
    environment |= settings
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield Service(_address(process, ready))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_TIMEOUT_S) == 0


def _address(process: subprocess.Popen[bytes], ready: Path) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready.exists():
        assert process.poll() is None, "the service did not start"
        assert time.monotonic() < deadline, "the service did not start in time"
        time.sleep(0.02)
    address: str = json.loads(ready.read_text())["address"]
    return address
