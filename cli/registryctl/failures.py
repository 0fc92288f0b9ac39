"""What went wrong, why, and what to do: one sentence, one hint, one exit code."""

import json
import re
import traceback
from typing import Any, TypeVar

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from registry_client import CallFailed
from registryctl.app import FAILED, USAGE, Settings, note
from registryctl.imports import published
from registryctl.text import printable

M = TypeVar("M", bound=Message)

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
_FIELD = re.compile(r"\(([a-z]+(?:_[a-z]+)+)\)")
_HINTS = {
    "REQUEST_ID_REUSED": "leave --request-id out, or choose another",
    "INVALID_FIELD": "the command's --help says what each option takes",
    "NOT_FOUND": "the `list` commands show what there is; dates may hide it, see --as-of",
    "ALREADY_EXISTS": "choose another id, or record further facts on it",
    "VERSION_MISMATCH": "read it again, then say the version you saw",
    "CONFLICT": "send the same command again",
    "POSITION_OUT_OF_RANGE": "pass a position that a write of this registry answered",
    "NOT_CAUGHT_UP": "ask again, or allow more with --timeout",
    "OUTCOME_UNKNOWN": "send the same command again with --request-id {request_id}",
    "STORE_UNAVAILABLE": "nothing was recorded; try again later",
    "VIEW_PARKED": "`registryctl view list` says where it stopped and why",
    "FIELD_NOT_SUPPORTED": "leave that field out",
    "DRAINING": "the service is stopping; try again when it is back",
    "OVERLOADED": "nothing was recorded; try again in a moment",
    "INTERNAL": "quote the correlation id to whoever runs the service",
    # Without a reason of the service: by the code.
    "UNAVAILABLE": "is it running? start it: registry serve --data DIR --address {address}",
    "DEADLINE_EXCEEDED": "allow more with --timeout; a command is safe to repeat with "
    "--request-id {request_id}",
    "UNIMPLEMENTED": "the service is older than this registryctl",
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
        hint = _hint(status, error, settings)
        note(f"registryctl: {_sentence(status, hint)}")
        note(f"hint: {hint}")
    return _EXIT_CODES.get(code_name(status), FAILED)


def status_of(error: Exception) -> status_pb2.Status | None:
    """The google.rpc.Status of a failed call; None for an error of another sort."""
    return error.status if isinstance(error, CallFailed) else None


def code_name(status: status_pb2.Status) -> str:
    """Name of the status code, e.g. "NOT_FOUND"."""
    return str(code_pb2.Code.Name(status.code))


def detail(status: status_pb2.Status, kind: type[M]) -> M:
    """Detail of a kind; an empty one where the status has none."""
    message = kind()
    for packed in status.details:
        if packed.Unpack(message):
            break
    return message


def reason(status: status_pb2.Status) -> str:
    """Reason the service gives, else the name of the code."""
    return detail(status, error_details_pb2.ErrorInfo).reason or code_name(status)


def status_object(status: status_pb2.Status) -> dict[str, Any]:
    """Status as proto JSON; details of unknown types are left out."""
    plain = status_pb2.Status(code=status.code, message=status.message)
    known = error_details_pb2.DESCRIPTOR.message_types_by_name
    plain.details.extend(d for d in status.details if d.TypeName().rpartition(".")[2] in known)
    return MessageToDict(plain)


def _sentence(status: status_pb2.Status, hint: str) -> str:
    """What went wrong, without the advice that is said as the hint."""
    what = code_name(status).lower().replace("_", " ")
    said = detail(status, error_details_pb2.ErrorInfo).metadata
    if rule := said.get("rule"):
        what = f"refused by the rule {rule}"
    message = status.message.removesuffix(_remedy(status)).removesuffix(f"; {hint}")
    return printable(f"{what}: {message}")


def _remedy(status: status_pb2.Status) -> str:
    remedy = detail(status, error_details_pb2.ErrorInfo).metadata.get("remedy", "")
    return f"; {remedy}" if remedy else ""


def _hint_for_a_code(status: status_pb2.Status) -> str:
    """Advice on an ecosystem that does not exist, or a region that is not in this version."""
    if found := re.search("'(.*)' is no ecosystem", status.message):
        meant = published.closest(found[1])
        known = ", ".join(sorted(set(published.ECOSYSTEMS.values())))
        return f"did you mean {meant}?" if meant else f"an ecosystem is one of {known}"
    missing = detail(status, error_details_pb2.ErrorInfo).metadata.get("resource", "")
    if missing.startswith("regions/"):
        if "it is in no version" not in status.message:
            code = missing.removeprefix("regions/")
            return f"`registryctl region resolve {code}` says what became of it"
        return "a region is a NUTS code, such as PL82, or that of a statistical region: RS12"
    return ""


def _option(field: re.Match[str]) -> str:
    """A field of the request, in parentheses, as the option of the same name."""
    return f"(--{field[1].replace('_', '-')})"


def _hint(status: status_pb2.Status, error: Exception, settings: Settings) -> str:
    if remedy := _remedy(status):
        return printable(_FIELD.sub(_option, remedy.removeprefix("; ")))
    if named := _hint_for_a_code(status):
        return printable(named)
    hint = _HINTS.get(reason(status)) or _HINTS.get(code_name(status), "add --debug to see more")
    notes = " ".join(getattr(error, "__notes__", ()))
    return hint.format(
        address=settings.address,
        request_id=notes.removeprefix("request id ") or "ID",
    )
