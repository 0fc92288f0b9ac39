"""Questions about a day as known at a position, with the answers that the facts give."""

import datetime
from collections.abc import Callable
from functools import cached_property, partial
from itertools import permutations
from typing import Any, NamedTuple

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from registry.reference import nuts
from tests.interpreter import memberships
from tests.interpreter.comparing import comparison
from tests.interpreter.names import folded
from tests.interpreter.resolving import TEXTS, bearers, seen
from tests.interpreter.resources import resource
from tests.interpreter.summaries import Summing
from tests.interpreter.words import CLUSTERS, ORGANISATIONS, PARTNERSHIPS, SLUGS
from tests.server.client import RPCS

KINDS = ("organisations", "clusters", "partnerships", "editions", "participations")
PARTIES = (*CLUSTERS, *ORGANISATIONS, *PARTNERSHIPS)
REGIONS = (
    *((code, 2024, 0) for code in ("PL", "PL8", "PL82", "PL823", "UK", "EL")),
    *(("PL91", 2024, 2013), ("PL12", 2013, 2024), ("PL32", 2013, 0), ("UKD", 2021, 2024)),
)
"""Code, version, and the version that is counted in."""
ORDERS = {
    "": lambda _: (),
    "name": lambda found: folded(found.message.name),
    "name desc": lambda found: folded(found.message.name),
}
"""What a list is sorted by before the resource name."""


class Question(NamedTuple):
    """A read, and what it has to answer."""

    rpc: str
    fields: dict[str, Any]
    expected: Message | None
    """None where nothing is found."""
    seen: Callable[[Message], Message] = lambda answer: answer
    """What of an answer is compared."""


class Found(NamedTuple):
    """A resource as of the day."""

    stream: str
    message: Message


class Asking:
    """Asks about one day, as known at one position."""

    def __init__(self, known, day):
        self.known = known
        self.day = day

    @cached_property
    def options(self):
        """Both times, as a request says them."""
        date = datetime.date.fromordinal(self.day)
        as_of = {"year": date.year, "month": date.month, "day": date.day}
        return {"asOf": as_of, "knownPosition": self.known.position}

    @cached_property
    def found(self):
        """Every resource as of the day, by kind and name."""
        return {
            kind: [Found(facts.stream, resource(facts, self.day)) for facts in self.known.of(kind)]
            for kind in KINDS
        }

    @cached_property
    def summing(self):
        """Counts of the day."""
        return Summing(self.known, self.day)

    def questions(self):
        """Every question, each to be asked by a call."""
        return [
            *(partial(self.resources, kind) for kind in KINDS if self.known.of(kind)),
            *(partial(self.list, kind, o) for kind in KINDS[:-1] for o in ORDERS),
            partial(self.list, "participations"),
            *(partial(self.memberships, past, "member", p) for past in (0, 1) for p in PARTIES),
            *(partial(self.memberships, p, "partnership", s) for p in (0, 1) for s in PARTNERSHIPS),
            *(partial(self.ecosystem, slug, version) for slug in SLUGS for version in (0, 2013)),
            *(partial(self.region, *region) for region in REGIONS),
            *(partial(self.edition, facts) for facts in self.known.of("editions")),
            *(partial(self.compared, *two) for two in permutations(self.known.of("editions"), 2)),
            *(partial(self.resolved, text) for text in TEXTS),
            self.series,
            *(partial(self.series_of_ecosystem, slug) for slug in SLUGS),
            *(partial(self.series_of_region, *region) for region in REGIONS),
        ]

    def question(self, rpc, fields, **answered):
        """A question whose answer names the position, and the day where it can."""
        response = RPCS[rpc].response(read_position=self.known.position, **answered)
        if "as_of" in response.DESCRIPTOR.fields_by_name:
            response.as_of.CopyFrom(ParseDict(self.options["asOf"], Date()))
        return Question(rpc, {"options": self.options, **fields}, response)

    def resources(self, kind):
        """Every resource of a kind by its name."""
        names = [each.stream for each in self.found[kind]]
        messages = [each.message for each in self.found[kind]]
        return self.question(f"BatchGet{kind.capitalize()}", {kind: names}, **{kind: messages})

    def list(self, kind, order_by=""):
        """A list in an order; among equals by resource name, which they are in already."""
        down = order_by.endswith("desc")
        found = sorted(self.found[kind], key=ORDERS[order_by], reverse=down)
        messages = [each.message for each in found]
        return self.question(f"List{kind.capitalize()}", {"orderBy": order_by}, **{kind: messages})

    def memberships(self, past, field, party):
        """Memberships of a member, or of a partnership, past ones too."""
        fields = {"includePast": bool(past), field: party}
        if party not in self.known:
            return Question("ListMemberships", {"options": self.options, **fields}, None)
        begun = [
            membership
            for facts in self.known.of("partnerships")
            for membership in memberships.begun(facts, self.day)
            if party == (membership.member if field == "member" else facts.stream)
            and (past or membership.holds(self.day))
        ]
        begun.sort(key=lambda m: (m.facts.stream, m.member, m.joined.version))
        shown = [membership.shown(self.day) for membership in begun]
        return self.question("ListMemberships", fields, memberships=shown)

    def ecosystem(self, slug, by_version):
        """Summary of an ecosystem."""
        found = self.summing.ecosystem(slug, by_version or nuts.LATEST)
        fields = {"ecosystem": slug, "byVersion": by_version}
        return self.question("GetEcosystemSummary", fields, summary=found)

    def region(self, code, version, by_version):
        """Summary of a region."""
        found = self.summing.region(code, version, by_version or version)
        fields = {"region": code, "version": version, "byVersion": by_version}
        return self.question("GetRegionSummary", fields, summary=found)

    def edition(self, facts):
        """Summary of an edition."""
        found = self.summing.edition(facts, nuts.LATEST)
        return self.question("GetEditionSummary", {"edition": facts.stream}, summary=found)

    def compared(self, first, second):
        """Two editions beside each other."""
        summaries = [self.summing.edition(facts, nuts.LATEST) for facts in (first, second)]
        found = comparison(*summaries, *(self.summing.who(f) for f in (first, second)))
        fields = {"first": first.stream, "second": second.stream}
        return self.question("CompareEditions", fields, comparison=found)

    def resolved(self, text):
        """Who bears or bore a text."""
        expected = bearers(self.known, self.found, text, self.day)
        return Question("Resolve", {"options": self.options, "text": text}, expected, seen)

    def series(self):
        """The editions one after another."""
        found = self.summing.series(nuts.LATEST, lambda _: True)
        return self.question("GetEditionSeries", {}, editions=found)

    def series_of_ecosystem(self, slug):
        """The same, of those who belong to an ecosystem."""
        found = self.summing.series(nuts.LATEST, lambda who: slug in who.ecosystems)
        return self.question("GetEditionSeries", {"ecosystem": slug}, editions=found)

    def series_of_region(self, code, version, by_version):
        """The same, of those who are or may be in a region."""
        found = self.summing.series(
            by_version or version, lambda who: who.place.lies_in(code, version)
        )
        fields = {"region": code, "version": version, "byVersion": by_version}
        return self.question("GetEditionSeries", fields, editions=found)
