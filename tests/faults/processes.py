"""Processes of the fault tests: `registry serve`, started, frozen, killed, and gone at the end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.postgres import die_with_parent, free_port

START_S = 40.0
ROOT = Path(__file__).resolve().parents[2]
SERVE = ("-m", "registry")


class Service:
    """One server process on a fixed port; every start is the same command line.

    A store is either the directory `data` or the database at `url`.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        data: Path | None = None,
        url: str | None = None,
        program: Sequence[str] = SERVE,
    ) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = scratch / f"serve-{self.port}.log"
        self._ready = scratch / f"ready-{self.port}.json"
        self._program = [sys.executable, *program, "serve"]
        self._data, self._url = data, url
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, create: bool = False) -> Self:
        """Start and wait until it answers."""
        self._ready.unlink(missing_ok=True)
        command = [*die_with_parent(), *self._program, "--address", self.address]
        command += ["--ready-file", str(self._ready)]
        command += ["--data", str(self._data)] if self._data else []
        command += ["--create"] if create else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready()
        return self

    def kill9(self) -> None:
        """Kill it without warning."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        return self._end(signal.SIGTERM)

    def family(self) -> list[int]:
        """Its process id and those of its children (Linux)."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [self.pid, *(int(child) for task in tasks for child in task.read_text().split())]

    def kill9_recorder(self) -> None:
        """Kill the process that records for it without warning."""
        for pid in self.family():
            if b"record" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Let it do nothing more, with all it holds."""
        for pid in self.family():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in self.family():
            os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """Be rid of it, also while it is frozen."""
        if self._process is not None:
            self._end(signal.SIGKILL)

    def said(self) -> str:
        """End of what it logged."""
        return self.log.read_text(errors="replace")[-3000:]

    def threads(self) -> int:
        """Number of its threads, its children's among them."""
        return sum(len(list(Path(f"/proc/{p}/task").iterdir())) for p in self.family())

    def descriptors(self) -> int:
        """Number of its open files and sockets, its children's among them."""
        return sum(len(list(Path(f"/proc/{p}/fd").iterdir())) for p in self.family())

    def resident_bytes(self) -> int:
        """Memory it holds, with its children's."""
        pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in self.family())
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
        return kept | ({"REGISTRY_DATABASE_URL": self._url} if self._url else {})

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while not self._ready.exists():
            assert self._process is not None
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                self.close()
                raise AssertionError(f"the service did not start ({code}):\n{self.said()}")
            time.sleep(0.02)
        assert json.loads(self._ready.read_text())["pid"] == self.pid

    def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)
            raise
