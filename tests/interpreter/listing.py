"""Questions about resources: each, lists of them, memberships, and who is called so."""

from functools import cached_property, partial
from typing import NamedTuple

from google.protobuf.message import Message

from tests.interpreter import memberships
from tests.interpreter.asking import Asking, Question
from tests.interpreter.names import folded
from tests.interpreter.resolving import TEXTS, bearers, seen
from tests.interpreter.resources import resource
from tests.interpreter.searching import FILTERS, TYPED, hits
from tests.interpreter.searching import seen as seen_hits
from tests.interpreter.words import CLUSTERS, ORGANISATIONS, PARTNERSHIPS

KINDS = ("organisations", "clusters", "partnerships", "editions", "participations")
PARTIES = (*CLUSTERS, *ORGANISATIONS, *PARTNERSHIPS)
ORDERS = {
    "": lambda _: (),
    "name": lambda found: folded(found.message.name),
    "name desc": lambda found: folded(found.message.name),
}
"""What a list is sorted by before the resource name."""


class Found(NamedTuple):
    """A resource as of the day."""

    stream: str
    message: Message


class AskingResources(Asking):
    """Asks what there is."""

    @cached_property
    def found(self):
        """Every resource as of the day, by kind and name."""
        return {
            kind: [Found(facts.stream, resource(facts, self.day)) for facts in self.known.of(kind)]
            for kind in KINDS
        }

    def questions(self):
        """Every question, kind by kind."""
        past = (False, True)
        return [
            [partial(self.resources, kind) for kind in KINDS if self.known.of(kind)],
            [partial(self.list, kind, order) for kind in KINDS[:-1] for order in ORDERS],
            [partial(self.list, "participations")],
            [partial(self.memberships, p, "member", party) for p in past for party in PARTIES],
            [partial(self.memberships, p, "partnership", s) for p in past for s in PARTNERSHIPS],
            [partial(self.resolved, text) for text in TEXTS],
            [partial(self.searches, text) for text in TYPED],
        ]

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
        fields = {"includePast": past, field: party}
        if party not in self.known:
            return self.not_found("ListMemberships", fields)
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

    def resolved(self, text):
        """Who bears or bore a text."""
        expected = bearers(self.known, self.found, text, self.day)
        return Question("Resolve", {"options": self.point, "text": text}, expected, seen)

    def searches(self, text):
        """Calls that ask who is found by a text, among all or some."""
        return [partial(self.searched, text, only) for only in FILTERS]

    def searched(self, text, only):
        """Who is found by a text."""
        found = hits(self.known, self.found, self.day, text, only)
        return self.question("Search", {"text": text, **only}, seen_hits, hits=found)
