"""The service program, started on a free port."""

import json
import os
import signal
import subprocess
import sys
import time

SERVE = (sys.executable, "-m", "registry", "serve")


class Program:
    """A running `registry serve`."""

    def __init__(self, directory, *options, environment=None, command=SERVE):
        self.ready_file = directory / "ready.json"
        self.log = directory / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--address", "127.0.0.1:0", "--ready-file", self.ready_file, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | (environment or {}),
            )
        self.ready = self._wait()

    def _wait(self):
        for _ in range(1000):
            if self.ready_file.exists():
                return json.loads(self.ready_file.read_text())
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)
        raise AssertionError("not ready in 20 s")

    def stop(self, how=signal.SIGTERM):
        """Ask it to stop; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=20)

    def lines(self):
        """What it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]
