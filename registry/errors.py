"""Why the registry does not do what it was asked: one class per reason.

RegistryError
├── InvalidField            a field is missing, malformed or out of range
├── RequestIdReused         the request id was used for another request
├── NotFound                no such resource or event
├── AlreadyExists           a live resource has this id
├── RuleRefused             a rule of the domain refuses
├── VersionMismatch         expected_version is not the stream's version
├── Conflict                others kept changing what the command rests on
├── PositionOutOfRange      a position beyond the end of the log
├── NotCaughtUp             a view did not reach min_position in time
├── OutcomeUnknown          nobody knows whether the command was recorded
├── StoreUnavailable        the store cannot be read or written now
├── ViewParked              the view that answers this is stopped
├── NotSigned               no ledger is kept, or it signs nothing more
├── FieldNotSupported       a field that this version does not honour yet
├── Draining                the service is stopping
├── WatchEnded              a watch has lasted as long as one may
└── Overloaded              more commands wait than the service accepts
StoreFault(Exception)       the store is damaged or not what it should be: stop and say so

The `reason` of each is a value of registry.v1.ErrorReason (errors.proto) without its
prefix, `code` the name of its gRPC status code; a contract test keeps them equal.
"""

from __future__ import annotations

from typing import ClassVar


class RegistryError(Exception):
    """A request that is not carried out; nothing was recorded unless the class says otherwise."""

    reason: ClassVar[str] = "INTERNAL"
    code: ClassVar[str] = "INTERNAL"
    retry_delay_s: ClassVar[float | None] = None

    def __init__(self, message: str, **metadata: str) -> None:
        """Take a lower-case sentence that helps the caller, and facts by name."""
        super().__init__(message)
        self.message = message
        self.metadata = metadata


class InvalidField(RegistryError):
    """A field of the request is missing, malformed or out of range."""

    reason, code = "INVALID_FIELD", "INVALID_ARGUMENT"

    def __init__(self, field: str, message: str, *more: tuple[str, str]) -> None:
        """Name the field by its path in the request ("options.effective.date")."""
        self.violations: tuple[tuple[str, str], ...] = ((field, message), *more)
        super().__init__(f"{field}: {message}", field=field)


class RequestIdReused(RegistryError):
    """The request id was used for another request."""

    reason, code = "REQUEST_ID_REUSED", "INVALID_ARGUMENT"


class NotFound(RegistryError):
    """No such resource or event."""

    reason, code = "NOT_FOUND", "NOT_FOUND"

    def __init__(self, resource: str, message: str = "", *, others: tuple[str, ...] = ()) -> None:
        """Name the missing resource, and others that are missing too."""
        self.resource, self.others = resource, others
        said = message or f"{resource} is not in the registry"
        if others:
            said = f"{', '.join((resource, *others))} are not in the registry"
        super().__init__(said, resource=resource)


class AlreadyExists(RegistryError):
    """A live resource has this id."""

    reason, code = "ALREADY_EXISTS", "ALREADY_EXISTS"

    def __init__(self, resource: str) -> None:
        """Name the resource that is there."""
        self.resource = resource
        super().__init__(
            f"{resource} is registered already; choose another id, or record further facts on it",
            resource=resource,
        )


class RuleRefused(RegistryError):
    """A rule of the domain refuses; the message names the facts and what to do."""

    reason, code = "RULE", "FAILED_PRECONDITION"

    def __init__(
        self, rule: str, subject: str, message: str, remedy: str, events: tuple[str, ...] = ()
    ) -> None:
        """Name the rule ("one-coordinator"), the resource, the contradicting facts, the remedy.

        `events` are those of the facts, "stream@version", as far as they are recorded.
        """
        self.rule, self.subject, self.remedy = rule, subject, remedy
        self.contradiction, self.events = message, events
        super().__init__(f"{message}; {remedy}", rule=rule, subject=subject, remedy=remedy)


class VersionMismatch(RegistryError):
    """The stream is not at the version the caller expects."""

    reason, code = "VERSION_MISMATCH", "ABORTED"


class Conflict(RegistryError):
    """Others kept changing what the command rests on; it may be sent again."""

    reason, code, retry_delay_s = "CONFLICT", "ABORTED", 0.05


class PositionOutOfRange(RegistryError):
    """A position beyond the end of the log."""

    reason, code = "POSITION_OUT_OF_RANGE", "OUT_OF_RANGE"


class NotCaughtUp(RegistryError):
    """A view, or the ledger, did not reach a position before the deadline."""

    reason, code = "NOT_CAUGHT_UP", "DEADLINE_EXCEEDED"


class OutcomeUnknown(RegistryError):
    """Nobody knows whether the command was recorded; the same request id finds out."""

    reason, code, retry_delay_s = "OUTCOME_UNKNOWN", "UNAVAILABLE", 1.0

    def __init__(self, request_id: str = "") -> None:
        """Tell the caller what to send again, also where the id was made here."""
        known = {"request_id": request_id} if request_id else {}
        super().__init__("outcome unknown, send the same request_id again", **known)


class StoreUnavailable(RegistryError):
    """The store cannot be read or written now; nothing was recorded."""

    reason, code, retry_delay_s = "STORE_UNAVAILABLE", "UNAVAILABLE", 1.0


class ViewParked(RegistryError):
    """The view that answers this is stopped by a fault."""

    reason, code = "VIEW_PARKED", "UNAVAILABLE"


class NotSigned(RegistryError):
    """No ledger is kept, or it signs nothing more; the message says why."""

    reason, code = "NOT_SIGNED", "FAILED_PRECONDITION"


class FieldNotSupported(RegistryError):
    """A field that this version does not honour yet."""

    reason, code = "FIELD_NOT_SUPPORTED", "UNIMPLEMENTED"

    def __init__(self, field: str) -> None:
        """Name the field by its path in the request."""
        super().__init__(f"{field} is not supported yet; leave it out", field=field)


class Draining(RegistryError):
    """The service is stopping; nothing was recorded."""

    reason, code, retry_delay_s = "DRAINING", "UNAVAILABLE", 1.0


class WatchEnded(RegistryError):
    """A watch has lasted as long as one may; it is to be resumed at once."""

    reason, code, retry_delay_s = "WATCH_ENDED", "UNAVAILABLE", 0.0


class Overloaded(RegistryError):
    """More commands wait than the service accepts; nothing was recorded."""

    reason, code, retry_delay_s = "OVERLOADED", "RESOURCE_EXHAUSTED", 0.2


class StoreFault(Exception):
    """The store is damaged, foreign or locked; the service stops and says so."""
