"""Retraction: what rests on a fact keeps it."""

import pytest

from registry.domain.effective import day
from registry.domain.retraction import retractable
from registry.domain.world import Decision
from registry.errors import InvalidField, NotFound, RuleRefused
from registry.events.v1 import values_pb2
from registry.events.v1.cluster_pb2 import ClusterRenamed
from registry.events.v1.partnership_pb2 import PARTNER_ROLE_PARTNER as PARTNER
from tests.domain.given import World, at
from tests.domain.test_clusters import LEI, refused


@pytest.fixture
def world():
    """A cluster with an identifier, in a partnership and at an edition."""
    world = World()
    world.cluster("clusters/xx")
    world.identify("lei", LEI, "2010", "clusters/xx")
    return world


def test_what_is_not_there_is_not_found(world):
    """By stream and version."""
    with pytest.raises(NotFound, match="clusters/xx@9"):
        world.retract("clusters/xx", 9)
    with pytest.raises(NotFound):
        retractable("no/such/thing")
    with pytest.raises(RuleRefused, match="store"):
        retractable("store")


def test_a_retraction_stands(world):
    """The fact is recorded anew instead; retracting twice is satisfied."""
    assert len(world.retract("clusters/xx", 2)) == 1
    assert world.retract("clusters/xx", 2) == []
    assert "record the fact anew" in refused("retraction-stands", world.retract, "clusters/xx", 3)
    assert world.identify("lei", LEI, "2010", "clusters/xx")


def test_a_start_goes_with_its_end(world):
    """Alone it is refused naming the end."""
    world.unidentify("lei", LEI, "2015", "clusters/xx")
    assert "clusters/xx@3" in refused("start-before-end", world.retract, "clusters/xx", 2)
    recorded = world.retract("clusters/xx", 2, 3)
    assert [(d.event.version, d.at) for d in recorded] == [(2, None), (3, None)]


def test_a_registration_goes_with_all_that_rests_on_it(world):
    """Then the id can be registered again."""
    refusal = refused("registration-first", world.retract, "clusters/xx", 1)
    assert "clusters/xx@2 (ClusterIdentifierAdded)" in refusal
    world.retract("clusters/xx", 1, 2)
    assert not world.state("clusters/xx").registered
    with pytest.raises(NotFound):
        world.rename("Y", "2020", "clusters/xx")
    world.cluster("clusters/xx", name="Anew")
    assert world.state("clusters/xx").name.on(day("2020")) == "Anew"


@pytest.mark.parametrize("how", ["member", "participant", "party", "edition"])
def test_a_registration_others_refer_to_stays(how):
    """The refusal names who refers, until they are retracted themselves."""
    world = World()
    world.organisation("organisations/oo")
    world.announce("editions/ee", start="2022")
    subject, referring = "organisations/oo", "partnerships/p"
    if how == "member":
        world.form()
        world.join("organisations/oo")
    elif how == "party":
        world.cluster("clusters/xx")
        party = values_pb2.Party(resource="organisations/oo")
        state = world.state("clusters/xx")
        world.record(state.set_legal_entity(party, at("unknown"), world))
        referring = "clusters/xx"
    else:
        world.attend("organisations/oo", edition="editions/ee")
        referring = "editions/ee/participations/organisation-oo"
        subject = "organisations/oo" if how == "participant" else "editions/ee"
    assert referring in refused("referred-to", world.retract, subject, 1)
    world.retract(referring, len(world.history(referring)))
    assert world.retract(subject, 1)


def event(decision):
    """Name of the event that a decision retracts."""
    return f"{decision.stream}@{decision.event.version}"


@pytest.fixture
def ecosystem(world):
    """The cluster, an organisation it had as legal entity, partnerships and an edition with it."""
    world.form("partnerships/pp", on="2009")
    world.form("partnerships/qq", on="2009")
    world.join("clusters/xx", "2010", PARTNER, "partnerships/pp")
    world.join("clusters/xx", "2010", PARTNER, "partnerships/qq")
    world.leave("clusters/xx", "2012", PARTNER, "partnerships/qq")
    world.announce("editions/ee", number=8)
    world.enter("clusters/xx", "2022-05", "editions/ee")
    world.confirm("clusters/xx", "2022-06", "editions/ee")
    return world


XX_AT_EE = "editions/ee/participations/cluster-xx"


def test_all_that_rests_on_a_registration_is_named_and_goes_with_it(ecosystem):
    """In whatever stream, and what rests on that; each before what it rests on."""
    with pytest.raises(RuleRefused) as refusal:
        ecosystem.retract("clusters/xx", 1)
    named = refusal.value.events
    assert set(named) == {
        *("clusters/xx@2", "partnerships/pp@2", "partnerships/qq@2", "partnerships/qq@3"),
        *(f"{XX_AT_EE}@1", f"{XX_AT_EE}@2"),
    }
    assert named.index(f"{XX_AT_EE}@2") < named.index(f"{XX_AT_EE}@1")
    assert all(name in str(refusal.value) for name in named)
    recorded = ecosystem.retract("clusters/xx", 1, with_dependants=True)
    assert [event(decision) for decision in recorded] == [*named, "clusters/xx@1"]
    assert not ecosystem.state("clusters/xx").registered
    assert not ecosystem.state(XX_AT_EE).registered
    assert not list(ecosystem.state("partnerships/pp").members)


def test_what_the_refusal_names_may_be_passed_back(ecosystem):
    """One short of it is refused, naming that one; all of it is done."""
    with pytest.raises(RuleRefused) as refusal:
        ecosystem.retract("clusters/xx", 1)
    named = refusal.value.events
    with pytest.raises(RuleRefused) as refusal:
        ecosystem.retract("clusters/xx", 1, also=named[1:])
    assert refusal.value.events == named[:1]
    recorded = ecosystem.retract("clusters/xx", 1, also=named)
    assert [event(decision) for decision in recorded] == [*named, "clusters/xx@1"]


def test_a_refused_retraction_changes_nothing(ecosystem):
    """All or nothing, also where one of several events is not there."""
    before = {stream: list(log) for stream, log in ecosystem.logs.items()}
    refused("referred-to", ecosystem.retract, "clusters/xx", 1, 2)
    with pytest.raises(NotFound, match="partnerships/pp@7"):
        ecosystem.retract("clusters/xx", 2, also=["partnerships/pp@7"])
    with pytest.raises(InvalidField, match=r"others\[0\]"):
        ecosystem.retract("clusters/xx", 2, also=["partnerships/pp"])
    assert ecosystem.logs == before


def test_a_dissolution_rests_on_the_end_of_memberships(ecosystem):
    """Also on ends that the dissolution recorded itself: a member that goes on did not end."""
    ecosystem.dissolve("2015", "clusters/xx", end_memberships=True)
    refusal = refused("member-lives", ecosystem.retract, "partnerships/pp", 3)
    assert "clusters/xx@3" in refusal
    recorded = ecosystem.retract("partnerships/pp", 3, with_dependants=True)
    assert [event(decision) for decision in recorded] == ["clusters/xx@3", "partnerships/pp@3"]
    assert ecosystem.state("clusters/xx").ended is None


def test_a_second_membership_rests_on_the_end_of_the_first(ecosystem):
    """It goes with its own end; what was there before stays."""
    ecosystem.join("clusters/xx", "2014", PARTNER, "partnerships/qq")
    ecosystem.leave("clusters/xx", "2016", PARTNER, "partnerships/qq")
    assert "qq@4" in refused("membership-once", ecosystem.retract, "partnerships/qq", 3)
    recorded = ecosystem.retract("partnerships/qq", 3, with_dependants=True)
    assert [event(d) for d in recorded] == [f"partnerships/qq@{n}" for n in (5, 4, 3)]


def test_a_coordinator_rests_on_its_membership(ecosystem):
    """A change to it goes with the membership."""
    ecosystem.coordinate("clusters/xx", "2011", "partnerships/pp")
    assert "pp@3" in refused("coordinator-is-member", ecosystem.retract, "partnerships/pp", 2)
    recorded = ecosystem.retract("partnerships/pp", 2, with_dependants=True)
    assert [event(d) for d in recorded] == ["partnerships/pp@3", "partnerships/pp@2"]


def test_a_number_given_anew_rests_on_the_cancellation(ecosystem):
    """The later edition goes, with all of it: the number is one edition's."""
    ecosystem.cancel("2022-01", "editions/ee")
    ecosystem.announce("editions/ff", number=8)
    ecosystem.attend("countries/PL", "2022-09-26", "editions/ff")
    refusal = refused("edition-number", ecosystem.retract, "editions/ee", 2)
    assert "editions/ff@1" in refusal
    recorded = ecosystem.retract("editions/ee", 2, with_dependants=True)
    gone = ["editions/ff/participations/country-pl@1", "editions/ff@1", "editions/ee@2"]
    assert [event(decision) for decision in recorded] == gone
    assert ecosystem.state("editions/ee").cancelled is None


@pytest.fixture
def bearers():
    """An LEI of one cluster from 2010 to 2012, of another from 2016; the first ended in 2015."""
    world = World()
    world.cluster("clusters/aa")
    world.cluster("clusters/bb")
    world.identify("lei", LEI, "2010", "clusters/aa")
    world.unidentify("lei", LEI, "2012", "clusters/aa")
    world.identify("lei", LEI, "2016", "clusters/bb")
    world.dissolve("2015", "clusters/aa")
    return world


def test_an_identifier_given_to_another_rests_on_its_end(bearers):
    """Once the bearer lives again, and for as long as it has it."""
    assert bearers.retract("clusters/aa", 4)
    refusal = refused("identifier-unique", bearers.retract, "clusters/aa", 3)
    assert "retract clusters/bb@2" in refusal
    recorded = bearers.retract("clusters/aa", 3, with_dependants=True)
    assert [event(decision) for decision in recorded] == ["clusters/bb@2", "clusters/aa@3"]


def test_facts_that_contradict_and_rest_on_nothing_retracted_stay(bearers):
    """Both are named, whatever else is asked for: a person has to say which is wrong."""
    assert bearers.retract("clusters/aa", 3)
    for with_dependants in (False, True):
        with pytest.raises(RuleRefused) as refusal:
            bearers.retract("clusters/aa", 4, with_dependants=with_dependants)
        assert refusal.value.rule == "identifier-unique"
        assert set(refusal.value.events) == {"clusters/aa@2", "clusters/bb@2"}
        assert "clusters/aa@2" in str(refusal.value)
    assert bearers.retract("clusters/aa", 4, also=["clusters/bb@2"])


def test_what_need_not_go_after_all_stays():
    """Of three that bear one identifier in turn the second goes: the third then has it alone."""
    world = World()
    for name in ("bb", "aa", "cc"):  # the third is asked first, and would go at first
        world.cluster(f"clusters/{name}")
    for name, start, end in (("cc", "2010", "2011"), ("aa", "2012", "2013"), ("bb", "2014", None)):
        world.identify("lei", LEI, start, f"clusters/{name}")
        if end:
            world.unidentify("lei", LEI, end, f"clusters/{name}")
    world.dissolve("2013", "clusters/cc")
    recorded = world.retract("clusters/cc", 3, also=["clusters/aa@3"], with_dependants=True)
    assert [event(d) for d in recorded] == ["clusters/aa@2", "clusters/aa@3", "clusters/cc@3"]


def test_one_command_retracts_a_thousand_events():
    """Beyond that it is refused, saying how many."""
    world = World()
    world.cluster("clusters/xx")
    renamed = ClusterRenamed(name="N")
    world.record([Decision("clusters/xx", renamed, at("2010"))] * 1000)
    refusal = refused("retraction-limit", world.retract, "clusters/xx", 1, with_dependants=True)
    assert "1001 events" in refusal
    world.retract("clusters/xx", 1001)
    assert len(world.retract("clusters/xx", 1, with_dependants=True)) == 1000
    world.record([Decision("clusters/xx", renamed, at("2010"))] * 1001)
    refused("retraction-limit", world.retract, "clusters/xx", *range(2003, 3004))


@pytest.fixture
def delegation():
    """A registration and an attendance of one delegation, and their stream."""
    world = World()
    world.announce(start="2022-09-26")
    world.enter("countries/PL", "2022-05")
    world.attend("countries/PL")
    return world, "editions/e/participations/country-pl"


def test_an_attendance_keeps_a_participation_without_its_registration(delegation):
    """Who attended took part, registered or not."""
    world, stream = delegation
    assert world.retract(stream, 1)
    assert world.state(stream).registered


def test_a_confirmation_keeps_its_registration(delegation):
    """Nobody is confirmed who did not register; both may go together."""
    world, stream = delegation
    world.confirm("countries/PL", "2022-06")
    assert "2022-06" in refused("confirm-registered", world.retract, stream, 1)
    assert world.retract(stream, 1, 3)


def test_a_confirmation_keeps_the_registration_after_a_withdrawal():
    """An earlier one was taken back before it."""
    world = World()
    world.announce(start="2022-09-26")
    world.enter("countries/PL", "2022-05")
    world.withdraw("countries/PL", "2022-06")
    world.enter("countries/PL", "2022-07")
    world.confirm("countries/PL", "2022-08")
    stream = "editions/e/participations/country-pl"
    refused("confirm-registered", world.retract, stream, 3)
    assert world.retract(stream, 2, 3)
    assert world.retract(stream, 4)
