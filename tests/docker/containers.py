"""Running a service of the compose file from the built image, under runc, as an engine would.

Taken from the compose file: command, environment, secrets, read-only root, tmpfs, capabilities,
new privileges, the shared network. Left out is the engine's own first process (`init`).
"""

import itertools
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.docker.machine import Image

NAMESPACES = ("pid", "ipc", "uts", "mount")
STOP_TIMEOUT_S = 40.0
COMMAND_TIMEOUT_S = 60.0
READY_TIMEOUT_S = 60.0
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Asked:
    """What a service is started with."""

    service: Mapping[str, Any]
    binds: Mapping[str, Path] = field(default_factory=dict)
    """Directories of this machine, by where they are mounted."""
    secrets: Mapping[str, Path] = field(default_factory=dict)
    """Files of this machine, by the name of the secret."""
    network: "Container | None" = None
    """Whose network is shared; without one, it has one of its own with nothing but loopback."""


class Container:
    """A running container, gone at the end of the block."""

    def __init__(self, image: Image, directory: Path, asked: Asked) -> None:
        self.name = f"registry-test-{os.getpid()}-{next(_numbers)}"
        self._runc = ("runc", "--root", str(directory / "runc"))
        self.bundle = directory / self.name
        self.bundle.mkdir()
        (self.bundle / "config.json").write_text(json.dumps(specification(image, asked)))
        self._stop_signal = image.config["StopSignal"]
        self._health = image.config["Healthcheck"]["Test"][1:]
        self._output = self.bundle / "output"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*self._runc, "run", "--bundle", str(self.bundle), self.name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run([*self._runc, "delete", "--force", self.name], check=False)
        self.process.wait(STOP_TIMEOUT_S)

    @property
    def output(self) -> str:
        """What it printed so far."""
        return self._output.read_text()

    @property
    def pid(self) -> int:
        """Its first process, as this machine counts."""
        state = subprocess.run([*self._runc, "state", self.name], check=True, capture_output=True)
        found: int = json.loads(state.stdout)["pid"]
        return found

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as its user."""
        return subprocess.run(
            [*self._runc, "exec", self.name, *command],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
        )

    def wait_until_healthy(self) -> None:
        """Ask the image's health check until it is content."""
        wait_until(lambda: self._alive() and self.run(*self._health).returncode == 0, self)

    def _alive(self) -> bool:
        assert self.process.poll() is None, self.output
        return True

    def stop(self) -> int:
        """Ask it to stop as an engine does; its exit code."""
        subprocess.run([*self._runc, "kill", self.name, self._stop_signal], check=True)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        return self.process.wait(STOP_TIMEOUT_S)


def wait_until(condition: Callable[[], bool], container: Container) -> None:
    """Poll a condition; an error shows what the container printed."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, container.output
        time.sleep(0.1)


def specification(image: Image, asked: Asked) -> dict[str, Any]:
    """Describe the container as the OCI runtime specification wants it."""
    service = asked.service
    return {
        "ociVersion": "1.0.2",
        "hostname": "registry",
        "root": {"path": str(image.root), "readonly": service["read_only"]},
        "process": _process(image.config, service),
        "mounts": [*_SYSTEM, *_mounts(asked)],
        "linux": {"namespaces": [*({"type": each} for each in NAMESPACES), _network(asked)]},
    }


def _process(config: Mapping[str, Any], service: Mapping[str, Any]) -> dict[str, Any]:
    assert service["cap_drop"] == ["ALL"], "what an engine gives by default is not known here"
    user, group = (int(each) for each in config["User"].split(":"))
    environment = [f"{name}={value}" for name, value in service.get("environment", {}).items()]
    return {
        "user": {"uid": user, "gid": group},
        "args": service.get("entrypoint", config["Entrypoint"]) + service["command"],
        "env": [*config["Env"], *environment],
        "cwd": config.get("WorkingDir") or "/",
        "capabilities": {},
        "noNewPrivileges": "no-new-privileges:true" in service["security_opt"],
    }


def _network(asked: Asked) -> dict[str, str]:
    if asked.network is None:
        return {"type": "network"}
    return {"type": "network", "path": f"/proc/{asked.network.pid}/ns/net"}


def _mounts(asked: Asked) -> list[dict[str, Any]]:
    tmpfs = (each.partition(":") for each in asked.service["tmpfs"])
    secrets = {f"/run/secrets/{name}": asked.secrets[name] for name in _secrets(asked.service)}
    return [
        *(_mount(path, "tmpfs", "tmpfs", *options.split(",")) for path, _, options in tmpfs),
        *(_mount(path, "bind", str(file), "bind", "ro") for path, file in secrets.items()),
        *(_mount(path, "bind", str(place), "rbind", "rw") for path, place in asked.binds.items()),
    ]


def _secrets(service: Mapping[str, Any]) -> list[str]:
    names: list[str] = service.get("secrets", [])
    return names


def _mount(path: str, kind: str, source: str, *options: str) -> dict[str, Any]:
    return {"destination": path, "type": kind, "source": source, "options": list(options)}


_SYSTEM = (
    _mount("/proc", "proc", "proc"),
    _mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=64m"),
    _mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=64m"),  # noqa: S108 - in a container
)
