"""Clusters and organisations: names over time, endings, identifiers, places."""

from typing import Any

import pytest

from registry.domain.cluster import Cluster
from registry.domain.effective import BEGINNING, UNKNOWN, day
from registry.domain.life import Life
from registry.domain.organisation import Organisation
from registry.domain.world import Recorded
from registry.errors import AlreadyExists, InvalidField, NotFound, RuleRefused
from registry.events.v1 import cluster_pb2, organisation_pb2, values_pb2
from tests.domain.given import TODAY, World, at

BODIES: dict[str, Any] = {
    "cluster": (Cluster.new, cluster_pb2.ClusterRegistered, "clusters/x"),
    "organisation": (
        Organisation.new,
        organisation_pb2.OrganisationRegistered,
        "organisations/o",
    ),
}
"""How each is begun, what registers it, and its stream."""


@pytest.fixture
def world():
    """One cluster, of no known date."""
    world = World()
    world.cluster()
    return world


def refused(rule, action, *args, **keywords):
    """The refusal by a rule, which an action must meet."""
    with pytest.raises(RuleRefused) as caught:
        action(*args, **keywords)
    assert caught.value.rule == rule
    return str(caught.value)


def test_late_facts_take_their_place():
    """Names recorded out of order read rightly as of every date."""
    world = World()
    world.cluster(name="Mov'eo", on="2006", name_on="2006")
    world.rename("NextMove", "2021-01-07")
    world.rename("Mov'eo Normandie", "2015")
    name = world.state("clusters/x").name
    assert [name.on(day(d)) for d in ("2010", "2020", "2021-01-06", "2022")] == [
        "Mov'eo",
        "Mov'eo Normandie",
        "Mov'eo Normandie",
        "NextMove",
    ]


def test_what_holds_from_a_day_stands_before_what_was_known_by_then():
    """NO_LATER_THAN a day may have begun long before: the name that begins on it is the later."""
    world = World()
    world.cluster(name="First")
    world.rename("New", "2015-01-01")
    world.rename("Known by then", "no later than 2015-01-01")
    name = world.state("clusters/x").name
    assert [name.on(day(d)) for d in ("2014-12-31", "2015-01-01")] == ["First", "New"]


def test_a_retracted_rename_is_gone_from_later_knowledge_and_still_in_the_log(world):
    """Retraction drops the event from the fold, never from the log."""
    world.rename("Wrong", "2020")
    world.retract("clusters/x", 2)
    assert world.state("clusters/x").name.on(day("2022")) == "X"
    assert [r.event.DESCRIPTOR.name for r in world.history("clusters/x")] == [
        "ClusterRegistered",
        "ClusterRenamed",
        "EventRetracted",
    ]


def test_the_same_name_is_recorded_once_for_a_date(world):
    """Same value, date, precision and bound is satisfied; any other date is a new fact."""
    assert world.rename("Y", "2020")
    assert world.rename(" Y ", "2020") == []
    assert world.rename("Y", "2020-01")
    assert world.rename("Y", "no later than 2020")
    assert world.rename("X", "unknown") == []


def test_a_live_id_exists_already_whatever_is_said_of_it(world):
    """Registering the same again is ALREADY_EXISTS, not satisfied."""
    with pytest.raises(AlreadyExists):
        world.cluster()


def test_an_unregistered_stream_is_not_found():
    """Facts need a registration."""
    with pytest.raises(NotFound):
        World().rename("Y", "2020")


def test_nothing_begins_certainly_after_the_end(world):
    """A rename after the dissolution is refused; in the same year it may be before."""
    world.dissolve("2019-05")
    refused("after-end", world.rename, "Y", "2019-06-01")
    assert world.rename("Y", "2019")
    assert world.rename("Z", "unknown")


def test_the_end_is_not_certainly_before_what_has_begun(world):
    """The same contradiction, recorded the other way round."""
    world.rename("Y", "2022")
    refused("end-before-others", world.dissolve, "2020")
    world.rename("Z", "unknown")
    assert world.dissolve("2022")


def test_a_cluster_ends_once_with_a_date_not_before_its_start():
    """Endings are dated, after the start, and single."""
    world = World()
    world.cluster(on="2010")
    with pytest.raises(InvalidField, match="bound"):
        world.dissolve("unknown")
    refused("end-before-start", world.dissolve, "2009-12-31")
    world.dissolve("2010")
    assert world.dissolve("2010") == []
    assert "@2" in refused("ended-once", world.dissolve, "2011")
    life = world.state("clusters/x").life_on
    assert [life(day(d)) for d in ("2009", "2010", "2011")] == [Life.NOT_YET, Life.LIVE, Life.ENDED]


PIC = ("eu-pic", "999987745")
FACTS = {
    "name": lambda cluster, when, _: cluster.rename("Y", when),
    "alias": lambda cluster, when, _: cluster.add_alias("CX", when),
    "legal entity": lambda cluster, when, world: cluster.set_legal_entity(
        values_pb2.Party(as_stated="e.V."), when, world
    ),
    "location": lambda cluster, when, _: cluster.locate(
        cluster_pb2.ClusterLocated(regions=[values_pb2.Region(code="PL82")]), when
    ),
    "ecosystems": lambda cluster, when, _: cluster.set_ecosystems(
        [values_pb2.EcosystemTag(ecosystem="digital")], when
    ),
    "identifier": lambda cluster, when, world: cluster.add_identifier(*PIC, when, world),
}
"""How each fact of a cluster is decided: (cluster, when, world)."""


def say(world, fact, on):
    """Record a fact of the cluster."""
    return world.record(FACTS[fact](world.load(Cluster, "clusters/x"), at(on), world))


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_that_is_recorded_is_satisfied(world, fact):
    """The same at the same date records nothing, however often it is said."""
    assert say(world, fact, "2010")
    assert say(world, fact, "2010") == []


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_of_a_cluster_that_is_there(fact):
    """Neither of one that was never registered, nor of one that had ended for certain."""
    world = World()
    with pytest.raises(NotFound):
        say(world, fact, "2010")
    world.cluster()
    world.dissolve("2019-05")
    refused("after-end", say, world, fact, "2019-06")
    assert say(world, fact, "2019")


@pytest.mark.parametrize("fact", FACTS)
def test_a_cluster_does_not_end_before_one_of_its_facts(world, fact):
    """Whichever is recorded first; the refusal says when it begins."""
    say(world, fact, "2022")
    assert "from 2022, after 2020" in refused("end-before-others", world.dissolve, "2020")


def test_what_is_not_there_does_not_end():
    """Nor does an identifier of it."""
    world = World()
    with pytest.raises(NotFound):
        world.dissolve("2020")
    for stream in ("clusters/x", "organisations/o"):
        with pytest.raises(NotFound):
            world.unidentify(*PIC, "2020", stream)


@pytest.mark.parametrize("kind", ["cluster", "organisation"])
def test_a_name_begins_when_it_is_said_to(kind):
    """Unknown is written down where nothing is said, and a date that is none is refused."""
    new, message, stream = BODIES[kind]
    assert new(stream).register(message(name="X"), UNKNOWN, TODAY)[0].event == message(
        name="X", name_effective=UNKNOWN.to_proto()
    )
    with pytest.raises(InvalidField, match=r"name_effective\.date") as caught:
        new(stream).register(
            message(name="X", name_effective=at("2060").to_proto()), UNKNOWN, TODAY
        )
    assert caught.value.violations[0][0] == "name_effective.date"


@pytest.mark.parametrize(("given", "stored"), [("EL", "GR"), ("uk", "GB"), ("CZ", "CZ"), ("", "")])
def test_countries_are_stored_by_their_iso_code(given, stored):
    """Eurostat's spellings are accepted."""
    world = World()
    world.cluster(country=given)
    assert world.state("clusters/x").country == stored


def test_an_unknown_country_is_refused_naming_the_field():
    """A country is one of ISO 3166."""
    with pytest.raises(InvalidField) as caught:
        World().cluster(country="QQ")
    assert caught.value.violations[0][0] == "country"


@pytest.mark.parametrize(("text", "field"), [("a\tb", "name"), ("a\u2028b", "name"), (" ", "name")])
def test_text_without_sense_is_refused_naming_the_field(text, field):
    """Control characters and empty names are refused."""
    with pytest.raises(InvalidField) as caught:
        World().cluster(name=text)
    assert caught.value.violations[0][0] == field


def test_text_is_composed_and_trimmed():
    """NFC, so that equal texts are equal bytes."""
    world = World()
    world.cluster(name=" Po\u0302le ")
    assert world.state("clusters/x").name.on(day("2020")) == "P\u00f4le"


def locate(world, **region):
    """Record one region."""
    stated = cluster_pb2.ClusterLocated(regions=[values_pb2.Region(**region)])
    return world.record(world.load(Cluster, "clusters/x").locate(stated, at("unknown")))


def test_a_region_is_stored_explicitly(world):
    """Version and role are filled in when recorded; a basis that is not said stays so."""
    locate(world, code="pl82")
    region = world.state("clusters/x").location.on(day("2020")).regions[0]
    assert (region.code, region.classification_version) == ("PL82", 2024)
    assert (region.role, region.basis) == (
        values_pb2.Region.ROLE_SEAT,
        values_pb2.BASIS_UNSPECIFIED,
    )
    assert locate(world, code="PL82", classification_version=2024) == []


def test_an_unknown_region_says_where_the_code_is(world):
    """The refusal names the field and the versions that have the code."""
    with pytest.raises(InvalidField, match=r"regions\[0\]\.code.*2013") as caught:
        locate(world, code="PL32", classification_version=2024)
    assert "2016" not in str(caught.value)


def test_ecosystems_are_known_ones_each_once(world):
    """Order does not count; an unknown slug is refused."""
    tags = [values_pb2.EcosystemTag(ecosystem=e) for e in ("health", "digital")]
    cluster = world.load(Cluster, "clusters/x")
    world.record(cluster.set_ecosystems(tags, at("unknown")))
    assert world.load(Cluster, "clusters/x").set_ecosystems(tags[::-1], at("unknown")) == []
    with pytest.raises(InvalidField, match=r"ecosystems\[0\]"):
        cluster.set_ecosystems([values_pb2.EcosystemTag(ecosystem="steel")], at("unknown"))


def test_nothing_is_given_twice(world):
    """A region may be a seat and one of those it operates in; the field of the second is named."""
    cluster = world.load(Cluster, "clusters/x")
    seat, operating = (
        values_pb2.Region(code="PL82", role=role)
        for role in (values_pb2.Region.ROLE_SEAT, values_pb2.Region.ROLE_OPERATING)
    )
    both = cluster_pb2.ClusterLocated(regions=[operating, seat])
    (located,) = cluster.locate(both, at("2020"))
    assert [region.role for region in located.event.regions] == [seat.role, operating.role]
    twice = cluster_pb2.ClusterLocated(regions=[seat, values_pb2.Region(code="pl82")])
    with pytest.raises(InvalidField, match=r"regions\[1\].*twice"):
        cluster.locate(twice, at("2020"))
    tags = [values_pb2.EcosystemTag(ecosystem="digital")] * 2
    with pytest.raises(InvalidField, match=r"ecosystems\[1\]\.ecosystem.*twice"):
        cluster.set_ecosystems(tags, at("2020"))


def test_an_organisation_is_registered_once_and_renamed_once_for_a_date():
    """As a cluster is; nothing is said of one that is not there."""
    world = World()
    for decide in (
        lambda o: o.rename("N", at("2020")),
        lambda o: o.add_identifier(*PIC, at("2020"), world),
    ):
        with pytest.raises(NotFound):
            decide(Organisation.new("organisations/o"))
    world.organisation()
    with pytest.raises(AlreadyExists):
        world.organisation()
    organisation = world.state("organisations/o")
    assert world.record(organisation.rename("N", at("2020")))
    assert world.state("organisations/o").rename(" N", at("2020")) == []
    assert world.state("organisations/o").name.on(day("2020")) == "N"


def test_a_legal_entity_says_something_and_is_there(world):
    """A party is an organisation of the registry, or the words of the source."""
    cluster = world.load(Cluster, "clusters/x")
    with pytest.raises(InvalidField):
        cluster.set_legal_entity(values_pb2.Party(), at("unknown"), world)
    with pytest.raises(InvalidField, match=r"legal_entity\.resource"):
        cluster.set_legal_entity(values_pb2.Party(resource="clusters/x"), at("unknown"), world)
    with pytest.raises(NotFound):
        cluster.set_legal_entity(
            values_pb2.Party(resource="organisations/oo"), at("unknown"), world
        )
    assert cluster.set_legal_entity(values_pb2.Party(as_stated="e.V."), at("unknown"), world)


LEI = "7LTWFZYICNSX8D621K86"


def test_an_identifier_unique_by_its_scheme_has_one_bearer_at_a_time(world):
    """Overlapping certainly is refused naming the holder; after its end it is free."""
    world.organisation("organisations/oo")
    world.identify("lei", LEI, "2010")
    refusal = refused("identifier-unique", world.identify, "lei", LEI, "2015", "organisations/oo")
    assert "clusters/x" in refusal
    world.unidentify("lei", LEI, "2014")
    assert world.identify("lei", LEI, "2015", "organisations/oo")


def test_two_clusters_have_no_lei_in_common(world):
    """Until the one that bears it ends."""
    world.cluster("clusters/y")
    world.identify("lei", LEI, "2010")
    refused("identifier-unique", world.identify, "lei", LEI, "2010", "clusters/y")
    world.dissolve("2014")
    assert world.identify("lei", LEI, "2015", "clusters/y")


@pytest.mark.parametrize("stream", ["clusters/x", "organisations/o"])
def test_an_identifier_is_borne_once_at_a_time(world, stream):
    """Whether its scheme is unique or not; the same start is satisfied, and its end is dated."""
    world.organisation()
    world.identify(*PIC, "2010", stream)
    assert world.identify(*PIC, "2010", stream) == []
    assert "@2" in refused("identifier-once", world.identify, *PIC, "2015", stream)
    with pytest.raises(InvalidField, match="bound"):
        world.unidentify(*PIC, "unknown", stream)
    world.unidentify(*PIC, "2014", stream)
    assert world.unidentify(*PIC, "2014", stream) == []
    assert world.identify(*PIC, "2015", stream)
    refused("identifier-once", world.retract, stream, 3)


def test_one_pic_may_serve_several_clusters(world):
    """Where the scheme is not unique, identifiers are shared."""
    world.cluster("clusters/y")
    assert world.identify("eu-pic", "999987745")
    assert world.identify("eu-pic", "999987745", stream="clusters/y")


def test_an_identifier_looks_as_its_scheme_writes_it(world):
    """A malformed value is refused; an unknown scheme is taken as it is."""
    with pytest.raises(InvalidField, match="Q458"):
        world.identify("wikidata", "458")
    assert world.identify("local-register", "A 1/2")


def test_a_retracted_end_makes_the_identifier_unique_again(world):
    """Uniqueness holds over all valid time, after retractions too."""
    world.cluster("clusters/y")
    world.identify("lei", LEI, "2010")
    world.unidentify("lei", LEI, "2014")
    world.identify("lei", LEI, "2015", "clusters/y")
    refused("identifier-unique", world.retract, "clusters/x", 3)


def test_an_identifier_ends_once_and_not_before_it_began(world):
    """Ending twice on one date is satisfied, on another refused."""
    world.identify("lei", LEI, "2015")
    refused("end-before-start", world.unidentify, "lei", LEI, "2014")
    assert world.unidentify("lei", LEI, "2016")[0].event.added_version == 2
    assert world.unidentify("lei", LEI, "2016") == []
    refused("nothing-to-end", world.unidentify, "lei", LEI, "2017")


def test_a_registration_without_a_date_of_its_name_folds():
    """The proto says that an absent name_effective means unknown, also in a log of others."""
    event = cluster_pb2.ClusterRegistered(name="Demo")
    cluster = Cluster.new("clusters/demo").evolve(Recorded("clusters/demo", 1, event, UNKNOWN))
    assert cluster.name.on(BEGINNING) == "Demo"


@pytest.mark.parametrize("field", ["role", "basis"])
def test_a_number_that_is_no_value_of_its_enum_is_refused(world, field):
    """What means nothing today is not recorded, since it may mean something one day."""
    with pytest.raises(InvalidField, match=f"regions\\[0\\].{field}"):
        locate(world, code="PL82", **{field: 77})
    assert world.state("clusters/x").location.entries == ()


@pytest.mark.parametrize("name", ["a\u202eb", "x" * 2001, "\u200b"])
def test_a_name_that_hides_or_says_nothing_is_refused(world, name):
    """No name turns a line round, is a document, or cannot be seen."""
    with pytest.raises(InvalidField, match="name"):
        world.load(Cluster, "clusters/x").rename(name, at("2020"))
