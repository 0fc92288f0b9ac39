"""What commands have in common: decorators that add the options and do the call."""

import functools
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import click

from registryctl.app import Verb, given, note, remark, settings
from registryctl.moments import Moment
from registryctl.params import Date, Effective

# The heavy modules (gRPC, protobuf, rich) are imported where they are used, so that --help is
# instant.


class Send(Protocol):
    """Sends the command's request, made of the given fields and the common options."""

    def __call__(self, **fields: object) -> None:
        """Send, and print the answer."""


Function = Callable[..., None]


_RECORDED = "printing.show_recorded"


def writes(function: Function, *, dated: bool = True, printer: str = _RECORDED) -> Function:
    """Give a recording command its options; call it with a `Send` first.

    Args:
        function: the command.
        dated: whether what it records has an effective date.
        printer: "module.function" that prints the answer.
    """

    @functools.wraps(function)
    def run(*args: object, **arguments: Any) -> None:
        said = {name: arguments.pop(name, None) for name in _WRITE_NAMES}
        function(lambda **fields: _record(said, fields, printer), *args, **arguments)

    return _with(_WRITE_OPTIONS if dated else _WRITE_OPTIONS[1:], run)


def undated(printer: str) -> Callable[[Function], Function]:
    """`writes` for a command about the log itself, which has no effective date."""
    return functools.partial(writes, dated=False, printer=printer)


def reading(function: Function, ask: Callable[[dict[str, Any], dict[str, Any]], None]) -> Function:
    """Give a command that reads its options; call it with a `Send` first.

    Args:
        function: the command.
        ask: asks and prints, with the common options and the fields of the request.
    """

    @functools.wraps(function)
    def run(*args: object, **arguments: Any) -> None:
        options = _taken(arguments)
        function(lambda **fields: ask(options, fields), *args, **arguments)

    return _with(_READ_OPTIONS, run)


def shows(printer: str) -> Callable[[Function], Function]:
    """`reading` for an answer that is printed in a way of its own: "module.function"."""
    return lambda function: reading(function, functools.partial(_show, printer))


EXPLAIN = "SummaryService/ExplainFigure"


def summarises(function: Function) -> Function:
    """`reading` for a summary, of which each figure can be explained."""

    @functools.wraps(function)
    def run(send: Send, figure: str | None, **arguments: Any) -> None:
        asked = {} if figure is None else {"figure": figure}
        function(lambda **fields: send(**fields, **asked), **arguments)

    return _with([_EXPLAIN], reading(run, _summarise))


def reads_several(function: Function) -> Function:
    """`reading` for a command that answers one resource, or all that its argument names."""
    return reading(function, _ask_several)


def lists(function: Function) -> Function:
    """`reading` for a command that lists resources."""

    @functools.wraps(function)
    def run(send: Send, limit: int, **arguments: Any) -> None:
        function(lambda **fields: send(limit=limit, **fields), **arguments)

    return _with([_LIMIT], reading(run, _list))


def exports(function: Function, *, dated: bool = True) -> Function:
    """Give a command that reads in a way of its own its options; call it with these first."""

    @functools.wraps(function)
    def run(*args: object, **arguments: Any) -> None:
        options = _taken(arguments)
        function(options, *args, **arguments)

    return _with(_READ_OPTIONS if dated else _READ_OPTIONS[1:], run)


def recalls(function: Function) -> Function:
    """`exports` for what is of all dates: without one."""
    return exports(function, dated=False)


def _taken(arguments: dict[str, Any]) -> dict[str, Any]:
    """Take the options of a read out of the arguments of its command."""
    names = ("as_of", "min_position", "known_at", "known_position")
    taken = {name: arguments.pop(name, None) for name in names}
    if taken["known_at"] and taken["known_position"]:
        raise click.UsageError("say --known-at or --known-position, not both")
    given().known = "--known-at" if taken["known_at"] else ""
    if taken["known_position"]:
        given().known = "--known-position"
    return _set(taken)


def selects(function: Function) -> Function:
    """`lists` for resources that are selected and sorted by their fields."""

    @functools.wraps(function)
    def run(send: Send, filter: str | None, order_by: str | None, **arguments: Any) -> None:  # noqa: A002 - the name of the field
        asked = {"filter": filter, "order_by": order_by}
        function(lambda **fields: send(**asked, **fields), **arguments)

    return _with(_SELECT_OPTIONS, lists(run))


NUTS_VERSIONS = ("2006", "2010", "2013", "2016", "2021", "2024")
COUNTED_BY = click.option(
    "--nuts",
    "--by",
    "by_version",
    type=click.Choice(NUTS_VERSIONS),
    default="2024",
    show_default=True,
    help="Version of NUTS whose regions are counted.",
)
"""Of summaries that are of no region."""

FINAL = "this cannot be undone"
RETRACTABLE = "this can be taken back only by `events retract`"


def destroys(
    argument: str, consequence: str = FINAL, *, shown: str = ""
) -> Callable[[Function], Function]:
    """Ask a person to type the argument's value first; `--yes` skips it.

    Without a terminal and without --yes it is a usage error, never a hang.

    Args:
        argument: whose value is to be typed.
        consequence: what the question says.
        shown: "module.function" that shows what would go, given all arguments.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def run(*args: object, yes: bool, **arguments: Any) -> None:
            if not yes and not arguments.get("dry_run"):
                _require_terminal(consequence)
                if shown:
                    _function(shown)(arguments)
                _confirm(str(arguments[argument]), consequence)
            function(*args, **arguments)

        option = click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
        return option(run)

    return decorate


def _require_terminal(consequence: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(f"{consequence}: say --yes where no terminal can ask")


def _confirm(name: str, consequence: str) -> None:
    question = f"{consequence[0].upper()}{consequence[1:]}. Type {name} to go on"
    typed = click.prompt(question, err=True, default="")
    if typed != name:
        raise click.UsageError("not what was asked for: nothing was done")


def registers(function: Function) -> Function:
    """`writes` for a registration, which warns of what is called nearly the same."""

    @functools.wraps(function)
    def run(send: Send, **arguments: Any) -> None:
        function(lambda **fields: send(warn_of_similar=True, **fields), **arguments)

    return writes(run)


def _record(said: dict[str, Any], fields: dict[str, Any], printer: str) -> None:
    from registry_client import new_request_id  # noqa: PLC0415
    from registryctl import wire  # noqa: PLC0415

    options = {
        "request_id": said["request_id"] or new_request_id(),
        "effective": said["effective"],
        "reason": said["reason"],
        "expected_version": said["expected_version"],
        "validate_only": said["dry_run"],
        "provenance": [_source(text) for text in said["source"]],
        "warn_of_similar": fields.pop("warn_of_similar", None),
        "receipt": bool(said["receipt"]) or None,
    }
    options = {name: value for name, value in options.items() if value is not None}
    rpc = _rpc()
    try:
        answer = wire.call(settings(), rpc, wire.request(rpc, {"options": options, **fields}))
    except Exception as error:
        error.add_note(f"request id {options['request_id']}")
        raise
    _function(printer)(settings(), answer)
    for warning in getattr(answer, "warnings", ()):
        note(f"warning: {warning.message}")
    recorded = answer.recorded
    if said["dry_run"]:
        remark("dry run: nothing was recorded")
    elif recorded.repeated_request:
        remark("this request was answered before: nothing was recorded now")
    elif not recorded.events:
        remark("already recorded: nothing is new")
    if said["receipt"] and not said["dry_run"]:
        _keep_receipts(said["receipt"], recorded)


def _keep_receipts(path: Path, recorded: Any) -> None:
    """Write the receipts of a command: that of its first event, of others with their position."""
    for number, receipt in enumerate(recorded.receipts):
        name = path if not number else path.with_name(f"{path.name}.{receipt.position}")
        name.write_text(receipt.proof, encoding="utf-8")
    if not recorded.events:
        remark("no receipt: nothing was recorded")
    elif not recorded.receipts:
        remark("no receipt: it is not signed yet; `registryctl audit prove` has it later")


def _ask(options: dict[str, Any], fields: dict[str, Any]) -> None:
    from registryctl import printing, wire  # noqa: PLC0415

    rpc = _rpc()
    answer = wire.call(settings(), rpc, wire.request(rpc, {"options": options, **fields}))
    printing.show_one(settings(), answer)


def _show(printer: str, options: dict[str, Any], fields: dict[str, Any]) -> None:
    from registryctl import wire  # noqa: PLC0415

    rpc = _rpc()
    answer = wire.call(settings(), rpc, wire.request(rpc, {"options": options, **fields}))
    _function(printer)(settings(), answer)


def _function(path: str) -> Any:
    """Function by "module.function"."""
    module, _, name = path.partition(".")
    return getattr(import_module(f"registryctl.{module}"), name)


def _ask_several(options: dict[str, Any], fields: dict[str, Any]) -> None:
    from registryctl import printing, wire  # noqa: PLC0415

    ((field, names),) = fields.items()
    if len(names) == 1:
        _ask(options, {field: names[0]})
        return
    command = click.get_current_context().command
    assert isinstance(command, Verb)  # noqa: S101  # only verbs call
    rows = wire.batches(settings(), command.rpc_of_many, {"options": options}, names)
    printing.show_messages(settings(), rows)


def _list(options: dict[str, Any], fields: dict[str, Any]) -> None:
    from registryctl import printing, wire  # noqa: PLC0415

    limit = fields.pop("limit")
    rows = wire.pages(settings(), _rpc(), {"options": options, **fields}, limit)
    printing.show_messages(settings(), rows)


def _summarise(options: dict[str, Any], fields: dict[str, Any]) -> None:
    from registryctl import evidence, printing, wire  # noqa: PLC0415

    if "figure" not in fields:
        _show("printing.show_figures", options, fields)
        return
    found = wire.pages(settings(), EXPLAIN, {"options": options, **fields}, 0)
    if settings().form in {"table", "csv"}:
        printing.show_objects(settings(), evidence.rows(found), columns=evidence.COLUMNS)
    else:
        printing.show_messages(settings(), found)


def _rpc() -> str:
    command = click.get_current_context().command
    assert isinstance(command, Verb)  # noqa: S101  # only verbs call
    return command.rpc


def _set(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _source(text: str) -> dict[str, str]:
    is_address = text.startswith(("https://", "http://"))
    return {"uri" if is_address else "citation": text}


def _with(options: list[Any], function: Function) -> Function:
    for option in reversed(options):
        function = option(function)
    return function


_WRITE_NAMES = (
    *("effective", "reason", "request_id", "expected_version", "dry_run", "source", "receipt"),
)
_WRITE_OPTIONS = [
    click.option(
        "--effective",
        type=Effective(),
        metavar="DATE",
        help='When it is true: DATE, unknown, or "no-later-than DATE" (today).',
    ),
    click.option("--reason", help="Why it is recorded."),
    click.option(
        "--source", multiple=True, help="Address or citation of a source; may be repeated."
    ),
    click.option("--request-id", help="Makes it safe to send again (a new UUIDv7)."),
    click.option(
        "--expected-version", type=int, help="Refuse unless the resource is at this version."
    ),
    click.option("--dry-run", is_flag=True, help="Show what would be recorded; record nothing."),
    click.option(
        "--receipt",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Keep the receipt in this file: the proof that it is in the signed log, for"
        " `audit verify`.",
    ),
]
_READ_OPTIONS = [
    click.option(
        "--as-of",
        type=Date(),
        metavar="DATE",
        help="The date the answer is for, also as yesterday (today).",
    ),
    click.option(
        "--min-position",
        type=click.IntRange(min=0),
        default=0,
        help="Wait until everything up to this position is seen.",
    ),
    click.option(
        "--known-at",
        type=Moment(through=True),
        metavar="TIME",
        help="As it was known then: a time, or the end of a day, month or year (now).",
    ),
    click.option(
        "--known-position",
        type=click.IntRange(min=1),
        help="As it was known at this position in the log.",
    ),
]
_SELECT_OPTIONS = [
    click.option(
        "--filter",
        metavar="FILTER",
        help='Which of them: comparisons such as "country = PL", with AND, OR, NOT, parentheses.',
    ),
    click.option(
        "--order-by", metavar="FIELDS", help='What they are sorted by, as in "country, name desc".'
    ),
]
_EXPLAIN = click.option(
    "--explain",
    "figure",
    metavar="FIGURE",
    help='Show what a figure counts and the events behind it: "participants.returning".',
)
_LIMIT = click.option(
    "--limit", type=click.IntRange(min=0), default=0, help="Most resources to list (all)."
)
