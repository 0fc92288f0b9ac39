"""Who bears or bore a name, an alias or an identifier (Resolve in search_service.proto)."""

from registry.events.v1 import cluster_pb2
from registry.v1 import search_service_pb2 as pb
from tests.interpreter import editions, lives
from tests.interpreter.dates import first_day
from tests.interpreter.names import folded
from tests.interpreter.words import IDENTIFIERS, NAMES

TEXTS = (*NAMES, *(value for _, value in IDENTIFIERS))
NAMED = ("clusters", "organisations", "partnerships", "editions")


def bearers(known, found, text, day):
    """Those who bear or bore a text, by resource name.

    Args:
        known: what is known.
        found: resources as of the day, by kind.
        text: a whole name, alias or identifier.
        day: what began after it is not considered.
    """
    answer = pb.ResolveResponse()
    for kind in NAMED:
        for each in found[kind]:
            if folded(text) in set(map(folded, called(known[each.stream], kind, day))):
                answer.bearers.add(
                    resource=each.stream,
                    name=each.message.name,
                    country=getattr(each.message, "country", ""),
                    life=getattr(each.message, "life", 0),
                )
    return seen(answer) if answer.bearers else None


def called(facts, kind, day):
    """All that a resource is and was called by a day; its first name at any time."""
    if kind == "partnerships":
        return [lives.begun(facts).event.name]
    if kind == "editions":
        return [editions.announced(facts).name]
    first, *later = lives.names(facts)
    aliases = [fact.event.alias for fact in facts.listed(day, cluster_pb2.ClusterAliasAdded)]
    values = [f.event.value for f in facts.of(*lives.ADDED) if f.day <= day]
    return [
        first.text,
        *(name.text for name in later if first_day(name.at) <= day),
        *aliases,
        *values,
    ]


def seen(answer):
    """Who bears it, without how well what of them matched, and in what order."""
    found = pb.ResolveResponse()
    for bearer in sorted(answer.bearers, key=lambda each: each.resource):
        found.bearers.add().CopyFrom(bearer)
        del found.bearers[-1].matches[:]
    found.ambiguous = len(found.bearers) > 1
    found.resolved = "" if found.ambiguous else found.bearers[0].resource
    return found
