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

T = TypeVar("T")


class Ended(Exception):
    """The other process was ended before it answered."""


@contextlib.contextmanager
def meanwhile(check: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """A check as a function that waits for its answer, or raises what it raised or Ended.

    Begun at once by a fork of this process; made when it is called where there can be none. What is
    not asked for any more is ended.
    """
    can = "fork" in multiprocessing.get_all_start_methods() and os.cpu_count() != 1
    # A fork beside other threads could wait for ever for what one of them held.
    if not can or threading.active_count() > 1:
        yield check
        return
    processes = multiprocessing.get_context("fork")
    mine, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=_answer, args=(theirs, check), daemon=True)
    process.start()
    theirs.close()
    try:
        yield partial(_answered, mine)
    finally:
        process.kill()
        process.join()
        mine.close()


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
