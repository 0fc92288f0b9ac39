"""What the shell offers: ids the service knows, in a moment or not at all, and known words."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import click
from click.shell_completion import CompletionItem

from registryctl.app import Settings

Items = list[CompletionItem[Any]]
DEADLINE_S = 0.5
"""All calls together, unless --timeout says another: a person pressed a key and waits."""
MOST = 200
"""Items that are offered, and resources that are asked for at once."""
_NOUNS = {
    "clusters": "Cluster",
    "organisations": "Organisation",
    "partnerships": "Partnership",
    "editions": "Edition",
}
_MOST_SEARCHED = 100
_LEVELS = 3


class _Asking:
    """Calls of the service, which are over when the deadline is."""

    def __init__(self, ctx: click.Context) -> None:
        from registryctl import wire  # noqa: PLC0415  # imports gRPC

        said = ctx.find_root().ensure_object(Settings)
        said.complete()
        self._wire, self._settings = wire, said
        self._end = time.monotonic() + (said.timeout or DEADLINE_S)

    def __call__(self, rpc: str, **fields: Any) -> Any:
        left_s = max(self._end - time.monotonic(), 0.001)
        settings = replace(self._settings, timeout=left_s, debug=False)
        return self._wire.call(settings, rpc, self._wire.request(rpc, fields))


def quietly(find: Callable[[], Items]) -> Items:
    """What is found; nothing where anything goes wrong: a shell cannot say what."""
    try:
        return find()[:MOST]
    except Exception:  # noqa: BLE001  # a half-typed line is not the place for a fault
        return []


def words(known: Any, incomplete: str) -> Items:
    """Those of some words that begin so, without case."""
    typed = incomplete.casefold()
    return [CompletionItem(word) for word in known if word.casefold().startswith(typed)]


def resources(ctx: click.Context, collections: tuple[str, ...], incomplete: str) -> Items:
    """Resources of collections; as ids where there is one collection only."""
    collection, slash, typed = incomplete.rpartition("/")
    if slash:
        fitting = [collection] if collection in collections else []
    elif len(collections) == 1:
        return _named(ctx, collections[0], incomplete, "")
    else:
        fitting = [one for one in collections if one.startswith(incomplete)]
        typed = ""
    if len(fitting) != 1:
        return [CompletionItem(f"{one}/") for one in fitting]
    return _named(ctx, fitting[0], typed, f"{fitting[0]}/")


def _named(ctx: click.Context, collection: str, typed: str, before: str) -> Items:
    if collection == "countries":
        return [CompletionItem(before + word.value) for word in words(countries(), typed)]
    if collection == "regions":
        return [CompletionItem(before + item.value, help=item.help) for item in regions(ctx, typed)]
    found = dict(_ids(_Asking(ctx), collection, typed))
    return [CompletionItem(before + one, help=name) for one, name in sorted(found.items())]


def _ids(ask: _Asking, collection: str, typed: str) -> Iterator[tuple[str, str]]:
    """Ids that begin so, with names: of the first page, and of what a search finds behind it."""
    noun = _NOUNS[collection]
    answer = ask(f"{noun}Service/List{noun}s", page_size=MOST)
    for one in getattr(answer, collection):
        resource = getattr(one, noun.lower())
        if (found := resource.partition("/")[2]).startswith(typed):
            yield found, one.name
    if typed and answer.next_page_token:
        kind = f"NAMED_KIND_{noun.upper()}"
        hits = ask("SearchService/Search", text=typed, kinds=[kind], page_size=_MOST_SEARCHED).hits
        for hit in hits:
            if (found := hit.resource.partition("/")[2]).startswith(typed):
                yield found, hit.name


def participations(ctx: click.Context, incomplete: str) -> Items:
    """Participations as EDITION/PARTICIPANT; without a slash the editions, to go on from."""
    edition, slash, _ = incomplete.partition("/")
    ask = _Asking(ctx)
    if not slash:
        return [
            CompletionItem(f"{one}/", help=name) for one, name in _ids(ask, "editions", incomplete)
        ]
    rpc = "ParticipationService/ListParticipations"
    answer = ask(rpc, edition=f"editions/{edition}", page_size=1000)
    names = (one.participation.rpartition("/")[2] for one in answer.participations)
    return words([f"{edition}/{name}" for name in names], incomplete)


def regions(ctx: click.Context, typed: str) -> Items:
    """Regions of the newest classification, a letter further than what is typed."""
    code = typed.upper()
    country = code[:2] if len(code) > 1 else ""
    level = min(len(code) - 1, _LEVELS) if country else 0
    rpc = "RegionService/ListRegions"
    found = _Asking(ctx)(rpc, parent=country, level=level, page_size=MOST).regions
    return [
        CompletionItem(region.code, help=region.name)
        for region in found
        if region.code.startswith(code)
    ]


def countries() -> list[str]:
    """Codes of countries, as ISO and as Eurostat write them."""
    from iso3166 import countries_by_alpha2  # noqa: PLC0415  # only here

    return sorted({*countries_by_alpha2, "EL", "UK", "XK"})


def event_types() -> list[str]:
    """Names of the events that can be recorded."""
    from registryctl import recorded  # noqa: PLC0415  # imports protobuf

    return sorted(recorded.types())


def views(ctx: click.Context, incomplete: str) -> Items:
    """Names of the views."""
    found = _Asking(ctx)("ViewService/ListViews").views
    return words([view.view for view in found], incomplete)
