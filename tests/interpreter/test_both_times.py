"""Every answer is a function of the log, as of any day and as known at any position."""

import os
import random
import shutil

import pytest

from tests.interpreter.checking import Some, disagreement, shortest
from tests.interpreter.commands import Drawn, redaction
from tests.interpreter.serving import served
from tests.interpreter.words import CLUSTERS, EDITIONS, ORGANISATIONS, PARTNERSHIPS, date, effective

SEED = int(os.environ.get("BOTH_TIMES_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
COMMANDS = 40
"""Of a history; about half of them are refused."""
DATABASES = {"sqlite": 18, "postgres": 2}
"""How many histories of twenty happen there: a new database and its plans take a second."""
MANY = 10
"""Histories of which one at least has a redaction."""
PARTS = 1
MEMBERS = (*CLUSTERS[:2], ORGANISATIONS[0], PARTNERSHIPS[1])
HEALTH = [{"ecosystem": "health"}]


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
    """Let a history happen, and have the registry and the interpreter answer.

    Answers how many redactions were recorded.
    """
    redactions = []

    def tried(commands, choose):
        def ask(registry):
            found = disagreement(registry, commands, choose)
            redactions.append(registry.accepted["RedactEvent"])
            return found

        return place(ask)

    found = tried(Drawn(seed).history(COMMANDS), Some(seed, pairs, questions))
    if found is not None:
        shrunk = shortest(found, tried)
        pytest.fail(f"BOTH_TIMES_SEED={seed}:\n{shrunk}", pytrace=False)
    return sum(redactions)


def check_histories(place, part, **asked):
    """Check as many as happen in a place, which is as good as never without a redaction."""
    first = SEED + part * place.histories
    found = [check(place, seed, **asked) for seed in range(first, first + place.histories)]
    assert any(found) or len(found) < MANY


@pytest.mark.parametrize("part", range(PARTS))
def test_answers_are_what_the_log_says(place, part):
    """What there is, who is found, figures and what is behind them: as of a day and as known."""
    check_histories(place, part, pairs=12, questions=6)


RELATED = (
    ("RegisterOrganisation", {"organisationId": "org-o", "name": "Alfa", "country": "PL"}),
    ("RegisterCluster", {"clusterId": "cl-a", "name": "Alfa", "country": "PL"}),
    ("RegisterCluster", {"clusterId": "cl-b", "name": "Gamma", "country": "GR"}),
    ("FormPartnership", {"partnershipId": "pa-p", "name": "Zeta"}),
    ("FormPartnership", {"partnershipId": "pa-q", "name": "Zeta"}),
    ("AnnounceEdition", {"editionId": "ed-e", "name": "beta", "dates": {"start": date("2018")}}),
    ("AnnounceEdition", {"editionId": "ed-f", "name": "beta", "dates": {"start": date("2019")}}),
    *(("SetClusterEcosystems", {"cluster": c, "ecosystems": HEALTH}) for c in CLUSTERS[:2]),
    *(("JoinPartnership", {"partnership": PARTNERSHIPS[0], "member": m}) for m in MEMBERS),
    ("JoinPartnership", {"partnership": PARTNERSHIPS[1], "member": CLUSTERS[1]}),
    *(
        ("RegisterParticipation", {"edition": e, "participant": p})
        for e in EDITIONS[:2]
        for p in (*CLUSTERS[:2], "countries/PL")
    ),
)
"""All of them since 2010, as they refer to each other."""


@pytest.mark.parametrize("stream", [ORGANISATIONS[0], CLUSTERS[0], PARTNERSHIPS[0], EDITIONS[0]])
def test_what_referred_to_what_was_redacted_is_known_before(place, stream):
    """Of whom nothing is known any more only the name is left, in what is told of others."""
    commands = [(rpc, {"options": effective("2010"), **fields}) for rpc, fields in RELATED]
    commands += [
        ("RetractEvent", {"stream": stream, "versions": [1], "withDependants": True}),
        ("RedactEvent", redaction(stream, 1)),
    ]

    def ask(registry):
        found = disagreement(registry, commands, Some(SEED, 40, 15))
        return found, registry.accepted.total()

    found, accepted = place(ask)
    assert found is None, str(found)
    assert accepted == len(commands)


@pytest.mark.both_times
@pytest.mark.parametrize("part", range(long_parts()))
def test_answers_of_many_histories_are_what_the_log_says(place, part):
    """The same of more histories, of which more is asked."""
    check_histories(place, part, pairs=40, questions=15)
