"""Retraction with dependants, over random histories of real commands."""

from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.dependants import BOUNDS
from registry.domain.fold import live
from registry.domain.keys import keys_of, references_to
from registry.errors import AlreadyExists, NotFound, RuleRefused
from registry.events.v1 import values_pb2
from tests.domain.given import World, at

CLUSTERS = ("clusters/aa", "clusters/bb")
PARTNERSHIPS = ("partnerships/pp", "partnerships/qq")
EDITIONS = ("editions/ee", "editions/ff")
PARTICIPANTS = (*CLUSTERS, "partnerships/pp", "countries/PL")
CONTRADICTIONS = {
    "membership-once",
    "member-lives",
    "no-cycles",
    "identifier-once",
    "identifier-unique",
    "edition-number",
}
"""Rules of facts that contradict each other."""

dates = st.sampled_from(["2010", "2012", "2014", "2018", "no later than 2015", "unknown"])
ends = st.sampled_from(["2011", "2013", "2016", "2019"])
terms = st.sampled_from([("2010", "2011"), ("2012", "2013"), ("2014", "2016"), ("2010", "2019")])
# Some more often than others, so that facts meet.
clusters = st.sampled_from(CLUSTERS)
partnerships = st.sampled_from(("partnerships/pp", *PARTNERSHIPS))
editions, participants = st.sampled_from(EDITIONS), st.sampled_from(PARTICIPANTS)
members = st.sampled_from(("clusters/aa", *CLUSTERS, *PARTNERSHIPS, "organisations/oo"))
roles = st.sampled_from([2, 2, 2, 1])
ids = st.sampled_from(["Q1", "Q2"])


def legal_entity(world, cluster, on):
    """The organisation acts for a cluster."""
    party = values_pb2.Party(resource="organisations/oo")
    world.record(world.state(cluster).set_legal_entity(party, at(on), world))


def belonged(world, member, term, role, partnership):
    """A membership with its end."""
    world.join(member, term[0], role, partnership)
    world.leave(member, term[1], role, partnership)


def identified(world, value, term, cluster):
    """An identifier with its end."""
    world.identify("wikidata", value, term[0], cluster)
    world.unidentify("wikidata", value, term[1], cluster)


def retracted(world, number):
    """Some event, with all that rests on it; none where nothing counts."""
    if counting(world):
        stream, version = some_event(world, number).split("@")
        world.retract(stream, int(version), with_dependants=True)


def some_event(world, number):
    """Name of an event that counts; every other time of one that ends something."""
    events = [recorded for log in world.logs.values() for recorded in live(log)]
    some = [r for r in events if isinstance(r.event, BOUNDS)] if number % 2 else []
    some = some or events
    return some[number // 2 % len(some)].name


TOLD = {
    "belonged": belonged,
    "identified": identified,
    "legal_entity": legal_entity,
    "retract": retracted,
}
commands = st.one_of(
    st.tuples(st.just("cluster"), clusters),
    st.tuples(st.just("organisation"), st.just("organisations/oo")),
    st.tuples(st.just("identify"), st.just("wikidata"), ids, dates, clusters),
    st.tuples(st.just("unidentify"), st.just("wikidata"), ids, ends, clusters),
    st.tuples(st.just("identified"), ids, terms, clusters),
    st.tuples(st.just("dissolve"), ends, clusters),
    st.tuples(st.just("form"), partnerships, dates),
    st.tuples(st.just("join"), members, dates, roles, partnerships),
    st.tuples(st.just("belonged"), members, terms, roles, partnerships),
    st.tuples(st.just("belonged"), members, terms, roles, partnerships),
    st.tuples(st.just("leave"), members, ends, roles, partnerships),
    st.tuples(st.just("coordinate"), members, dates, partnerships),
    st.tuples(st.just("end"), ends, partnerships),
    st.tuples(st.just("announce"), editions, st.just(1)),
    st.tuples(st.just("cancel"), ends, editions),
    st.tuples(st.just("hold"), st.just("2022-09-27"), editions),
    st.tuples(st.just("enter"), participants, dates, editions),
    st.tuples(st.just("confirm"), participants, dates, editions),
    st.tuples(st.just("withdraw"), participants, ends, editions),
    st.tuples(st.just("attend"), participants, dates, editions),
    st.tuples(st.just("legal_entity"), clusters, dates),
    st.tuples(st.just("retract"), st.integers(0, 1000)),
)


def obey(world, command):
    """Carry out one command; one that is refused leaves nothing behind."""
    name, *arguments = command
    try:
        match name:
            case _ if name in TOLD:
                TOLD[name](world, *arguments)
            case "dissolve":
                world.dissolve(*arguments, end_memberships=True)
            case "enter" | "confirm" | "withdraw" | "attend":
                getattr(world, name)(arguments[0], arguments[1], edition=arguments[2])
            case _:
                getattr(world, name)(*arguments)
    except (AlreadyExists, NotFound, RuleRefused):
        pass


def begun():
    """A world in which everything is registered."""
    world = World()
    for cluster in CLUSTERS:
        world.cluster(cluster)
    world.organisation("organisations/oo")
    for partnership in PARTNERSHIPS:
        world.form(partnership, "2009")
    world.announce("editions/ee", number=1)
    return world


@st.composite
def histories(draw):
    """A world after random commands."""
    world = begun()
    for command in draw(st.lists(commands, min_size=12, max_size=40)):
        obey(world, command)
    return world


def counting(world):
    """Names of all events that count."""
    return [recorded.name for log in world.logs.values() for recorded in live(log)]


def copy(world):
    """The same world, which another command may change."""
    other = World()
    other.logs = {stream: list(log) for stream, log in world.logs.items()}
    return other


def require_sound(world):
    """Every stream folds, every aggregate holds its invariants, every reference is registered."""
    for stream, log in world.logs.items():
        state = world.state(stream)
        assert state.registered or not live(log)
        if state.registered:
            state.check(world)
            continue
        keys = set(references_to(stream))
        for other, events in world.logs.items():
            assert all(keys.isdisjoint(keys_of(other, recorded.event)) for recorded in live(events))


def gone(before, after):
    """Names of the events that no longer count."""
    return set(counting(before)) - set(counting(after))


def refusal_of(command):
    """Why it is refused; None where it is not."""
    try:
        command()
    except RuleRefused as refusal:
        return refusal
    return None


@given(histories(), st.lists(st.integers(0, 1000), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_goes_with_some_events_is_enough_and_no_more(world, numbers):
    """The world is sound after it, and was not without any one of the dependants."""
    asked = {some_event(world, number) for number in numbers}
    stream, version = min(asked).split("@")
    after = copy(world)
    refusal = refusal_of(
        partial(after.retract, stream, int(version), also=asked, with_dependants=True)
    )
    if refusal is not None:
        assert refusal.rule in CONTRADICTIONS
        assert len(refusal.events) > 1
        return
    require_sound(after)
    recorded = [r for stream, log in after.logs.items() for r in log[len(world.logs[stream]) :]]
    went = {f"{r.stream}@{r.event.version}" for r in recorded}
    assert gone(world, after) == went
    for spared in went - asked:
        again = partial(copy(world).retract, stream, int(version), also=went - {spared})
        assert spared in refusal_of(again).events
    copy(world).retract(stream, int(version), also=went)


@given(histories())
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_commands_leave_a_sound_world(world):
    """What the property above rests on: no rule is broken before anything is retracted."""
    require_sound(world)
