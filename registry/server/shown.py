"""Shown: the bytes of answers that were given last, so that one that still holds is not made again.

The views give the same object as long as an answer holds (see `registry.projections.remembering`).
To copy its figures into a message takes longer than all the rest of the call, the more the longer
it is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

MOST = 500
"""Answers kept; of more those that were not shown for longest are forgotten."""


class _Shown(NamedTuple):
    found: object
    """Kept with its bytes: as long as it is, nothing else is at its address."""
    encoded: bytes


class Shown:
    """Bytes of what the views found, usable from any thread."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._shown: OrderedDict[int, _Shown] = OrderedDict()
        self._lock = threading.Lock()

    def encoded(self, found: object, message: Callable[[], Message]) -> bytes:
        """Bytes of the message that shows what was found; made where they are not known."""
        with self._lock:
            known = self._shown.get(id(found))
            if known is not None:
                self._shown.move_to_end(id(found))
                return known.encoded
        made = _Shown(found, message().SerializeToString())
        with self._lock:
            self._shown[id(found)] = made
            if len(self._shown) > MOST:
                self._shown.popitem(last=False)
        return made.encoded
