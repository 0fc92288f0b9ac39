"""Negative control: the same service, blind to the keys that other commands touch.

Run as `python -m tests.faults.unchecked serve ...`. Neither are keys changed by other
processes compared under the lock, nor does a command see those of its own batch.
"""

import os
from collections.abc import Sequence
from typing import Any

from registry.__main__ import main
from registry.eventstore import postgres
from registry.eventstore.overlay import Overlay
from registry.eventstore.rows import Batch, Clash

checked = postgres._clash


def without_keys(batch: Batch, now: list[tuple[Any, ...]]) -> Clash | None:
    """Compare streams and command ids only."""
    clash = checked(batch, now)
    if clash is None or not (clash.streams or clash.request_ids):
        return None
    return clash._replace(keys=frozenset())


def recorded_streams(overlay: Overlay, key: str) -> Sequence[str]:
    """Answer what is recorded, without what is pending."""
    return overlay._log.streams_of_key(key)[1]


if __name__ == "__main__":
    # In this process, which is patched.
    os.environ["REGISTRY_RECORDER"] = "thread"
    postgres._clash = without_keys
    Overlay.streams = recorded_streams  # type: ignore[method-assign,assignment]
    main()
