"""Every command explains itself, every RPC has a command, and help is instant."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import click
import pytest
from click.testing import CliRunner
from google.protobuf.descriptor_pool import Default

from registry.reference import nuts
from registryctl import params
from registryctl.app import Verb
from registryctl.common import NUTS_VERSIONS
from registryctl.main import registryctl
from tests.cli.service import ROOT

SERVICES = sorted(path.name for path in (ROOT / "protos/registry/v1").glob("*_service.proto"))


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")


ALL = dict(commands(registryctl))
VERBS = {path: command for path, command in ALL.items() if isinstance(command, Verb)}


@pytest.mark.parametrize("path", ALL)
def test_every_command_has_help(path):
    """--help succeeds and says more than the usage line; every option says what it does."""
    result = CliRunner().invoke(registryctl, [*path.split(), "--help"])
    assert result.exit_code == 0
    assert ALL[path].help
    undocumented = [
        option.name
        for option in ALL[path].params
        if isinstance(option, click.Option) and not option.help
    ]
    assert undocumented == []


@pytest.mark.parametrize("path", VERBS)
def test_every_example_is_a_line_that_the_command_takes(path, monkeypatch):
    """The example of a command names that command and parses."""
    monkeypatch.chdir(ROOT / "registry/reference")
    command = VERBS[path]
    arguments = shlex.split(command.example)
    nouns = path.split()
    assert arguments[: len(nouns)] == nouns
    assert command.make_context(path, arguments[len(nouns) :], parent=click.Context(registryctl))
    help_text = CliRunner().invoke(registryctl, [*nouns, "--help"]).stdout
    assert f"registryctl {command.example}" in help_text


def test_every_rpc_has_a_command():
    """No RPC of the protos is out of reach of the command line."""
    rpcs = set()
    for name in SERVICES:
        module = import_module(f"registry.v1.{name.removesuffix('.proto')}_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            rpcs |= {f"{service.name}/{method.name}" for method in service.methods}
    called = {
        rpc for verb in VERBS.values() for rpc in (verb.rpc, verb.rpc_of_many, *verb.also) if rpc
    }
    assert rpcs == called


@pytest.mark.parametrize(
    "kind", [value for value in vars(params).values() if isinstance(value, params.Kind)]
)
def test_choices_are_the_values_of_the_enum(kind):
    """What can be typed for an enum is what the proto has."""
    for name in ("partnership", "participation", "edition", "values"):
        import_module(f"registry.events.v1.{name}_pb2")
    words = "".join(part.capitalize() for part in kind.prefix.split("_"))
    enum = Default().FindEnumTypeByName(f"registry.events.v1.{words}")
    names = {value.name for value in enum.values if value.number}
    assert {kind.convert(typed, None, None) for typed in kind.choices} == names


def test_the_versions_of_nuts_are_those_of_the_reference_data():
    """The command line knows no other package of the registry, and names them in its help."""
    assert tuple(map(str, nuts.VERSIONS)) == NUTS_VERSIONS


def test_help_imports_nothing_heavy():
    """Help is instant because gRPC, protobuf and rich wait until a command runs."""
    program = (
        "import sys, registryctl.main; "
        "print(sorted({'grpc', 'google.protobuf', 'rich', 'registry.v1'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "[]"


def test_what_asks_before_it_is_done_is_what_reaches_far():
    """What cannot be taken back, and what takes others with it; a new one is decided on, 0015."""
    asking = {
        path
        for path, command in VERBS.items()
        if any(option.name == "yes" and option.expose_value for option in command.params)
    }
    assert asking == {"cluster dissolve", "edition cancel", "events redact", "events retract"}
