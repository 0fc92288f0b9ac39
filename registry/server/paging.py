"""Pages of a list: all of them are of the position and the day of the first one.

A token names where the page before ended, so that none is skipped or comes twice whatever is
recorded meanwhile, and what was asked, so that it is of no use to another list.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.errors import InvalidField

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from registry.server.reading import Reading

_FREE = ("page_size", "page_token", "options")
"""Fields that may differ from page to page; of the options the two times may not."""


class Place(NamedTuple):
    """Where a page begins."""

    day: int
    position: int | None = None
    """Position whose knowledge is listed; None for the newest."""
    after: tuple[int | str, ...] = ()


def place(request: Any, reading: Reading, known: int | None = None) -> Place:
    """Where the page of a request begins.

    Args:
        request: of a list.
        reading: its options.
        known: position whose knowledge is listed; None for the newest.

    Raises:
        InvalidField: for a token that is none, or another list's, or older than what is asked for.
    """
    if not request.page_token:
        return Place(reading.day, known)
    found, asked = _decoded(request.page_token)
    now = _asked(request)
    for field in sorted(asked.keys() | now.keys()):
        if asked.get(field) != now.get(field):
            wrong = f"is of a list with another {field}; begin without a token"
            raise InvalidField("page_token", wrong)
    if reading.min_position > (found.position or 0):
        older = f"the pages of this list are of position {found.position}"
        raise InvalidField("options.min_position", f"{older}; begin without a token to see later")
    return found


def token(request: Any, at: Place) -> str:
    """Token of the page that begins there; empty where none follows."""
    if not at.after:
        return ""
    content = json.dumps([at.day, at.position, at.after, _asked(request)], ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _decoded(text: str) -> tuple[Place, dict[str, int]]:
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        day, position, after, asked = json.loads(content)
        found = Place(day, position, tuple(after))
    except (binascii.Error, ValueError, TypeError):
        found, asked = Place(0), None
    if not (found.after and found.position and _whole(*found[:2]) and isinstance(asked, dict)):
        raise InvalidField("page_token", "is no token of a list")
    return found, asked


def _whole(*numbers: object) -> bool:
    return all(type(number) is int and 0 <= number < 2**63 for number in numbers)


def _asked(request: Message) -> dict[str, int]:
    """Checksums of the fields that pages have in common."""
    fields: Any = request
    said = {
        field.name: _checksum(value)
        for field, value in request.ListFields()
        if field.name not in _FREE
    }
    if fields.options.HasField("as_of"):
        said["options.as_of"] = _checksum(fields.options.as_of)
    if known := fields.options.WhichOneof("known"):
        said[f"options.{known}"] = _checksum(getattr(fields.options, known))
    return {"method": zlib.crc32(request.DESCRIPTOR.full_name.encode()), **said}


def _checksum(value: Any) -> int:
    return zlib.crc32(str(value).encode())
