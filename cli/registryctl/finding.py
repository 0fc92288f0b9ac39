"""`registryctl find`, and what `cluster search`, `cluster resolve` and the like share with it."""

from collections.abc import Callable, Iterator
from typing import Any

import click

from registryctl.app import Settings, Verb, note, settings
from registryctl.common import Function, Send, reading
from registryctl.params import Kind
from registryctl.words import COUNTRY, ECOSYSTEM

KIND = Kind("NAMED_KIND", "cluster organisation partnership edition")
CLUSTER, ORGANISATION = "NAMED_KIND_CLUSTER", "NAMED_KIND_ORGANISATION"
_PAGE_SIZE = 100
_SEARCH = [
    click.option(
        "--country", type=COUNTRY, help="Only those of this country (ISO 3166-1 alpha-2)."
    ),
    click.option("--ecosystem", type=ECOSYSTEM, help="Only those of this ecosystem."),
    click.option(
        "--limit",
        type=click.IntRange(min=1, max=200),
        default=20,
        show_default=True,
        help="Most hits.",
    ),
]


def searches(*kinds: str) -> Callable[[Function], Function]:
    """Give a command that searches its options; it is called with a `Send` first."""

    def decorate(function: Function) -> Function:
        def search(options: dict[str, Any], fields: dict[str, Any]) -> None:
            limit = fields.pop("limit")
            _show_hits({"options": options, "kinds": kinds or None, **fields}, limit)

        run = reading(function, search)
        for option in reversed(_SEARCH):
            run = option(run)
        return run

    return decorate


def resolves(*kinds: str) -> Callable[[Function], Function]:
    """Give a command that resolves its options; it is called with a `Send` first."""
    return lambda function: reading(
        function,
        lambda options, fields: _show_bearers(
            {"options": options, "kinds": kinds or None, **fields}
        ),
    )


@click.command(
    cls=Verb, rpc="SearchService/Search", example="find moveo --kind cluster --country FR"
)
@click.argument("text")
@click.option("--kind", "kinds", type=KIND, multiple=True, help="Only this kind; may be repeated.")
@searches()
def find(send: Send, kinds: tuple[str, ...], **fields: object) -> None:
    """Find anything by a name, former name, alias, identifier or id, however it is typed."""
    send(kinds=kinds or None, **fields)


def _show_hits(fields: dict[str, Any], limit: int) -> None:
    from registryctl import printing  # noqa: PLC0415

    rows = _hits(settings(), fields, limit)
    if settings().form != "table":
        printing.show_messages(settings(), rows)
        return
    shown = ({**_who(hit := printing.plain(row)), "matched": _said(hit["match"])} for row in rows)
    printing.show_objects(settings(), shown)


def _hits(settings: Settings, fields: dict[str, Any], limit: int) -> Iterator[Any]:
    from registryctl import wire  # noqa: PLC0415

    seen, token = 0, ""
    while True:
        size = min(limit - seen, _PAGE_SIZE)
        page = {**fields, "page_size": size, "page_token": token}
        answer = wire.call(
            settings, "SearchService/Search", wire.request("SearchService/Search", page)
        )
        yield from answer.hits
        seen, token = seen + len(answer.hits), answer.next_page_token
        if not token or seen >= limit:
            break
    if answer.too_wide:
        note("more fits this than was ranked: say more of it, or --country")


def _show_bearers(fields: dict[str, Any]) -> None:
    from registryctl import printing, wire  # noqa: PLC0415

    rpc = "SearchService/Resolve"
    answer = wire.call(settings(), rpc, wire.request(rpc, fields))
    if settings().form != "table":
        printing.show_messages(settings(), answer.bearers)
    else:
        bearers = [printing.plain(bearer) for bearer in answer.bearers]
        rows = [
            {**_who(bearer), "matched": _said(match)}
            for bearer in bearers
            for match in bearer["matches"]
        ]
        printing.show_objects(settings(), rows)
    if answer.ambiguous:
        note(f"ambiguous: {len(answer.bearers)} resources bear or bore it")


def _who(hit: dict[str, Any]) -> dict[str, Any]:
    return {name: hit[name] for name in ("resource", "name", "country", "life")}


def _said(match: dict[str, Any]) -> str:
    """What matched, in words: 'former name Mov'eo, from 2006 until 2021-01-07'."""
    from registryctl.text import short  # noqa: PLC0415

    said = f"{short(match['borne']).replace('-', ' ')} {match['scheme']}".strip()
    said += f" {match['text']}"
    for word in ("from", "until"):
        if word in match and (when := short(match[word])) != "unknown":
            said += f", {word} {when}"
    return said
