"""Checks a history: what the registry answers is what the interpreter says."""

import difflib
import itertools
import random
from typing import Any, NamedTuple

from google.protobuf.json_format import MessageToJson
from google.type.date_pb2 import Date

from tests.interpreter.asking import Question
from tests.interpreter.dates import first_of
from tests.interpreter.facts import Known, read
from tests.interpreter.questions import about, every, one, questions
from tests.interpreter.words import date
from tests.postgres import wait_until

TIMEOUT_S = 30
DAYS = tuple(
    first_of(Date(**date(text)))
    for text in (
        *("2009-12-31", "2010-01-01", "2012-05-31", "2012-06-01", "2012-06-30", "2012-07-01"),
        *("2013-12-31", "2014-01-01", "2014-12-31", "2016-02-01", "2017-12-31", "2018-01-01"),
        *("2018-01-01", "2018-01-02", "2019-12-31", "2020-01-01", "2026-06-01", "2030-05-01"),
    )
)
"""Ordinals, on both sides of the dates that commands have."""


class Some:
    """Chooses at random: so many pairs of position and day, so many questions of each."""

    def __init__(self, seed, pairs, questions):
        self._random = random.Random(seed)
        self._pairs = pairs
        self._questions = questions

    def pairs(self, positions):
        """Positions with a day each; later ones more often, which know more."""
        choice = self._random.choice
        return [
            (max(choice(positions), choice(positions)), choice(DAYS)) for _ in range(self._pairs)
        ]

    def questions(self, kinds):
        """Questions of so many kinds, one of each, with what they are about."""
        for calls in self._random.sample(kinds, min(self._questions, len(kinds))):
            call = self._random.choice(calls)
            yield about(call), one(call, self._random.choice)


class Again(NamedTuple):
    """Chooses every question about the same, of one day and at every position."""

    about: Any
    day: int

    def pairs(self, positions):
        """Positions with the day."""
        return [(position, self.day) for position in positions]

    def questions(self, kinds):
        """Those about the same."""
        for call in itertools.chain.from_iterable(kinds):
            if about(call) == self.about:
                yield from ((self.about, question) for question in every(call))


class Disagreement(NamedTuple):
    """A question that the registry answers in another way than the interpreter."""

    history: Any
    """Commands that were recorded, each with its position."""
    about: Any
    question: Question
    answer: Any
    day: int

    def __str__(self):
        """The history and the question, and how the answers differ."""
        commands = [f"{position:4} {rpc} {fields}" for position, rpc, fields in self.history]
        differing = difflib.unified_diff(
            lines(self.question.expected), lines(self.answer), "interpreter", "registry", n=9
        )
        asked = f"{self.question.rpc} {self.question.fields}"
        return "\n".join([*commands, asked, *map(str.rstrip, differing)])

    @property
    def commands(self):
        """The commands alone."""
        return [(rpc, fields) for _, rpc, fields in self.history]


def lines(message):
    """A message as text; None where nothing is found."""
    return ["not found"] if message is None else MessageToJson(message, indent=1).splitlines()


def recorded(served, commands):
    """Record commands and wait until the views show them; those that were not refused."""
    found = [(served.record(rpc, fields), rpc, fields) for rpc, fields in commands]
    served.views.wait(served.registry.head(), TIMEOUT_S)
    wait_until(served.is_renewed, "views without what was redacted")
    return [command for command in found if command[0]]


def disagreement(served, commands, choose):
    """The first question that is answered in another way; None where there is none.

    Args:
        served: a new registry.
        commands: its history.
        choose: chooses positions and days, and the questions of each.
    """
    history = recorded(served, commands)
    facts = read(served.log)
    positions = sorted({1, *(position for position, _, _ in history)})
    for position, day in choose.pairs(positions):
        for asked, question in choose.questions(questions(Known(facts, position), day)):
            answer = served.ask(question.rpc, **question.fields)
            answer = answer and question.seen(answer)
            if answer != question.expected:
                return Disagreement(history, asked, question, answer, day)
    return None


def shortest(found, tried):
    """A disagreement of as few commands as leaving them out one after another finds.

    Args:
        found: a disagreement.
        tried: finds one of other commands, in a new registry.
    """
    choose = Again(found.about, found.day)
    size = len(found.history) // 2
    while size:
        for start in range(len(found.history) - size, -1, -size):
            fewer = found.commands[:start] + found.commands[start + size :]
            found = tried(fewer, choose) or found
        size //= 2
    return found
