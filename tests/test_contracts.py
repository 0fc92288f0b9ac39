"""What a reviewer would otherwise have to remember."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest
from buf.validate import validate_pb2

import registry.server.serving  # noqa: F401 - so that every servicer is known
from registry import errors
from registry.application import Registry
from registry.server.records import MAX_COMMANDS
from registry.server.rpc import Servicer, _binders
from registry.v1 import access_pb2, forms_pb2, record_service_pb2
from registry.v1.errors_pb2 import ErrorReason
from registry.v1.options_pb2 import CommandOptions, ReadOptions
from tests.server.client import RPCS, SERVICES

PROTOS = Path(__file__).resolve().parent.parent / "protos" / "registry" / "v1"


def options_of(rpc):
    field = rpc.request.DESCRIPTOR.fields_by_name.get("options")
    return field and field.message_type


COMMANDS = {n: r for n, r in RPCS.items() if options_of(r) is CommandOptions.DESCRIPTOR}
READS = {n: r for n, r in RPCS.items() if options_of(r) is ReadOptions.DESCRIPTOR}


def comment_of(name):
    for file in PROTOS.glob("*_service.proto"):
        if found := re.search(rf"((?:  //.*\n)+)  rpc {name}\(", file.read_text()):
            return found.group(1)
    return ""


def test_every_error_class_is_a_documented_reason_and_the_other_way_round():
    text = (PROTOS / "errors.proto").read_text()
    documented = re.findall(r"// ([A-Z_]+): [^=]*?ERROR_REASON_(\w+) = ", text)
    classes = {errors.RegistryError, *errors.RegistryError.__subclasses__()}
    assert {(each.code, each.reason) for each in classes} == set(documented)
    reasons = {name.removeprefix("ERROR_REASON_") for name, _ in ErrorReason.items()}
    assert {each.reason for each in classes} == reasons - {"UNSPECIFIED"}


@pytest.mark.parametrize("name", RPCS)
def test_every_rpc_has_a_role_and_a_comment_that_names_its_errors(name):
    assert RPCS[name].role in access_pb2.Role.values()[1:]
    assert "Errors: " in comment_of(name)


@pytest.mark.parametrize("name", RPCS)
def test_the_errors_a_comment_names_are_of_the_error_model(name):
    known = {n for c in errors.RegistryError.__subclasses__() for n in (c.code, c.reason)}
    named = set(re.findall(r"\b([A-Z]{4,}(?:_[A-Z]+)+|ABORTED|UNAVAILABLE)\b", comment_of(name)))
    assert named <= known


def test_every_command_can_be_sent_in_a_batch_by_who_may_send_it_alone():
    inner = record_service_pb2.Command.DESCRIPTOR.oneofs_by_name["command"].fields
    assert {(f.name, f.message_type) for f in inner} == {
        (rpc.name, rpc.request.DESCRIPTOR)
        for rpc in COMMANDS.values()
        if rpc.role == RPCS["RecordBatch"].role
    }


def test_the_largest_batch_is_the_one_the_proto_allows():
    field = record_service_pb2.RecordBatchRequest.DESCRIPTOR.fields_by_name["commands"]
    assert field.GetOptions().Extensions[validate_pb2.field].repeated.max_items == MAX_COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_a_method_of_the_registry_with_the_fields_of_its_request(name):
    rpc = COMMANDS[name]
    parameters = list(inspect.signature(getattr(Registry, rpc.name)).parameters)
    fields = [f.name for f in rpc.request.DESCRIPTOR.fields if f.name != "options"]
    assert parameters == ["self", "command", *fields]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_answers_what_was_recorded(name):
    assert "recorded" in COMMANDS[name].response.DESCRIPTOR.fields_by_name


@pytest.mark.parametrize("name", READS)
def test_a_read_answers_the_position_it_was_read_at(name):
    assert "read_position" in READS[name].response.DESCRIPTOR.fields_by_name


def test_every_service_has_a_servicer_with_a_marked_method_for_every_rpc():
    servicers = {each.SERVICE.full_name: each for each in Servicer.__subclasses__()}
    assert set(servicers) == {service.full_name for service in SERVICES}
    for rpc in RPCS.values():
        service = rpc.path.split("/")[1]
        assert getattr(servicers[service], rpc.name) in _binders


def patterned_fields():
    for rpc in RPCS.values():
        for field in rpc.request.DESCRIPTOR.fields:
            if field.GetOptions().Extensions[validate_pb2.field].string.HasField("pattern"):
                yield pytest.param(field, id=field.full_name)


@pytest.mark.parametrize("field", list(patterned_fields()))
def test_a_field_with_a_pattern_says_in_words_what_it_must_be(field):
    assert field.GetOptions().Extensions[forms_pb2.form]


def test_the_newest_release_in_the_changelog_is_this_version():
    """A version without an entry would be a change that nobody was told of."""
    root = PROTOS.parents[2]
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    released = re.findall(r"^## \[(\d[^]]*)\]", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == version
