"""Who is found by a text, and who before whom (docs/finding.md, search_service.proto)."""

import itertools
import re
from typing import Any

from registry.reference import countries
from registry.v1 import search_service_pb2 as pb
from tests.interpreter.names import folded
from tests.interpreter.naming import NAMED, called
from tests.interpreter.resolving import TEXTS, shown

TYPED = (*TEXTS, *map(folded, TEXTS), *map(str.upper, TEXTS), "alf", "lodz alf", "a", "PA", "7 one")
"""Whole, as somebody types them; and some that begin what something is called."""
KINDS = {
    "clusters": pb.NAMED_KIND_CLUSTER,
    "organisations": pb.NAMED_KIND_ORGANISATION,
    "partnerships": pb.NAMED_KIND_PARTNERSHIP,
    "editions": pb.NAMED_KIND_EDITION,
}
FILTERS: tuple[dict[str, Any], ...] = (
    *({}, {}, {}, {"country": "PL"}, {"country": "EL"}, {"ecosystem": "digital"}),
    *({"kinds": ["NAMED_KIND_CLUSTER"]}, {"kinds": ["NAMED_KIND_EDITION", "NAMED_KIND_CLUSTER"]}),
)
BEFORE = {
    pb.BORNE_UNSPECIFIED: 0,
    pb.BORNE_NAME: 0,
    pb.BORNE_ALIAS: 1,
    pb.BORNE_IDENTIFIER: 1,
    pb.BORNE_ID: 2,
    pb.BORNE_FORMER_NAME: 3,
}
"""Of those that match alike, which goes before the other."""


def hits(known, found, day, text, only):
    """Those who are called so, the best first; among equals by resource name.

    Args:
        known: what is known.
        found: resources as of the day, by kind.
        day: what began after it is not searched.
        text: what is looked for.
        only: fields of the request that leave some out.
    """
    answer = [
        pb.SearchHit(match=match, **shown(each))
        for kind in NAMED
        for each in found[kind]
        if selected(kind, each.message, **only)
        if (match := best(text, called(known[each.stream], kind, day)))
    ]
    answer.sort(key=lambda hit: place(hit.match))
    return seen(pb.SearchResponse(hits=answer)).hits


def best(text, names):
    """The best match of what a resource is called; None where there is none."""
    matches = [pb.Match(grade=grade(text, each), borne=each.borne) for each in names]
    found = [match for match in matches if match.grade]
    if not found and begun(text, [each.text for each in names if each.borne != pb.BORNE_ID]):
        found = [pb.Match(grade=pb.MATCH_GRADE_WORDS)]
    return min(found, key=place, default=None)


def grade(text, called):
    """How a text is the whole or the beginning of what somebody is called; 0 where it is not."""
    looked_for, there = words(text), words(called.text)
    if "".join(looked_for) == "".join(there):
        return pb.MATCH_GRADE_EXACT
    begins = " ".join(there).startswith(" ".join(looked_for))
    return pb.MATCH_GRADE_PREFIX if begins else pb.MATCH_GRADE_UNSPECIFIED


def begun(text, names):
    """Whether each word of a text begins one of those that somebody is called."""
    there = [word for name in names for word in words(name)]
    return all(any(word.startswith(each) for word in there) for each in words(text))


def words(text):
    """Words of a text, as they are compared."""
    return re.findall(r"\w+", folded(text))


def place(match):
    """Sorts matches, the best first."""
    return match.grade, BEFORE[match.borne]


def selected(kind, message, kinds=(), country="", ecosystem=""):
    """Whether a resource is one of those that a request asks for."""
    tags = [each.ecosystem for each in getattr(message, "ecosystems", ())]
    return (
        (not kinds or pb.NamedKind.Name(KINDS[kind]) in kinds)
        and (not country or getattr(message, "country", "") == countries.iso(country))
        and (not ecosystem or ecosystem in tags)
    )


def seen(answer):
    """An answer as it is compared: equals by resource name, and slips only where none may be.

    What comes before what it may not come before stays there.
    """
    grades = {hit.match.grade for hit in answer.hits}
    slips = {pb.MATCH_GRADE_FUZZY} if pb.MATCH_GRADE_EXACT not in grades else set()
    left = [compared(hit) for hit in answer.hits if hit.match.grade not in slips]
    runs = [list(run) for _, run in itertools.groupby(left, key=lambda hit: place(hit.match))]
    del answer.hits[:]
    for run in runs:
        answer.hits.extend(sorted(run, key=lambda hit: hit.resource))
    return answer


def compared(hit):
    """A hit as it is compared: of an alias and an identifier that are the same, either is shown.

    So is any of the texts that have the words.
    """
    found = pb.SearchHit(match=pb.Match(grade=hit.match.grade))
    for field in ("resource", "name", "country", "life"):
        setattr(found, field, getattr(hit, field))
    if hit.match.grade < pb.MATCH_GRADE_WORDS:
        alias = hit.match.borne == pb.BORNE_IDENTIFIER
        found.match.borne = pb.BORNE_ALIAS if alias else hit.match.borne
    return found
