"""One fact of a row as one command, with a request id that the same fact always gets."""

import json
import uuid
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from registry.v1 import record_service_pb2
from registryctl.imports.cells import STATED, UNKNOWN, sources
from registryctl.imports.table import Place

# Fixed for ever: another namespace would record every imported fact anew.
NAMESPACE = uuid.UUID("5f0c2a3e-6a55-5c0e-9d0f-1d8f6f1f3b52")
PRINCIPAL = "principals/local"
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_REGISTERING = {
    "register_organisation": ("organisations", "name, country and kind"),
    "register_cluster": ("clusters", "name, country and start"),
    "form_partnership": ("partnerships", "name, kind, call, start and further particulars"),
    "announce_edition": ("editions", "name, number, dates, place, hosts and further particulars"),
    "register_participation": ("", "roles and date of registration"),
}
"""Collection of what a command registers, and what of it a later registration does not change."""
Reader = Callable[[Any, AbstractSet[str]], Iterable["Said"]]
"""From a row (or a resource) and the ids of the file to facts."""


@dataclass(frozen=True)
class Said:
    """What a row says, as the fields of a command; the first of them names the resource."""

    command: str
    """Field of registry.v1.Command."""
    fields: dict[str, Any]
    column: str
    """Column that says it, for the report."""
    effective: dict[str, Any] | None = field(default_factory=lambda: UNKNOWN)
    basis: str = STATED

    @property
    def registers(self) -> bool:
        """Whether it makes the resource that other facts are about."""
        return self.command in _REGISTERING


@dataclass(frozen=True)
class Mapping:
    """How the rows of a file become facts."""

    file: str
    columns: dict[str, str]
    """Column of each request field, for the report."""
    others: tuple[str, ...]
    """Further columns that must be there."""
    passes: tuple[Reader, ...]
    """A later pass may name what earlier ones made."""
    optional: tuple[str, ...] = ()
    """Columns that need not be there."""
    closing: tuple[Reader, ...] = ()
    """Passes that come when those of all files are done: what must be there before it ends."""
    key: str = "id"
    """Column whose cell no two rows share; empty for none."""
    kind: type[Message] | None = None
    """Message of a line of NDJSON; None for a table."""

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that is read."""
        return tuple(dict.fromkeys([*self.columns.values(), *self.others]))


@dataclass(frozen=True)
class Fact:
    """A command on its way, and the cell it comes from."""

    row: Place
    said: Said
    columns: dict[str, str]
    command: record_service_pb2.Command

    @property
    def registers(self) -> bool:
        """Whether it makes the resource that the row's other facts are about."""
        return self.said.registers

    @property
    def kept(self) -> str:
        """What stays as it is where something is registered by this id."""
        collection, kept = _REGISTERING[self.said.command]
        first, second, *_ = map(str, self.said.fields.values())
        name = f"{collection}/{first}" if collection else f"{first}, {second}"
        return f"{name} keeps its {kept}"


def meaning(said: Said) -> tuple[str, bytes]:
    """What a fact says, in a form in which two that say the same are equal, in one process."""
    return said.command, request(said).SerializeToString(deterministic=True)


def request(said: Said) -> Message:
    """Request of a fact, without what is not part of its meaning."""
    found: Message = getattr(_command(said), said.command)
    return found


def fact(row: Place, said: Said, columns: dict[str, str], file_sha256: bytes) -> Fact:
    """Make the command of a fact."""
    command = _command(said)
    made = getattr(command, said.command)
    made.options.request_id = _request_id(said.command, made, said.fields)
    for source in sources(row, said.basis):
        made.options.provenance.add(**source)
    imported = getattr(made.options, "import")
    imported.file_sha256, imported.line = file_sha256, row.line
    return Fact(row, said, columns, command)


def _command(said: Said) -> record_service_pb2.Command:
    options = {} if said.effective is None else {"effective": said.effective}
    command = record_service_pb2.Command()
    made = getattr(command, said.command)
    made.CopyFrom(type(made)(options=options, **said.fields))
    return command


def _request_id(command: str, made: Message, fields: dict[str, Any]) -> str:
    """UUIDv5 of who says what: neither the source nor the place in the file counts."""
    resource = str(next(iter(fields.values())))
    name = "\n".join([PRINCIPAL, command, resource, _canonical(made)])
    return str(uuid.uuid5(NAMESPACE, name))


def _canonical(message: Message) -> str:
    """The fields that are set, by name: no upgrade of protobuf changes it."""
    return _CANONICAL.encode(MessageToDict(message, preserving_proto_field_name=True))
