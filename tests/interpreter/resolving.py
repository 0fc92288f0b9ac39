"""Who bears or bore a name, an alias, an identifier or an id (Resolve in search_service.proto)."""

from registry.v1 import search_service_pb2 as pb
from tests.interpreter.names import folded
from tests.interpreter.naming import NAMED, called
from tests.interpreter.words import (
    CLUSTERS,
    EDITIONS,
    IDENTIFIERS,
    NAMES,
    ORGANISATIONS,
    PARTNERSHIPS,
    ident,
)

IDS = (CLUSTERS[0], ORGANISATIONS[0], PARTNERSHIPS[0], EDITIONS[0])
TEXTS = (*NAMES, *(value for _, value in IDENTIFIERS), *map(ident, IDS))


def bearers(known, found, text, day):
    """Those who bear or bore a text, by resource name.

    Args:
        known: what is known.
        found: resources as of the day, by kind.
        text: a whole name, alias, identifier or id.
        day: what began after it is not considered.
    """
    answer = pb.ResolveResponse()
    for kind in NAMED:
        for each in found[kind]:
            names = called(known[each.stream], kind, day)
            if folded(text) in {folded(name.text) for name in names}:
                answer.bearers.add(**shown(each))
    return seen(answer) if answer.bearers else None


def shown(found):
    """What an answer shows of a resource that is called so."""
    return {
        "resource": found.stream,
        "name": found.message.name,
        "country": getattr(found.message, "country", ""),
        "life": getattr(found.message, "life", 0),
    }


def seen(answer):
    """Who bears it, without how well what of them matched, and in what order."""
    found = pb.ResolveResponse()
    for bearer in sorted(answer.bearers, key=lambda each: each.resource):
        found.bearers.add().CopyFrom(bearer)
        del found.bearers[-1].matches[:]
    found.ambiguous = len(found.bearers) > 1
    found.resolved = "" if found.ambiguous else found.bearers[0].resource
    return found
