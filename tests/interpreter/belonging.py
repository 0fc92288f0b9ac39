"""What somebody is: where, and in which ecosystems, on a day."""

from typing import NamedTuple

from registry.events.v1.cluster_pb2 import ClusterEcosystemsSet
from registry.reference import countries, nuts
from tests.interpreter import lives, places
from tests.interpreter.places import Place


class Who(NamedTuple):
    """A cluster, organisation, partnership or delegation on a day."""

    name: str
    """Resource name, or "regions/PL82", "countries/PL"."""
    place: Place
    ecosystems: frozenset[str]

    @property
    def kind(self):
        """Kind of participant."""
        return KINDS[self.name.split("/")[0]]


KINDS = {
    "clusters": "cluster",
    "organisations": "organisation",
    "partnerships": "partnership",
    "regions": "delegation",
    "countries": "delegation",
}


def cluster(facts, day):
    """A cluster: where its seat is, and its ecosystems."""
    tagged = facts.on(day, ClusterEcosystemsSet)
    tags = tagged.event.ecosystems if tagged else ()
    place = places.of_cluster(facts, lives.begun(facts).event.country, day)
    return Who(facts.stream, place, frozenset(tag.ecosystem for tag in tags))


def organisation(facts, _):
    """An organisation: of its country, and of no ecosystem."""
    return Who(facts.stream, Place(lives.begun(facts).event.country), frozenset())


def partnership(facts, _):
    """A partnership: nowhere, and of the ecosystems it is tagged with."""
    return Who(facts.stream, Place(), frozenset(tags(facts)))


def tags(facts):
    """Ecosystems a partnership is tagged with."""
    return [tag.ecosystem for tag in lives.begun(facts).event.ecosystems]


OF = {"clusters": cluster, "organisations": organisation, "partnerships": partnership}


def resource(known, name, day):
    """Any resource on a day; of one whose registration was redacted only the name is known."""
    if name not in known:
        return Who(name, Place(), frozenset())
    return OF[name.split("/")[0]](known[name], day)


def participant(known, attendance, day):
    """A participant on a day: a delegation is of its region or country."""
    kind, _, code = attendance.participant.partition("/")
    if kind == "regions":
        place = Place("", ((code, attendance.classification_version),))
    elif kind == "countries":
        place = Place("", ((countries.eurostat(code), nuts.LATEST),))
    else:
        return resource(known, attendance.participant, day)
    return Who(attendance.participant, place, frozenset())
