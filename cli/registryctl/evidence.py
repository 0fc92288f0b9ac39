"""What a figure counts, one line for each event behind it."""

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import Message

from registryctl.printing import Object, plain

COLUMNS = "resource fact event type effective source"
"""For a person."""


def rows(contributions: Iterable[Message]) -> Iterator[Object]:
    """Flatten contributions; one without an event has a row too."""
    for found in map(plain, contributions):
        for evidence in found["evidence"] or [{}]:
            yield {
                "resource": found["resource"],
                "fact": evidence.get("fact", ""),
                "event": evidence.get("event", ""),
                "type": evidence.get("type", ""),
                "effective": evidence.get("effective", ""),
                "recordedAt": evidence.get("recordedAt", ""),
                "source": source(evidence),
                "reason": evidence.get("reason", ""),
            }


def source(evidence: Object) -> str:
    """Addresses and citations of the sources, and the line of the imported file by its SHA-256."""
    found: list[Any] = [
        one.get("uri") or one.get("citation") for one in evidence.get("provenance", ())
    ]
    if imported := evidence.get("import"):
        digest = base64.b64decode(imported["fileSha256"]).hex()
        found.append(f"line {imported['line']} of file {digest[:12]}")
    return "; ".join(filter(None, found))
