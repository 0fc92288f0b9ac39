"""Resources as of a day, as the services answer them (comments of protos/registry/v1)."""

from registry.events.v1 import cluster_pb2, edition_pb2, partnership_pb2
from registry.v1 import cluster_service_pb2, edition_service_pb2, organisation_service_pb2
from registry.v1 import partnership_service_pb2 as partnerships
from tests.interpreter import editions, lives, memberships, participations


def resource(facts, day):
    """Any resource as of a day."""
    return MAKE[facts.stream.split("/")[-2:][0]](facts, day)


def organisation(facts, day):
    """An organisation."""
    begun, name = lives.begun(facts), lives.name_on(facts, day)
    return organisation_service_pb2.Organisation(
        organisation=facts.stream,
        name=name.text,
        name_since=name.at,
        country=begun.event.country,
        kind_as_stated=begun.event.kind_as_stated,
        established=begun.at,
        life=lives.life(facts, day),
        identifiers=lives.identifiers(facts, day),
        version=facts.length,
    )


def cluster(facts, day):
    """A cluster."""
    begun, name = lives.begun(facts), lives.name_on(facts, day)
    found = cluster_service_pb2.Cluster(
        cluster=facts.stream,
        name=name.text,
        name_since=name.at,
        country=begun.event.country,
        established=begun.at,
        established_meaning=begun.event.established_meaning,
        dissolved=lives.end(facts),
        life=lives.life(facts, day),
        identifiers=lives.identifiers(facts, day),
        version=facts.length,
    )
    for fact in facts.listed(day, cluster_pb2.ClusterAliasAdded):
        found.aliases.append(fact.event.alias)
        found.aliases_since.append(fact.at)
    if entity := facts.on(day, cluster_pb2.ClusterLegalEntitySet):
        found.legal_entity.CopyFrom(entity.event.legal_entity)
        found.legal_entity_since.CopyFrom(entity.at)
    if tagged := facts.on(day, cluster_pb2.ClusterEcosystemsSet):
        found.ecosystems.extend(tagged.event.ecosystems)
        found.ecosystems_since.CopyFrom(tagged.at)
    if located := facts.on(day, cluster_pb2.ClusterLocated):
        found.location.regions.extend(located.event.regions)
        found.location.region_as_stated = located.event.region_as_stated
        found.location.basis_as_stated = located.event.basis_as_stated
        found.location.since.CopyFrom(located.at)
    return found


def partnership(facts, day):
    """A partnership with its members."""
    formed, activated = lives.begun(facts), facts.one(partnership_pb2.PartnershipActivated)
    found = partnerships.Partnership(
        partnership=facts.stream,
        formed=formed.at,
        activated=activated.at if activated else None,
        ended=lives.end(facts),
        life=lives.life(facts, day),
        coordinator=memberships.coordinator(facts, day),
        members=[m.shown(day) for m in memberships.live(facts, day)],
        coordinator_change=memberships.coordinator_change(facts, day),
        version=facts.length,
    )
    same_fields(formed.event, found)
    for fact in facts.listed(day, partnership_pb2.PartnershipRelated):
        found.relations.add(
            relation=fact.event.relation,
            target=fact.event.target,
            relation_as_stated=fact.event.relation_as_stated,
            since=fact.at,
        )
    return found


def edition(facts, day):
    """An edition."""
    announced = facts.one(edition_pb2.EditionAnnounced)
    dates, state = editions.dates(facts, day), editions.state(facts, day)
    found = edition_service_pb2.Edition(
        edition=facts.stream,
        announced=announced.at,
        dates_since=dates.at,
        state=state.value,
        state_since=state.since,
        version=facts.length,
    )
    same_fields(announced.event, found)
    found.dates.CopyFrom(dates.event.dates)
    return found


def same_fields(event, into):
    """Take the fields of an event that a resource has under the same names."""
    for field, value in event.ListFields():
        if field.is_repeated or field.message_type is not None:
            getattr(into, field.name).MergeFrom(value)
        else:
            setattr(into, field.name, value)


MAKE = {
    "organisations": organisation,
    "clusters": cluster,
    "partnerships": partnership,
    "editions": edition,
    "participations": participations.participation,
}
