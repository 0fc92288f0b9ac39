"""What went wrong, why, and what to do: one sentence, one hint, one exit code."""

import json
import traceback
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.rpc import error_details_pb2, status_pb2

from registry_client import CallFailed
from registryctl import hints
from registryctl.app import FAILED, USAGE, Settings, note
from registryctl.statuses import code_name, detail, reason
from registryctl.text import printable

NOT_FOUND, NOT_ALLOWED, CONFLICT, REFUSED, UNREACHABLE = 3, 4, 5, 6, 7
_EXIT_CODES = {
    "INVALID_ARGUMENT": USAGE,
    "OUT_OF_RANGE": USAGE,
    "NOT_FOUND": NOT_FOUND,
    "UNAUTHENTICATED": NOT_ALLOWED,
    "PERMISSION_DENIED": NOT_ALLOWED,
    "ABORTED": CONFLICT,
    "ALREADY_EXISTS": CONFLICT,
    "FAILED_PRECONDITION": REFUSED,
    "UNAVAILABLE": UNREACHABLE,
    "DEADLINE_EXCEEDED": UNREACHABLE,
    "RESOURCE_EXHAUSTED": UNREACHABLE,
}


def show(error: Exception, settings: Settings) -> int:
    """Explain a failure on stderr and answer the exit code."""
    if settings.debug:
        note("".join(traceback.format_exception(error)).rstrip())
    status = status_of(error)
    if status is None:
        note(f"registryctl: {type(error).__name__}: {printable(str(error))}")
        note("hint: add --debug to see where")
        return FAILED
    if settings.output == "json":
        note(json.dumps(status_object(status), ensure_ascii=False, indent=2))
    else:
        hint = hints.hint(status, error, settings)
        note(f"registryctl: {_sentence(status, hint, settings)}")
        note(f"hint: {hint}")
    return _EXIT_CODES.get(code_name(status), FAILED)


def status_of(error: Exception) -> status_pb2.Status | None:
    """The google.rpc.Status of a failed call; None for an error of another sort."""
    return error.status if isinstance(error, CallFailed) else None


def status_object(status: status_pb2.Status) -> dict[str, Any]:
    """Status as proto JSON; details of unknown types are left out."""
    plain = status_pb2.Status(code=status.code, message=status.message)
    known = error_details_pb2.DESCRIPTOR.message_types_by_name
    plain.details.extend(d for d in status.details if d.TypeName().rpartition(".")[2] in known)
    return MessageToDict(plain)


def _sentence(status: status_pb2.Status, hint: str, settings: Settings) -> str:
    """What went wrong, without the advice that is said as the hint."""
    what = code_name(status).lower().replace("_", " ")
    said = detail(status, error_details_pb2.ErrorInfo).metadata
    if rule := said.get("rule"):
        what = f"refused by the rule {rule}"
    message = status.message.removesuffix(f"; {said.get('remedy')}").removesuffix(f"; {hint}")
    if reason(status) == "INVALID_FIELD":
        message = _as_typed(message, said.get("field", ""), settings)
    return printable(f"{what}: {message}")


def _as_typed(message: str, path: str, settings: Settings) -> str:
    """A message about a field of the request, about what a person typed for it."""
    names = [part.partition("[")[0] for part in path.split(".")]
    typed = next((settings.typed[name] for name in reversed(names) if name in settings.typed), "")
    return f"{typed}: {message.removeprefix(f'{path}: ')}" if typed else message
