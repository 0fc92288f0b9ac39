"""Erasing: the statements that take away what goes with the content of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.eventstore.rows import Erasure


def statements(erasure: Erasure) -> Iterator[tuple[str, list[Any]]]:
    """SQL with `?` placeholders, and its parameters, to run after the events are inserted."""
    stream, version, keys, keyed_versions, command_id = erasure
    yield "UPDATE events SET state = NULL WHERE stream = ? AND version = ?", [stream, version]
    if keys:
        of_keys, of_versions = (",".join("?" * len(each)) for each in (keys, keyed_versions))
        positions = f"SELECT position FROM events WHERE stream = ? AND version IN ({of_versions})"  # noqa: S608 - constants
        yield (
            f"DELETE FROM event_keys WHERE key IN ({of_keys}) AND position IN ({positions})",  # noqa: S608 - constants
            [*keys, stream, *keyed_versions],
        )
    # Also of those that said the same and recorded nothing, as it was known already.
    those = "id = ? OR (stream = ? AND first_position = 0)"
    yield (
        f"UPDATE commands SET fingerprint_version = 0, fingerprint = ? WHERE {those}",  # noqa: S608 - constants
        [b"", command_id, stream],
    )
