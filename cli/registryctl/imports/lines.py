"""NDJSON files as resources: a line is one, in proto JSON, as a list prints it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from registryctl.imports.table import Refused, digest

REJECTED = "rejected"
"""Key under which a line of refused resources says why."""


@dataclass(frozen=True)
class Record:
    """A line and its resource."""

    file: str
    line: int
    resource: Message

    @property
    def content(self) -> object:
        """What it says, to be compared."""
        return self.resource.SerializeToString(deterministic=True)

    def get(self, column: str) -> str:
        """Field of the resource as text, where it has one of that name."""
        known = column in self.resource.DESCRIPTOR.fields_by_name
        return str(getattr(self.resource, column)) if known else ""


class Lines:
    """An NDJSON file: UTF-8, a resource a line; empty lines are passed over."""

    unused: tuple[str, ...] = ()
    """A field that is not read is refused, so there is none."""

    def __init__(self, path: Path, kind: type[Message]) -> None:
        self.path, self.name, self._kind = path, path.name, kind
        self.sha256, self.lines = digest(path)

    def rows(self) -> Iterator[Record | tuple[int, Refused]]:
        """All resources; a line that is none as its number and what is wrong."""
        for number, text in self.records():
            try:
                yield Record(self.name, number, self._resource(text))
            except Refused as why:
                yield number, why

    def records(self) -> Iterator[tuple[int, bytes]]:
        """All lines that are not empty as they stand, by their numbers."""
        with self.path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    yield number, text

    @staticmethod
    def parsed(text: bytes) -> dict[str, Any] | None:
        """Object that a line is, or none."""
        try:
            return _object(text)
        except Refused:
            return None

    def _resource(self, text: bytes) -> Message:
        found = _object(text)
        found.pop(REJECTED, None)
        resource = self._kind()
        try:
            ParseDict(found, resource)
        except ParseError as error:
            wrong, _, _ = str(error).partition("\n")
            raise Refused("", "INVALID_FIELD", f"no {resource.DESCRIPTOR.name}: {wrong}") from None
        return resource


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("", "NOT_UTF8", "not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise Refused("", "MALFORMED_JSON", f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused("", "MALFORMED_JSON", "not a JSON object: expected a resource a line")
    return found
