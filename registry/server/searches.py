"""SearchService: resources by what they are and were called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from registry.domain import places
from registry.domain.effective import AT, NO_LATER_THAN, UNKNOWN, Effective
from registry.domain.life import Life
from registry.errors import InvalidField, NotFound
from registry.projections import KINDS, Asked, Key
from registry.reference import ecosystems
from registry.server.paging import ended_with
from registry.server.rpc import Servicer, query
from registry.v1 import options_pb2
from registry.v1 import search_service_pb2 as pb

if TYPE_CHECKING:
    from registry.projections import Hit, Listed, Match
    from registry.server.reading import Reading

DEFAULT_HITS = 20
_NO_LATER_THAN = "no later than "


class Searches(Servicer):
    """Answers who is meant."""

    SERVICE = pb.DESCRIPTOR.services_by_name["SearchService"]

    @query
    def search(self, request: pb.SearchRequest, reading: Reading) -> pb.SearchResponse:
        """Answer who matches a text, the best first."""
        day, position, after = self.backend.begins(request, reading)
        asked = Asked(
            *(request.text, day, _kinds(request), places.country(request.country, "country")),
            _ecosystem(request.ecosystem),
            position=position,
        )
        size = request.page_size or DEFAULT_HITS
        key = Key(*ended_with(after, float, str, str)) if after else None
        found = self.backend.views.search(asked, size, key)
        last = tuple(found.hits[-1].key) if found.more else ()
        answer = pb.SearchResponse(
            too_wide=found.narrow,
            **self.backend.told(request, day, found.read_position, last),
        )
        for hit in found.hits:
            into = answer.hits.add(score=hit.matches[0].score)
            _fill(into, hit.listed, day)
            _fill_match(into.match, hit.matches[0])
        return answer

    @query
    def resolve(self, request: pb.ResolveRequest, reading: Reading) -> pb.ResolveResponse:
        """Answer who bears or bore a name, alias, identifier or id."""
        known = self.backend.known_to_views(reading)
        text = self.backend.resolved(request.text.strip(), known)
        asked = Asked(text, reading.day, _kinds(request), position=known)
        found = self.backend.views.resolve(asked)
        if not found.hits:
            raise NotFound(request.text, f"nothing is or was called {request.text!r}")
        answer = pb.ResolveResponse(read_position=found.read_position)
        for hit in found.hits:
            _fill_bearer(answer.bearers.add(), hit, reading.day)
        answer.ambiguous = len(found.hits) > 1
        answer.resolved = "" if answer.ambiguous else found.hits[0].listed.stream
        return answer


def _kinds(request: pb.SearchRequest | pb.ResolveRequest) -> tuple[str, ...]:
    """Kinds of a request, whose numbers are those of their places from 1 on."""
    return tuple(KINDS[kind - 1] for kind in sorted(set(request.kinds))) or KINDS


def _ecosystem(slug: str) -> str:
    try:
        return ecosystems.ecosystem(slug).slug if slug else ""
    except ecosystems.UnknownEcosystem as error:
        raise InvalidField("ecosystem", str(error)) from None


def _fill_bearer(into: pb.Bearer, hit: Hit, day: int) -> None:
    _fill(into, hit.listed, day)
    for match in hit.matches:
        _fill_match(into.matches.add(), match)


def _fill(into: Any, listed: Listed, day: int) -> None:
    into.resource, into.name, into.country = listed.stream, listed.name, listed.country
    if listed.kind != "editions":
        into.life = _life(listed, day)


def _life(listed: Listed, day: int) -> options_pb2.LifeState.ValueType:
    life = Life.LIVE
    if day < listed.starts:
        life = Life.NOT_YET
    elif day > listed.ends:
        life = Life.ENDED
    return cast("options_pb2.LifeState.ValueType", int(life))


def _fill_match(into: pb.Match, match: Match) -> None:
    into.grade = cast("pb.MatchGrade.ValueType", int(match.grade))
    into.borne = cast("pb.Borne.ValueType", int(match.borne))
    into.text, into.scheme = match.text, match.scheme
    for field, text in (("from", match.since), ("until", match.until)):
        if text:
            getattr(into, field).CopyFrom(_effective(text).to_proto())


def _effective(text: str) -> Effective:
    """Read an effective date as it is written in the views."""
    if text == str(UNKNOWN):
        return UNKNOWN
    date = text.removeprefix(_NO_LATER_THAN)
    return Effective.on(date, AT if date == text else NO_LATER_THAN)
