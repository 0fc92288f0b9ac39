"""Races: two commands that contradict each other are never both recorded."""

import asyncio

import psycopg
import pytest

from tests.faults import commands, races
from tests.faults.client import Client, Outcome
from tests.faults.ledger import problems_of_log

pytestmark = pytest.mark.faults
UNCHECKED = ("-m", "tests.faults.unchecked")

FULL = 1000


def clashes(url: str | None) -> int:
    """Transactions that were rolled back under the lock, as PostgreSQL counts them."""
    if url is None:
        return 0
    with psycopg.connect(url, autocommit=True) as connection:
        sql = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.execute(sql).fetchall()[0][0])


@pytest.mark.parametrize("name", races.RACES)
async def test_exactly_one_of_two_contradicting_commands_wins(store, rounds, report, name):
    """One is recorded, the other refused for the reason that holds then; the log agrees."""
    race = races.RACES[name]
    services = store.start_all()
    async with Client(services[0].address) as one, Client(services[-1].address) as other:
        answers = await races.run(race, (one, other), range(1, rounds.races + 1))
        events = await one.replay()
    overlapped = sum(first.overlapped(second) for first, second in answers)
    won = [first.ok for first, _ in answers].count(True)
    assert list(races.problems(race, answers)) == []
    assert races.contradictions(race, events) == {}
    assert len(races.subjects(race, events)) == rounds.races
    assert list(problems_of_log(events)) == []
    assert overlapped > rounds.races * 0.9
    # A few rounds can all go one way, where two processes fall into step.
    assert rounds.races < FULL or 0 < won < rounds.races, "one side always won: nothing raced"
    for service in services:
        await asyncio.to_thread(service.stop)  # only then is all counted
    report(f"{len(answers)} rounds, {overlapped} overlapped, {clashes(store.url)} clashes")
    assert store.url is None or clashes(store.url) > 0, "no decision was ever overtaken"


@pytest.mark.parametrize("name", ["dissolve-join", "edition-number", "identifier"])
async def test_without_keys_both_get_through(store, report, name):
    """Negative control: blind to keys, the same races end with both recorded."""
    race, both, tried = races.RACES[name], 0, 0
    services = store.start_all(program=UNCHECKED)
    async with Client(services[0].address) as one, Client(services[-1].address) as other:
        while not both and tried < 900:
            await races.run(race, (one, other), range(tried + 1, tried + 31))
            tried += 30
            both = len(races.contradictions(race, await one.replay()))
    report(f"both recorded in {both} of {tried} rounds")
    assert both > 0


def test_the_checker_sees_two_winners_none_and_a_wrong_refusal():
    """Negative control of the checker of answers."""
    won, refused = Outcome("OK"), Outcome("ALREADY_EXISTS")
    race = races.RACES["same-id"]
    assert list(races.problems(race, [(won, refused), (refused, won)])) == []
    wrong = [(won, won), (refused, refused), (won, Outcome("INTERNAL")), (won, Outcome("ABORTED"))]
    assert len(list(races.problems(race, wrong))) == len(wrong)
    assert commands.request_id_of(race.pair(1)[0]) != commands.request_id_of(race.pair(1)[1])
