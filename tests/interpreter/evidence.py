"""Events that a figure rests on (Evidence in summary_service.proto), as known at a position."""

from registry.events.v1.cluster_pb2 import ClusterEcosystemsSet, ClusterLocated
from registry.v1 import summary_service_pb2 as pb
from tests.interpreter import editions, lives, participations


def wrong(known, day, contribution):
    """What of the evidence of a contribution does not say what it is there for."""
    # What rests on nothing is as wrong as what rests on what does not count.
    given = contribution.evidence or [pb.Evidence(fact="none")]
    return [each for each in given if not says(known, day, contribution.resource, each)]


def says(known, day, resource, evidence):
    """Whether an event counts, is true when it is said to be, and says the fact last of all."""
    stream, _, version = evidence.event.rpartition("@")
    if stream not in known:
        return False
    facts = known[stream]
    found = [fact for fact in facts.ordered if fact.version == int(version)]
    if not found or (found[0].position, found[0].at) != (evidence.position, evidence.effective):
        return False
    last = SAID_BY.get(evidence.fact, lambda *_: None)(facts, then(known, day, resource, evidence))
    return last is None or last == found[0]


def then(known, day, resource, evidence):
    """Day as of which a fact is told: who takes part is as when the edition began."""
    edition, is_part, _ = resource.partition("/participations/")
    who = evidence.fact in {"location", "ecosystems"}
    return editions.begins(known[edition], day) if is_part and who else day


def located(facts, day):
    """The fact that says where somebody is; that of the beginning says the country."""
    return facts.on(day, ClusterLocated) or lives.begun(facts)


SAID_BY = {
    "existence": lambda facts, _: lives.begun(facts),
    "location": located,
    "ecosystems": lambda facts, day: facts.on(day, ClusterEcosystemsSet),
    "status": participations.standing,
    "dates": editions.dates,
}
"""What says a fact on a day; None where several may, as of memberships and delegations."""
