"""Every command is run against a real service, by a test here or by an example of a document."""

import ast
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click
import pytest

from registryctl.app import Verb
from registryctl.main import registryctl
from tests.cli.test_help import ALL
from tests.docs.console import examples
from tests.docs.test_documents import WITH_EXAMPLES

LEAVES = {path: each for path, each in ALL.items() if not isinstance(each, click.Group)}
SERVICES = {"service", "example"}
"""Fixtures that are a running service."""
ANYTHING = "?"
"""Stands for what is known only when a test runs."""


def path_of(words: Iterable[str]) -> str:
    """The command that a line of arguments runs ("cluster show"); empty where it is none."""
    group: click.Group = registryctl
    path: list[str] = []
    rest = iter(words)
    for word in rest:
        options = {name: one for one in group.params for name in (*one.opts, *one.secondary_opts)}
        option = options.get(word)
        if isinstance(option, click.Option):
            if not option.is_flag:
                next(rest, None)
            continue
        command = group.commands.get(word)
        path.append(word)
        if not isinstance(command, click.Group):
            return " ".join(path) if command else ""
        group = command
    return ""


def words_of(node: ast.AST) -> list[str]:
    """What stands in a string, a list or the arguments of a call, as a shell would split it."""
    match node:
        case ast.Constant(value=str(text)):
            return text.split()
        case ast.JoinedStr(values=parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else ANYTHING for part in parts
            ).split()
        case ast.Call(args=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [word for part in parts for word in words_of(part) or [ANYTHING]]
    return [ANYTHING]


def typed_in_tests() -> Iterator[list[str]]:
    """Everything that looks like a line of arguments in the tests that take a service."""
    for file in Path(__file__).parent.glob("test_*.py"):
        for function in ast.walk(ast.parse(file.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            if SERVICES & {argument.arg for argument in function.args.args}:
                yield from map(words_of, ast.walk(function))


def typed_in_documents() -> Iterator[list[str]]:
    """What follows the name of the program in every example, all of which are run."""
    for example in chain.from_iterable(map(examples, WITH_EXAMPLES)):
        words = example.words
        for place, word in enumerate(words):
            if word == "registryctl":
                yield words[place + 1 :]


RUN = set(map(path_of, chain(typed_in_tests(), typed_in_documents())))


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_is_run_against_a_service(path: str) -> None:
    """What is only parsed may fail at the first person who runs it."""
    assert path in RUN


def test_every_command_has_an_example() -> None:
    """It is a Verb, whose example is parsed: none is made past it."""
    assert [path for path, command in LEAVES.items() if not isinstance(command, Verb)] == []


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("-o json --quiet cluster show nextmove", "cluster show"),
        ("health --timeout 5", "health"),
        ("cluster", ""),
        ("cluster no-such", ""),
        ("the cluster show", ""),
    ],
)
def test_a_line_is_of_the_command_that_it_runs(line: str, path: str) -> None:
    """Options before the command are none."""
    assert path_of(line.split()) == path
