"""Partnerships: members, coordinators, activation, dissolution of members."""

import pytest

from registry.domain.activation import measure
from registry.domain.effective import day
from registry.domain.policies import POLICIES, Policy, policy_for
from registry.errors import AlreadyExists, InvalidField, NotFound, RuleRefused
from registry.events.v1 import partnership_pb2 as pb
from registry.events.v1 import values_pb2
from tests.domain.given import World, at
from tests.domain.test_clusters import refused

COORDINATOR, PARTNER = pb.PARTNER_ROLE_COORDINATOR, pb.PARTNER_ROLE_PARTNER
ASSOCIATED = pb.PARTNER_ROLE_ASSOCIATED


@pytest.fixture
def world():
    """A partnership and three clusters, of no known date."""
    world = World()
    for name, country in (("xx", "CZ"), ("yy", "PL"), ("zz", "DE")):
        world.cluster(f"clusters/{name}", country=country)
    world.form()
    return world


def members(world, on):
    """Members on a day."""
    return [span.what.member for span in world.state("partnerships/p").members_on(day(on))]


def coordinator(world, on):
    """Coordinator on a day."""
    return world.state("partnerships/p").coordinator_on(day(on))


def test_joining_needs_a_member_that_is_there(world):
    """Members are references to registered resources."""
    with pytest.raises(NotFound):
        world.join("clusters/nobody")
    with pytest.raises(InvalidField, match="member"):
        world.join("editions/ee")


def test_joining_twice_at_one_date_is_satisfied_and_at_another_refused(world):
    """An open membership reaches to infinity, so a second one certainly overlaps."""
    world.join("clusters/xx", "2018")
    assert world.state("partnerships/p").members.spans[0].what.role == PARTNER
    assert world.join("clusters/xx", "2018") == []
    assert "@2" in refused("membership-once", world.join, "clusters/xx", "2019")
    assert world.join("clusters/xx", "2019", ASSOCIATED)


def test_a_member_may_come_again(world):
    """Spans of one member follow each other."""
    world.join("clusters/xx", "2015")
    world.leave("clusters/xx", "2016")
    world.join("clusters/xx", "2018")
    held = [members(world, d) == ["clusters/xx"] for d in ("2014", "2015", "2016", "2017", "2018")]
    assert held == [False, True, True, False, True]


def test_joined_2017_left_2017_is_the_whole_year(world):
    """Ends are inclusive, through the last day of their period."""
    world.join("clusters/xx", "2017")
    assert world.leave("clusters/xx", "2017")[0].event.joined_version == 2
    assert members(world, "2017-12-31")
    assert not members(world, "2018-01-01")


def test_an_end_that_is_only_attested_contradicts_nothing_before_it(world):
    """Who had left no later than 2018 may have left before 2016, and have come again then."""
    world.form("partnerships/pp", "2000")  # else nothing of it is certain before its end
    for member in ("clusters/xx", "clusters/yy"):
        world.join(member, "2010", stream="partnerships/pp")
    world.leave("clusters/xx", "no later than 2018", stream="partnerships/pp")
    world.leave("clusters/yy", "2018", stream="partnerships/pp")
    assert world.join("clusters/xx", "2016", stream="partnerships/pp")
    refused("membership-once", world.join, "clusters/yy", "2016", stream="partnerships/pp")


def test_leaving_says_which_role_where_there_are_several(world):
    """The refusal names the roles."""
    world.join("clusters/xx", role=COORDINATOR)
    world.join("clusters/xx", role=ASSOCIATED)
    assert "associated and as coordinator" in refused(
        "which-role", world.leave, "clusters/xx", "2020"
    )
    assert world.leave("clusters/xx", "2020", ASSOCIATED)
    assert world.leave("clusters/xx", "2021")


def test_leaving_is_dated_in_the_past_and_of_members_only(world):
    """Left may not lie in the future."""
    refused("nothing-to-end", world.leave, "clusters/xx", "2020")
    world.join("clusters/xx", "2018")
    with pytest.raises(InvalidField, match="future"):
        world.leave("clusters/xx", "2025")
    with pytest.raises(InvalidField, match="bound"):
        world.leave("clusters/xx", "unknown")
    assert world.leave("clusters/xx", "2020")
    assert world.leave("clusters/xx", "2020") == []


def test_there_is_one_coordinator_at_any_date(world):
    """Joining as coordinator takes over, the former one stays as partner."""
    world.join("clusters/xx", "2016", COORDINATOR)
    world.join("clusters/yy", "2018", COORDINATOR)
    assert [coordinator(world, d) for d in ("2015", "2017", "2019")] == [
        "",
        "clusters/xx",
        "clusters/yy",
    ]
    state = world.state("partnerships/p")
    former = state.members.spans[0]
    assert state.role_on(former, day("2017")) == COORDINATOR
    assert state.role_on(former, day("2019")) == PARTNER


def test_after_the_coordinator_left_there_is_none(world):
    """The one before does not come back by itself."""
    world.join("clusters/xx", "2016", COORDINATOR)
    world.join("clusters/yy", "2018", COORDINATOR)
    world.leave("clusters/yy", "2020")
    assert coordinator(world, "2021") == ""


def test_a_coordinator_is_a_member_on_that_date(world):
    """Neither a stranger nor one who joins later can coordinate."""
    refused("coordinator-is-member", world.coordinate, "clusters/xx", "2018")
    world.join("clusters/xx", "2019")
    refused("coordinator-is-member", world.coordinate, "clusters/xx", "2018")
    assert world.coordinate("clusters/xx", "2020")
    refused("coordinator-is-member", world.leave, "clusters/xx", "2019")
    assert world.coordinate("", "2021")
    assert coordinator(world, "2022") == ""


def test_who_joined_no_later_than_a_date_counts_from_it(world):
    """Before it nothing is known, and nothing is contradicted."""
    world.join("clusters/xx", "no later than 2018-05", COORDINATOR)
    seen = [(members(world, d), coordinator(world, d)) for d in ("2018-04", "2018-05-01")]
    assert seen == [([], ""), (["clusters/xx"], "clusters/xx")]
    world.join("clusters/yy", "no later than 2018-05")
    assert world.coordinate("clusters/yy", "2016")
    assert [coordinator(world, d) for d in ("2017", "2018-04", "2018-05")] == [
        "",
        "",
        "clusters/xx",
    ]


def test_a_coordinator_known_by_a_date_may_have_begun_before(world):
    """Two known by the same day may have followed each other; a stranger cannot have begun."""
    world.join("clusters/xx", "2016", COORDINATOR)
    world.join("clusters/yy", "2017")
    assert world.coordinate("clusters/xx", "no later than 2018-05-01")
    assert world.coordinate("clusters/yy", "no later than 2018-05-01")
    assert [coordinator(world, d) for d in ("2018-04", "2018-05-01")] == [
        "clusters/xx",
        "clusters/yy",
    ]
    refused("coordinator-is-member", world.coordinate, "clusters/zz", "no later than 2018")
    world.join("clusters/zz", "2019")
    refused("coordinator-is-member", world.coordinate, "clusters/zz", "no later than 2018")


def test_two_coordinators_from_one_day_contradict(world):
    """The same day for two is refused; the same year may be one after the other."""
    world.join("clusters/xx", "2018-05-01", COORDINATOR)
    refused("one-coordinator", world.join, "clusters/yy", "2018-05-01", COORDINATOR)
    assert world.join("clusters/yy", "2018", COORDINATOR)


def test_dissolving_names_the_live_memberships_or_ends_them(world):
    """One command ends both, in their own streams."""
    world.join("clusters/xx", "2018")
    refusal = refused("live-memberships", world.dissolve, "2020", "clusters/xx")
    assert "partnerships/p (partner from 2018, @2)" in refusal
    recorded = world.dissolve("2020", "clusters/xx", end_memberships=True)
    assert [d.stream for d in recorded] == ["clusters/xx", "partnerships/p"]
    assert recorded[1].event == pb.PartnershipPartnerLeft(
        member="clusters/xx", role=PARTNER, joined_version=2
    )
    assert not members(world, "2021")


def test_dissolve_and_join_exclude_each_other_on_one_day(world):
    """Whichever is recorded first, the other is refused."""
    world.dissolve("2024-06-15", "clusters/xx")
    refused("member-lives", world.join, "clusters/xx", "2024-06-15")
    world.join("clusters/yy", "2024-06-15")
    refused("live-memberships", world.dissolve, "2024-06-15", "clusters/yy")


def test_memberships_of_an_ended_partnership_do_not_hold_a_cluster(world):
    """Its end cuts the open membership."""
    world.join("clusters/xx", "2016")
    world.end("2018")
    assert not members(world, "2019")
    assert world.dissolve("2020", "clusters/xx")


def test_retracting_the_end_of_a_partnership_checks_its_members_again(world):
    """The invariant holds after retractions too."""
    world.join("clusters/xx", "2016")
    world.end("2018")
    world.dissolve("2020", "clusters/xx")
    refused("member-lives", world.retract, "partnerships/p", 3)


def test_retracting_a_leaving_checks_the_later_membership_again(world):
    """Else two memberships would overlap."""
    world.join("clusters/xx", "2015")
    world.leave("clusters/xx", "2016")
    world.join("clusters/xx", "2018")
    refused("membership-once", world.retract, "partnerships/p", 3)


def test_a_coordinator_does_not_stay_without_its_membership(world):
    """Neither where the joining is retracted nor where it is said to have left before."""
    world.join("clusters/xx", "2016")
    world.coordinate("clusters/xx", "2018")
    refused("coordinator-is-member", world.retract, "partnerships/p", 2)
    assert world.retract("partnerships/p", 2, 3)


def test_only_its_own_memberships_hold_a_member(world):
    """The others of the same partnership go on."""
    for member in ("clusters/xx", "clusters/yy"):
        world.join(member, "2018")
    said = refused("live-memberships", world.dissolve, "2020", "clusters/xx")
    assert said.count("partnerships/p") == 1
    world.dissolve("2020", "clusters/xx", end_memberships=True)
    assert members(world, "2021") == ["clusters/yy"]


def test_who_leaves_is_who_is_said_to(world):
    """Whoever joined last."""
    world.join("clusters/xx", "2016")
    world.join("clusters/yy", "2018")
    world.leave("clusters/xx", "2020")
    assert members(world, "2021") == ["clusters/yy"]


def test_memberships_do_not_end_in_the_future_with_their_member(world):
    """Nor before they begin, nor on a second date."""
    world.join("clusters/xx", "2018")
    together = {"stream": "clusters/xx", "end_memberships": True}
    with pytest.raises(InvalidField, match="future"):
        world.dissolve("2025", **together)
    refused("end-before-start", world.dissolve, "2017", **together)
    world.leave("clusters/xx", "2021")
    assert "2021" in refused("ended-once", world.dissolve, "2020", **together)


RELATED = [
    pytest.param({"resource": "clusters/xx"}, id="resource"),
    pytest.param({"as_stated": "a network"}, id="as stated"),
]


def relate(world, on, relation=pb.RELATION_OTHER, stream="partnerships/p", **target):
    """Record a relation of a partnership."""
    stated = pb.PartnershipRelated(relation=relation, target=values_pb2.Party(**target))
    return world.record(world.state(stream).relate(stated, at(on), world))


@pytest.mark.parametrize("target", RELATED)
def test_a_relation_is_recorded_once_for_a_date(world, target):
    """And of a partnership that had not ended."""
    assert relate(world, "2018", **target)
    assert relate(world, "2018", **target) == []
    assert relate(world, "2019", **target)
    refused("end-before-others", world.end, "2017")
    world.end("2019")
    refused("after-end", relate, world, "2020", **target)


def test_a_relation_is_to_another_that_is_there(world):
    """What became an organisation became one, and nothing stands in a relation to itself."""
    world.form("partnerships/pp")
    with pytest.raises(NotFound):
        relate(world, "2018", resource="clusters/nobody")
    with pytest.raises(InvalidField, match="another than the partnership itself"):
        relate(world, "2018", stream="partnerships/pp", resource="partnerships/pp")
    with pytest.raises(InvalidField, match=r"target\.resource"):
        relate(world, "2018", pb.RELATION_BECAME_ORGANISATION, resource="clusters/xx")
    world.organisation("organisations/oo")
    assert relate(world, "2018", pb.RELATION_BECAME_ORGANISATION, resource="organisations/oo")


def test_a_change_of_coordinator_is_recorded_once_for_a_date(world):
    """Of a partnership that had not ended; who coordinates is named in full."""
    world.join("clusters/xx", "2016")
    assert world.coordinate("clusters/xx", "2017")
    assert world.coordinate("clusters/xx", "2017") == []
    with pytest.raises(InvalidField, match="member"):
        world.coordinate("xx", "2018")
    world.end("2019")
    refused("after-end", world.coordinate, "", "2020")


def test_a_partnership_that_is_not_there_has_no_course(world):
    """Nor is one formed twice."""
    none = "partnerships/none"
    for act in (
        lambda: world.join("clusters/xx", stream=none),
        lambda: world.leave("clusters/xx", "2018", stream=none),
        lambda: world.coordinate("", "2018", none),
        lambda: world.activate("2018", none),
        lambda: world.end("2018", none),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(AlreadyExists):
        world.form()


def test_what_a_partnership_is_formed_with_is_checked(world):
    """Ecosystems are known ones, in order; a duration is not negative."""
    tags = [{"ecosystem": slug} for slug in ("health", "digital")]
    (formed,) = world.form("partnerships/qq", ecosystems=tags, target_countries=["EL", "GR", "PL"])
    assert [tag.ecosystem for tag in formed.event.ecosystems] == ["digital", "health"]
    assert list(formed.event.target_countries) == ["GR", "PL"]
    with pytest.raises(InvalidField, match="duration_months"):
        world.form("partnerships/rr", duration_months=-1)


def test_nobody_joins_after_the_end(world):
    """Only what is certainly after it is refused."""
    world.end("2018")
    refused("after-end", world.join, "clusters/xx", "2019")
    assert world.join("clusters/xx", "2018-06")
    assert world.join("clusters/yy")


def test_it_does_not_end_before_somebody_joins(world):
    """The same contradiction, recorded the other way round; in the same year it is none."""
    world.join("clusters/xx", "2019-03")
    refused("end-before-others", world.end, "2018")
    assert world.end("2019")


def test_a_partnership_ends_after_it_was_formed_and_after_it_joined_others(world):
    """The same contradictions, recorded the other way round."""
    world.form("partnerships/qq", "2016")
    refused("end-before-start", world.end, "2015", "partnerships/qq")
    world.join("clusters/xx", "2020")
    world.join("partnerships/qq", "2018")
    said = refused("member-lives", world.end, "2017", "partnerships/qq")
    assert "partnerships/qq joins partnerships/p 2018 (@3), after 2017" in said
    assert world.end("2018", "partnerships/qq")


def test_partnerships_are_members_without_cycles(world):
    """A way back to the partnership itself is refused, named."""
    world.form("partnerships/qq")
    world.form("partnerships/rr")
    world.form("partnerships/pp")
    world.join("partnerships/qq", stream="partnerships/pp")
    world.join("partnerships/rr", stream="partnerships/qq")
    refusal = refused("no-cycles", world.join, "partnerships/pp", stream="partnerships/rr")
    assert "partnerships/rr > partnerships/pp > partnerships/qq > partnerships/rr" in refusal
    refused("no-cycles", world.join, "partnerships/pp", stream="partnerships/pp")


def test_a_way_back_through_any_member_is_a_cycle(world):
    """Not only through the first."""
    for name in ("pp", "qq", "rr"):
        world.form(f"partnerships/{name}")
    for member in ("clusters/xx", "partnerships/rr", "partnerships/pp"):
        world.join(member, stream="partnerships/qq")
    refused("no-cycles", world.join, "partnerships/qq", stream="partnerships/pp")
    assert world.join("partnerships/rr", stream="partnerships/pp")


def test_a_way_back_at_another_time_is_no_cycle(world):
    """Only a day on which all the memberships hold closes the circle."""
    for name in ("pp", "qq"):
        world.form(f"partnerships/{name}", "2000-01-01")
    world.join("partnerships/qq", "2010", stream="partnerships/pp")
    world.leave("partnerships/qq", "2012", stream="partnerships/pp")
    assert world.join("partnerships/pp", "2015", stream="partnerships/qq")
    refused("no-cycles", world.retract, "partnerships/pp", 3)


def test_an_ended_partnership_may_have_been_a_member(world):
    """Unknown dates are no contradiction; joining certainly after its end is one."""
    world.form("partnerships/qq", "2016")
    world.end("2017", "partnerships/qq")
    assert world.join("partnerships/qq")
    world.form("partnerships/rr")
    refused("member-lives", world.join, "partnerships/qq", "2018", stream="partnerships/rr")


def test_an_escp_s3_has_partners_from_three_countries(world):
    """The refusal names the rule, the facts and the remedy."""
    world.form("partnerships/s3", kind=pb.PARTNERSHIP_KIND_ESCP_S3)
    for member in ("clusters/xx", "clusters/yy"):
        world.join(member, stream="partnerships/s3")
    refusal = refused("escp-s3/1", world.activate, "2019", "partnerships/s3")
    assert "2 full members" in refusal
    assert "2 countries (CZ, PL)" in refusal
    assert "record the members" in refusal
    world.join("clusters/zz", stream="partnerships/s3")
    assert world.activate("2019", "partnerships/s3")[0].event.policy == "escp-s3/1"
    assert world.activate("2019", "partnerships/s3") == []


def test_a_partnership_is_active_while_it_lives_by_who_is_a_member_then(world):
    """Measured on the last day of the period; where it has no date, today."""
    world.form("partnerships/qq", "2016")
    world.join("clusters/xx", "2016", stream="partnerships/qq")
    world.join("clusters/yy", "2018-06", stream="partnerships/qq")
    refused("end-before-start", world.activate, "2015", "partnerships/qq")
    assert "1 full members" in refused("general/1", world.activate, "2017", "partnerships/qq")
    assert world.state("partnerships/qq").activated is None
    assert world.activate("2018", "partnerships/qq")
    assert world.activate("unknown", "partnerships/qq")
    assert world.state("partnerships/qq").activated.unknown
    world.end("2019", "partnerships/qq")
    refused("after-end", world.activate, "2020", "partnerships/qq")


def test_members_that_are_only_associated_do_not_make_a_partnership(world):
    """Coordinator, partner and founder count, each member once."""
    world.join("clusters/xx")
    for role in (ASSOCIATED, pb.PARTNER_ROLE_INDIRECT):
        world.join("clusters/yy", role=role)
    world.join("clusters/xx", role=pb.PARTNER_ROLE_FOUNDER)
    said = refused("general/1", world.activate, "2019")
    assert "1 full members (clusters/xx), and needs 2" in said
    world.join("clusters/yy", role=COORDINATOR)
    assert world.activate("2019")


def test_a_policy_may_ask_for_a_coordinator_and_for_kinds_of_members(world):
    """What is missing is said in one sentence."""
    world.organisation("organisations/oo")
    for member in ("clusters/xx", "organisations/oo"):
        world.join(member)
    policy = Policy("strict/1", member_kinds=frozenset({"clusters"}), coordinator=True)
    said = refused("strict/1", measure, world.state("partnerships/p"), policy, day("2019"), world)
    assert "1 full members that are clusters (clusters/xx), and needs 2; it has no coord" in said
    world.join("clusters/yy", role=COORDINATOR)
    measure(world.state("partnerships/p"), policy, day("2019"), world)


@pytest.mark.parametrize(("on", "met"), [("2019", True), ("2021", False)])
def test_the_defence_call_counts_states_of_the_union_on_that_day(world, on, met):
    """The United Kingdom counts until it left."""
    world.form(
        "partnerships/dd", kind=pb.PARTNERSHIP_KIND_ESCP_4I, call="COSME COS-CLUSTPARTNS-2017-3-02"
    )
    world.cluster("clusters/gb", country="UK")
    for member in ("clusters/xx", "clusters/yy", "clusters/gb"):
        world.join(member, stream="partnerships/dd")
    if met:
        assert world.activate(on, "partnerships/dd")
    else:
        assert "2 EU states" in refused(POLICIES[0].slug, world.activate, on, "partnerships/dd")


def test_a_regional_forum_of_one_country_can_be_active(world):
    """Ten clusters of one country are a forum."""
    world.form("partnerships/ff", kind=pb.PARTNERSHIP_KIND_REGIONAL_FORUM)
    for n in range(10):
        world.cluster(f"clusters/c{n}", country="PL")
        world.join(f"clusters/c{n}", stream="partnerships/ff")
    assert world.activate("2020", "partnerships/ff")


def test_policies_have_names_of_their_own_and_one_always_fits():
    """A slug stands for one rule set for ever."""
    assert len({policy.slug for policy in POLICIES}) == len(POLICIES)
    assert policy_for(pb.PARTNERSHIP_KIND_OTHER, "").slug == "general/1"


def test_the_end_of_a_partnership_is_dated_and_single(world):
    """As every ending."""
    with pytest.raises(InvalidField):
        world.end("unknown")
    world.end("2018")
    assert world.end("2018") == []
    with pytest.raises(RuleRefused, match="@2"):
        world.end("2019")
