"""Every question about a day as known at a position."""

from tests.interpreter.asking import Question
from tests.interpreter.figuring import AskingFigures
from tests.interpreter.listing import AskingResources


def questions(known, day):
    """Kinds of question, each a list of calls that make one, or a list of such calls."""
    resources, figures = AskingResources(known, day), AskingFigures(known, day)
    return [kind for kind in (*resources.questions(), *figures.questions()) if kind]


def about(call):
    """What a call asks about, whatever is known: to ask the same again."""
    return call.func.__name__, call.args


def one(call, choose):
    """One question of a call."""
    found = call()
    return found if isinstance(found, Question) else one(choose(found), choose)


def every(call):
    """Every question of a call."""
    found = call()
    if isinstance(found, Question):
        yield found
    else:
        for inner in found:
            yield from every(inner)
