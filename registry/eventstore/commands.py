"""Command: what every request that records has in common."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from registry.domain.effective import Effective, check_date, checked
from registry.domain.ids import uuid7
from registry.domain.text import clean, cleaned
from registry.errors import InvalidField
from registry.events.v1 import envelope_pb2
from registry.eventstore.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from registry.domain.world import Aggregate, Decision, World
    from registry.events.v1 import values_pb2

_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000
_SHA256_SIZE = 32


@dataclass(slots=True)
class Command:
    """Options, principal and fingerprint of one request; the rest goes to the domain."""

    request_id: str
    fingerprint: bytes
    actor: str
    now_us: int
    """Microseconds since 1970 UTC when the request came in."""
    stated: Effective | None = None
    """The effective date as requested."""
    reason: str = ""
    provenance: Sequence[values_pb2.Provenance] = field(default_factory=tuple)
    import_: values_pb2.Import | None = None
    expected_version: int = 0
    validate_only: bool = False
    generated: bool = False
    """The request id was made here, so that nothing can be recorded under it yet."""

    @property
    def today(self) -> int:
        """Ordinal of the day (UTC) on which the request came in."""
        return _EPOCH_ORDINAL + self.now_us // _DAY_US

    @property
    def effective(self) -> Effective:
        """The effective date as requested; today where the request has none."""
        return self.stated or _on(self.today)

    @classmethod
    def of(cls, request: Any, principal: str, now_us: int) -> Self:
        """Take the common part of a request.

        Args:
            request: any request message with a field `options` of CommandOptions.
            principal: who asks, "principals/…".
            now_us: microseconds since 1970 UTC.

        Raises:
            InvalidField: for an effective date or a source that is none.
        """
        options = request.options
        today = _EPOCH_ORDINAL + now_us // _DAY_US
        stated = None
        if options.HasField("effective"):
            stated = checked(options.effective, "options.effective", today)
        provenance = _checked_sources(options.provenance, today)
        return cls(
            request_id=options.request_id or uuid7(now_us),
            fingerprint=fingerprint(principal, request),
            actor=principal,
            now_us=now_us,
            stated=stated,
            reason=clean(options.reason, "options.reason") if options.reason else "",
            provenance=provenance,
            import_=_checked_import(options),
            expected_version=options.expected_version,
            validate_only=options.validate_only,
            generated=not options.request_id,
        )

    def metadata(self) -> envelope_pb2.Metadata:
        """Metadata common to the events of this command; effective and place are added."""
        metadata = envelope_pb2.Metadata(
            actor=self.actor, command_id=self.request_id, reason=self.reason
        )
        if self.provenance:
            metadata.provenance.extend(self.provenance)
        if self.import_ is not None:
            getattr(metadata, "import").CopyFrom(self.import_)
        return metadata


@lru_cache(maxsize=4)
def _on(today: int) -> Effective:
    day = datetime.date.fromordinal(today)
    return Effective(day.year, day.month, day.day)


def _checked_sources(
    stated: Sequence[values_pb2.Provenance], today: int
) -> Sequence[values_pb2.Provenance]:
    """Sources as they are recorded: their texts cleaned, each with an address or a citation."""
    if not stated:
        return ()
    return [_checked_source(one, f"options.provenance[{n}]", today) for n, one in enumerate(stated)]


def _checked_source(stated: values_pb2.Provenance, path: str, today: int) -> values_pb2.Provenance:
    source = cleaned(stated, prefix=f"{path}.")
    if not (source.uri or source.citation):
        raise InvalidField(f"{path}.uri", "give the address or the citation of the source")
    if source.HasField("retrieved"):
        check_date(source.retrieved, f"{path}.retrieved")
        read = Effective(source.retrieved.year, source.retrieved.month, source.retrieved.day)
        if read.first_day > today:
            raise InvalidField(f"{path}.retrieved", "lies in the future")
    return source


def _checked_import(options: Any) -> values_pb2.Import | None:
    if not options.HasField("import"):
        return None
    import_: values_pb2.Import = getattr(options, "import")
    if len(import_.file_sha256) != _SHA256_SIZE:
        raise InvalidField("options.import.file_sha256", "must be 32 bytes")
    if import_.line < 1:
        raise InvalidField("options.import.line", "must be at least 1; the header is line 1")
    return import_


class Intent(NamedTuple):
    """A command with what it is about and how it is decided."""

    command: Command
    kind: type[Aggregate]
    stream: str | Callable[[World], str]
    """Resource name; or how it is found, where the world must be asked for it."""
    decide: Callable[[Any, World], Sequence[Decision]]
    """State of the stream, and the world, to the events to record."""
