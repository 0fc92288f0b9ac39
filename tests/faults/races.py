"""Races: what is set against what, who may win, and what the log must never show."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from registry.events.v1 import cluster_pb2, edition_pb2, partnership_pb2
from registry.events.v1.envelope_pb2 import Envelope
from registry.v1.event_service_pb2 import StoredEvent
from registry.v1.record_service_pb2 import Command
from tests.faults import commands
from tests.faults.client import Client, Outcome

Pair = tuple[Command, Command]
RACES_AT_ONCE = 8
JITTER_S = 0.001


class Race(NamedTuple):
    """Two commands of which one may be recorded."""

    refusal: str
    """Code of the answer to the one that comes second."""
    prepare: Callable[[int], list[Command]]
    """What a round needs."""
    pair: Callable[[int], Pair]
    subject: Callable[[StoredEvent], str]
    """What may be said once only: events of one subject contradict each other; "": none."""


def _event(kind, event: StoredEvent):
    """The event as `kind`, or None where it is another."""
    if event.topic != kind.DESCRIPTOR.full_name:
        return None
    return kind.FromString(Envelope.FromString(event.state).payload)


def _ends_or_joins(stored: StoredEvent) -> str:
    if _event(cluster_pb2.ClusterDissolved, stored):
        return stored.stream
    joined = _event(partnership_pb2.PartnershipPartnerJoined, stored)
    return joined.member if joined else ""


def _number(stored: StoredEvent) -> str:
    announced = _event(edition_pb2.EditionAnnounced, stored)
    return str(announced.number) if announced else ""


def _registered(stored: StoredEvent) -> str:
    return stored.stream if _event(cluster_pb2.ClusterRegistered, stored) else ""


def _identifier(stored: StoredEvent) -> str:
    added = _event(cluster_pb2.ClusterIdentifierAdded, stored)
    return f"{added.scheme} {added.value}" if added else ""


RACES = {
    # The membership would begin in 2021, after the end in June 2020.
    "dissolve-join": Race(
        "FAILED_PRECONDITION",
        lambda n: [commands.register(f"c-{n}"), commands.form(f"p-{n}")],
        lambda n: (commands.dissolve(f"c-{n}"), commands.join(f"p-{n}", f"c-{n}", 2021)),
        _ends_or_joins,
    ),
    "edition-number": Race(
        "FAILED_PRECONDITION",
        lambda _: [],
        lambda n: (commands.announce(f"e-{n}-a", n), commands.announce(f"e-{n}-b", n)),
        _number,
    ),
    "same-id": Race(
        "ALREADY_EXISTS",
        lambda _: [],
        lambda n: (commands.register(f"c-{n}", "One"), commands.register(f"c-{n}", "Other")),
        _registered,
    ),
    "identifier": Race(
        "FAILED_PRECONDITION",
        lambda n: [commands.register(f"c-{n}-a"), commands.register(f"c-{n}-b")],
        lambda n: (commands.identify(f"c-{n}-a", f"Q{n}"), commands.identify(f"c-{n}-b", f"Q{n}")),
        _identifier,
    ),
}


async def run(
    race: Race, clients: Sequence[Client], rounds: range
) -> list[tuple[Outcome, Outcome]]:
    """Send both commands of every round at once, to different servers where there are several."""
    await clients[0].record_all([each for n in rounds for each in race.prepare(n)])
    gate = asyncio.Semaphore(RACES_AT_ONCE)

    async def one(n: int) -> tuple[Outcome, Outcome]:
        first, second = random.sample(race.pair(n), 2)
        async with gate:
            return await _both(((clients[0], first), (clients[-1], second)))

    return await asyncio.gather(*map(one, rounds))


async def _both(calls: Sequence[tuple[Client, Command]]) -> tuple[Outcome, Outcome]:
    """Make both calls, either first: a server may take its commands in the order they come."""
    tasks: dict[int, asyncio.Task[Outcome]] = {}
    for place in random.sample((0, 1), 2):
        client, call = calls[place]
        tasks[place] = asyncio.create_task(client.call(call))
        # Two processes can fall into step, one ahead of the other for a while. A call that
        # starts later may find the first one answered, so most follow at once.
        await asyncio.sleep(random.choice((0, 0, 0, JITTER_S)))
    return await tasks[0], await tasks[1]


def problems(race: Race, answers: Sequence[tuple[Outcome, Outcome]]) -> Iterator[str]:
    """Rounds in which not exactly one won, or the other was told something else."""
    for n, pair in enumerate(answers):
        codes = sorted(outcome.code for outcome in pair)
        if codes != sorted(["OK", race.refusal]):
            yield f"round {n}: {[(o.code, o.reason, o.message) for o in pair]}"


def contradictions(race: Race, events: Sequence[StoredEvent]) -> dict[str, list[str]]:
    """Subjects with more than one event, by what is recorded."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if subject := race.subject(event):
            found[subject].append(f"{event.stream}@{event.version}")
    return {subject: names for subject, names in found.items() if len(names) > 1}


def subjects(race: Race, events: Sequence[StoredEvent]) -> Counter[str]:
    """How often something is recorded of each subject."""
    return Counter(subject for event in events if (subject := race.subject(event)))
