"""Meanwhile: a long check is made by another process, where there is a processor for it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")


class Ended(Exception):
    """The other process was ended before it answered."""


@contextlib.contextmanager
def meanwhile(check: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """A check as a function that waits for its answer, or raises what it raised or Ended.

    Begun at once by a fork of this process; made when it is called where there can be none. What is
    not asked for any more is ended.
    """
    begun = _begin(check) if _can_fork() else None
    if begun is None:
        yield check
        return
    process, mine = begun
    try:
        yield partial(_answered, mine)
    finally:
        process.kill()
        process.join()
        mine.close()


def _can_fork() -> bool:
    if "fork" not in multiprocessing.get_all_start_methods() or os.cpu_count() == 1:
        return False
    # A fork beside other threads could wait for ever for what one of them held.
    return threading.active_count() == 1 and not multiprocessing.current_process().daemon


def _begin(check: Callable[[], object]) -> tuple[BaseProcess, Connection] | None:
    """Begin a check in another process; None where there are too many processes already."""
    processes = multiprocessing.get_context("fork")
    mine, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=_answer, args=(theirs, check), daemon=True)
    try:
        process.start()
    except OSError:
        mine.close()
        return None
    finally:
        theirs.close()
    return process, mine


def _answer(to: Connection, check: Callable[[], T]) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # the parent says so
        try:
            to.send(check())
        except Exception as error:  # noqa: BLE001 - raised by the parent
            to.send(error)


def _answered(by: Connection) -> Any:
    try:
        found = by.recv()
    except EOFError as error:
        raise Ended from error
    if isinstance(found, Exception):
        raise found
    return found
