"""What a person can do after a refusal: one sentence of advice."""

import re

from google.rpc import error_details_pb2, status_pb2

from registryctl.app import Settings
from registryctl.imports import published
from registryctl.statuses import code_name, detail, reason
from registryctl.text import printable

_FIELD = re.compile(r"\(([a-z]+(?:_[a-z]+)+)\)")
HINTS = {
    "REQUEST_ID_REUSED": "leave --request-id out, or choose another",
    "INVALID_FIELD": "`{command} --help` says what it takes",
    "NOT_FOUND": "the `list` commands show what there is",
    "ALREADY_EXISTS": "choose another id, or record further facts on it",
    "VERSION_MISMATCH": "read it again, then say the version you saw",
    "CONFLICT": "send the same command again",
    "POSITION_OUT_OF_RANGE": "pass a position that a write of this registry answered",
    "NOT_CAUGHT_UP": "ask again, or allow more with --timeout",
    "OUTCOME_UNKNOWN": "send the same command again with --request-id {request_id}",
    "STORE_UNAVAILABLE": "nothing was recorded; try again later",
    "VIEW_PARKED": "`registryctl view list` says where it stopped and why",
    "NOT_SIGNED": "whoever runs the service must look at it; see docs/audit.md",
    "FIELD_NOT_SUPPORTED": "leave that field out",
    "DRAINING": "the service is stopping; try again when it is back",
    "WATCH_ENDED": "watch again, from the last position",
    "OVERLOADED": "nothing was recorded; try again in a moment",
    "INTERNAL": "quote the correlation id to whoever runs the service",
    # Without a reason of the service: by the code.
    "UNAVAILABLE": "is it running? start it: registry serve --data DIR --address {address}",
    "DEADLINE_EXCEEDED": "allow more with --timeout; a command is safe to repeat with "
    "--request-id {request_id}",
    "UNIMPLEMENTED": "the service is older than this registryctl",
}
_OPTIONS = {
    "which-role": "role",
    "after-end": "effective",
    "before-start": "effective",
    "end-before-start": "effective",
    "virtual-has-no-city": "mode",
}
"""The option by which one follows the advice of a rule, where the command has it."""


def hint(status: status_pb2.Status, error: Exception, settings: Settings) -> str:
    """Advice on a failure: that of the rule, of the value, or else of the reason."""
    said = detail(status, error_details_pb2.ErrorInfo).metadata
    if remedy := said.get("remedy"):
        return printable(_FIELD.sub(_option, remedy) + _by_option(said["rule"], settings))
    if named := _of_a_value(status.message) or _of_what_is_missing(
        said.get("resource", ""), status
    ):
        return printable(named)
    advice = HINTS.get(reason(status)) or HINTS.get(code_name(status), "add --debug to see more")
    if code_name(status) == "NOT_FOUND":
        advice = _of_when(settings) or advice
    notes = " ".join(getattr(error, "__notes__", ()))
    return advice.format(
        address=settings.address,
        command=settings.command or "registryctl",
        request_id=notes.removeprefix("request id ") or "ID",
    )


def _of_when(settings: Settings) -> str:
    """What may hide a resource that there is: what was known, else the date."""
    if settings.known:
        hidden = "may be before it was recorded"
        return f"{settings.known} {hidden}: leave that out to ask what is known now"
    if "as_of" in settings.typed:
        return f"{HINTS['NOT_FOUND']}; dates may hide it, see --as-of"
    return ""


def _option(field: re.Match[str]) -> str:
    """A field of the request, in parentheses, as the option of the same name."""
    return f"(--{field[1].replace('_', '-')})"


def _by_option(rule: str, settings: Settings) -> str:
    typed = settings.typed.get(_OPTIONS.get(rule, ""))
    return f" ({typed})" if typed else ""


def _of_a_value(message: str) -> str:
    """Advice on an ecosystem, a region or a type of event that there is not."""
    if found := re.search("'(.*)' is no ecosystem", message):
        meant = published.closest(found[1])
        known = ", ".join(sorted(set(published.ECOSYSTEMS.values())))
        return f"did you mean {meant}?" if meant else f"an ecosystem is one of {known}"
    if found := re.search("no event is named .*; (did you mean .*)", message):
        return found[1]
    if "no event is named" in message:
        return "`registryctl events list` shows types of events, such as ClusterRenamed"
    if found := re.search("'([A-Za-z0-9]+)' is not in NUTS", message):
        return _of_a_region(found[1], message)
    return ""


def _of_what_is_missing(resource: str, status: status_pb2.Status) -> str:
    """Advice on a resource that is not there."""
    collection, _, rest = resource.partition("/")
    if collection == "regions":
        return _of_a_region(rest, status.message)
    if collection == "views":
        return "`registryctl view list` shows what there is"
    if "@" in rest:
        return f"`registryctl events list {resource.partition('@')[0]}` shows what was recorded"
    return ""


def _of_a_region(code: str, message: str) -> str:
    if "it is in no version" in message:
        return "a region is a NUTS code, such as PL82, or that of a statistical region: RS12"
    return f"`registryctl region resolve {code}` says what became of it"
