"""Who takes part in which edition, as of a day: the participants as they were when it began."""

from typing import NamedTuple

from registry.v1 import participation_service_pb2 as service
from registry.v1 import summary_service_pb2 as pb
from tests.interpreter import belonging, editions, participations
from tests.interpreter.belonging import Who
from tests.interpreter.counting import add_place, increase

STATUSES = {
    service.PARTICIPATION_STATUS_REGISTERED: "registered",
    service.PARTICIPATION_STATUS_CONFIRMED: "confirmed",
    service.PARTICIPATION_STATUS_ATTENDED: "attended",
    service.PARTICIPATION_STATUS_WITHDRAWN: "withdrawn",
}


class Part(NamedTuple):
    """A participation as of a day."""

    stream: str
    edition: str
    number: int
    begins: int
    """Ordinal of the first day of the edition."""
    cancelled: bool
    """Whether the edition is, on the day."""
    who: Who
    status: str
    returning: bool = False
    """Whether its participant took part in an earlier edition."""

    @property
    def withdrawn(self):
        """Whether it does not count in the total."""
        return self.status == "withdrawn"


def all_of(known, day):
    """Everybody who takes part in an edition, whatever became of it, as of a day."""
    facts = [
        each
        for each in known.of("participations")
        if participations.status(each, day) and participations.edition(each) in known
    ]
    found = [part_of(known, each, day) for each in facts]
    return [part._replace(returning=any(earlier(p, part) for p in found)) for part in found]


def part_of(known, facts, day):
    """A participation, its participant as of the first day of the edition."""
    edition = known[participations.edition(facts)]
    begins = editions.begins(edition, day)
    return Part(
        stream=facts.stream,
        edition=edition.stream,
        number=editions.announced(edition).number,
        begins=begins,
        cancelled=editions.cancelled(edition, day),
        who=belonging.participant(known, participations.attendance(facts), begins),
        status=STATUSES[participations.status(facts, day)],
    )


def earlier(one, other):
    """Whether the participant of the other took part in this, earlier one."""
    if one.withdrawn or one.cancelled or one.who.name != other.who.name:
        return False
    if one.number and other.number:
        return one.number < other.number
    return one.begins < other.begins


def counts(found, version):
    """Count participations, each with whether it certainly belongs."""
    result = pb.ParticipantCounts()
    for part, certain in found:
        if part.withdrawn:
            result.withdrawn += 1
        else:
            result.total += 1
            result.uncertain += not certain
            add(result, part, version)
    return result


def add(result, part, version):
    """Count one who takes part."""
    add_place(result, part.who.place, version)
    result.by_kind[part.who.kind] += 1
    result.by_status[part.status] += 1
    for slug in part.who.ecosystems:
        result.by_ecosystem[slug] += 1
    increase(result, "returning" if part.returning else "first_time")
    increase(result, "untagged", not part.who.ecosystems)


def delegations(found):
    """Count the delegations of a region, those that are certainly of it."""
    result = pb.DelegationCounts()
    for part, certain in found:
        if certain and part.who.kind == "delegation" and not part.withdrawn:
            result.total += 1
            result.by_edition[part.edition.removeprefix("editions/")] += 1
    return result
