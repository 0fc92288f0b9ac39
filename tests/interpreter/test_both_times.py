"""Every answer is a function of the log, as of any day and as known at any position."""

import os
import random
import shutil

import pytest

from tests.interpreter.checking import Some, disagreement, shortest
from tests.interpreter.commands import Drawn
from tests.interpreter.serving import served

SEED = int(os.environ.get("BOTH_TIMES_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
COMMANDS = 36
"""Of a history; about half of them are refused."""
DATABASES = {"sqlite": 18, "postgres": 2}
"""How many histories of twenty happen there: a new database and its plans take a second."""
PARTS = 1


def long_parts():
    """Times twenty histories of `make test-both-times`."""
    return 5 if os.environ.get("SHORT") else 100


@pytest.fixture(params=DATABASES)
def place(request, tmp_path):
    """Opens a new registry, any number of times."""
    numbers = iter(range(10**9))

    def on_sqlite(ask):
        directory = tmp_path / str(next(numbers))
        with served(directory=directory) as registry:
            answer = ask(registry)
        shutil.rmtree(directory)
        return answer

    def on_postgres(ask):
        server = request.getfixturevalue("postgres_server")
        url = server.create_database()
        with served(url=url) as registry:
            answer = ask(registry)
        server.drop_database(url.rpartition("/")[2])
        return answer

    ask = on_sqlite if request.param == "sqlite" else on_postgres
    ask.histories = DATABASES[request.param]
    return ask


def check(place, seed, pairs, questions):
    """Let a history happen, and have the registry and the interpreter answer."""

    def tried(commands, choose):
        return place(lambda registry: disagreement(registry, commands, choose))

    found = tried(Drawn(seed).history(COMMANDS), Some(seed, pairs, questions))
    if found is not None:
        shrunk = shortest(found, tried)
        pytest.fail(f"BOTH_TIMES_SEED={seed}:\n{shrunk}", pytrace=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_answers_are_what_the_log_says(place, part):
    """What there is, who is found, figures and what is behind them: as of a day and as known."""
    for number in range(place.histories):
        check(place, SEED + part * place.histories + number, pairs=12, questions=6)


@pytest.mark.both_times
@pytest.mark.parametrize("part", range(long_parts()))
def test_answers_of_many_histories_are_what_the_log_says(place, part):
    """The same of more histories, of which more is asked."""
    for number in range(place.histories):
        check(place, SEED + part * place.histories + number, pairs=40, questions=15)
