"""Pages of an answer: all of them are of the position and the day of the first one.

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
    """Position whose knowledge is listed; None for the newest, or for what rests on none."""
    after: tuple[Any, ...] = ()


def place(request: Any, reading: Reading, known: int | None = None) -> Place:
    """Where the page of a request begins.

    Args:
        request: of a list.
        reading: its options.
        known: position whose knowledge is listed; None for the newest.

    Raises:
        InvalidField: for a token that is none, or another list's, or older than what is asked for.
    """
    found = continued(request)
    if found is None:
        return Place(reading.day, known)
    if reading.min_position > (found.position or 0):
        older = f"the pages of this list are of position {found.position}"
        raise InvalidField("options.min_position", f"{older}; begin without a token to see later")
    return found


def continued(request: Any) -> Place | None:
    """Where the page of a request goes on; None where it is the first.

    Raises:
        InvalidField: for a token that is none, or another list's.
    """
    if not request.page_token:
        return None
    found, asked = _decoded(request.page_token)
    now = _asked(request)
    for field in sorted(asked.keys() | now.keys()):
        if asked.get(field) != now.get(field):
            wrong = f"is of a list with another {field}; begin without a token"
            raise InvalidField("page_token", wrong)
    return found


def ended_with(after: tuple[Any, ...], *types: type) -> tuple[Any, ...]:
    """What a page ended with; empty before the first one.

    Raises:
        InvalidField: where no page of this kind ends so.
    """
    if after and [type(value) for value in after] != [*types]:
        raise InvalidField("page_token", "is no token of a list")
    return after


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
    whole = _whole(found.day) and (found.position is None or _whole(found.position, least=1))
    if not (found.after and whole and isinstance(asked, dict)):
        raise InvalidField("page_token", "is no token of a list")
    return found, asked


def _whole(number: object, least: int = 0) -> bool:
    return type(number) is int and least <= number < 2**63


def _asked(request: Message) -> dict[str, int]:
    """Checksums of the fields that pages have in common."""
    fields: Any = request
    said = {
        field.name: _checksum(value)
        for field, value in request.ListFields()
        if field.name not in _FREE
    }
    options = getattr(fields, "options", None)
    if options and options.HasField("as_of"):
        said["options.as_of"] = _checksum(options.as_of)
    if options and (known := options.WhichOneof("known")):
        said[f"options.{known}"] = _checksum(getattr(options, known))
    return {"method": zlib.crc32(request.DESCRIPTOR.full_name.encode()), **said}


def _checksum(value: Any) -> int:
    return zlib.crc32(str(value).encode())
