"""Negative control: the same service, answering before PostgreSQL has written to disk.

Run as `python -m tests.faults.undurable serve ...`.
"""

import os

from registry.__main__ import main
from registry.eventstore.postgres import Connection, PostgresLog


def set_up(connection: Connection) -> None:
    """Wait for nothing."""
    connection.execute("SET synchronous_commit = off")


if __name__ == "__main__":
    # In this process, which is patched.
    os.environ["REGISTRY_RECORDER"] = "thread"
    PostgresLog._set_up = staticmethod(set_up)  # type: ignore[method-assign]
    main()
