"""Retraction: what rests on a fact keeps it."""

import pytest

from registry.domain.effective import day
from registry.domain.retraction import retractable
from registry.errors import NotFound, RuleRefused
from registry.events.v1 import values_pb2
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
