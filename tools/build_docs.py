"""Write docs/reference/ from the comments of protos/ and the help of registryctl."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import build_protos
import click
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from registryctl.main import registryctl

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make docs`; change what it is made of. -->\n\n"
WIDTH = 90
API_INTRODUCTION = """\
Services and what they take and give (`registry.v1`), then the events they record
(`registry.events.v1`). What a field may hold is said by rules beside it in `protos/`; a request
that breaks one is refused naming the field. How to send again, wait and read errors:
[clients](../clients.md).

"""
# Numbers of fields of descriptor.proto, of which the paths of comments are made.
FILE_MESSAGE, FILE_ENUM, FILE_SERVICE = 4, 5, 6
MESSAGE_FIELD, SERVICE_METHOD, ENUM_VALUE = 2, 2, 2
Field = FieldDescriptorProto


def main() -> int:
    """Write the pages, or with `check` name those that are not as they would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["generate", "check"])
    verb = parser.parse_args().verb
    stale = [(p, text) for p, text in pages() if not p.exists() or p.read_text() != text]
    for path, text in stale:
        if verb == "check":
            sys.stderr.write(f"not as generated: {path.relative_to(ROOT)}; run `make docs`\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if stale and verb == "check" else 0


def pages() -> Iterator[tuple[Path, str]]:
    """List each page with its text."""
    yield REFERENCE / "api.md", api_page(image())
    yield REFERENCE / "registryctl.md", cli_page()


def image() -> FileDescriptorSet:
    """Compile protos/ with its comments."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "image.binpb"
        build_protos.build_image(build_protos.PROTOS, file, Path(scratch))
        return FileDescriptorSet.FromString(file.read_bytes())


# -- registryctl -----------------------------------------------------------------------------


def cli_page() -> str:
    """Show the help of every command, noun by noun."""
    root = click.Context(registryctl, info_name="registryctl", terminal_width=WIDTH)
    parts = ["# registryctl\n", MADE, help_of(root)]
    for noun in sorted(registryctl.commands):
        parts.append(f"## {noun}\n\n")
        parts.extend(help_of(context) for context in contexts(root, noun))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def contexts(parent: click.Context, name: str) -> Iterator[click.Context]:
    """Walk a command and those below it."""
    group = parent.command
    assert isinstance(group, click.Group)  # noqa: S101 - only groups have commands
    command = group.commands[name]
    context = click.Context(command, parent=parent, info_name=name, terminal_width=WIDTH)
    yield context
    if isinstance(command, click.Group):
        for below in sorted(command.commands):
            yield from contexts(context, below)


def help_of(context: click.Context) -> str:
    """Show what --help prints."""
    lines = (line.rstrip() for line in context.get_help().splitlines())
    return "```text\n" + "\n".join(lines) + "\n```\n"


# -- the API ---------------------------------------------------------------------------------


def api_page(files: FileDescriptorSet) -> str:
    """Show every service, message and enum of registry.v1 and of the events."""
    ours = sorted(
        (file for file in files.file if file.package.startswith("registry.")),
        key=lambda file: (file.package != "registry.v1", not file.service, file.name),
    )
    return (
        "# The API\n\n"
        + MADE
        + API_INTRODUCTION
        + "\n".join(text for file in ours for text in of_file(file))
    )


def of_file(file: FileDescriptorProto) -> Iterator[str]:
    """Show one file: its services, then its messages, then its enums."""
    comments = {
        tuple(place.path): place.leading_comments for place in file.source_code_info.location
    }

    def said(*path: int) -> str:
        return " ".join(comments.get(path, "").split())

    if not (file.service or file.message_type or file.enum_type):
        return
    yield f"## {file.name}\n"
    for n, service in enumerate(file.service):
        yield f"### {service.name}\n\n{said(FILE_SERVICE, n)}\n"
        for m, rpc in enumerate(service.method):
            takes = stream(rpc.input_type, streams=rpc.client_streaming)
            gives = stream(rpc.output_type, streams=rpc.server_streaming)
            what = said(FILE_SERVICE, n, SERVICE_METHOD, m)
            yield f"**{rpc.name}** ({takes}) → {gives}  \n{what}\n"
    for n, message in enumerate(file.message_type):
        yield f"### {message.name}\n\n{said(FILE_MESSAGE, n)}\n"
        names = [said(FILE_MESSAGE, n, MESSAGE_FIELD, m) for m in range(len(message.field))]
        if message.field:
            yield fields_of(message, names)
    for n, enum in enumerate(file.enum_type):
        yield f"### {enum.name}\n\n{said(FILE_ENUM, n)}\n"
        yield values_of(enum, [said(FILE_ENUM, n, ENUM_VALUE, m) for m in range(len(enum.value))])


def fields_of(message: DescriptorProto, comments: list[str]) -> str:
    """Show the fields of a message as a table."""
    rows = ["| field | type | |", "|---|---|---|"]
    for field, comment in zip(message.field, comments, strict=True):
        rows.append(f"| {field.name} | {type_of(message, field)} | {cell(comment)} |")
    return "\n".join(rows) + "\n"


def values_of(enum: EnumDescriptorProto, comments: list[str]) -> str:
    """Show the values of an enum as a table."""
    rows = ["| value | |", "|---|---|"]
    for value, comment in zip(enum.value, comments, strict=True):
        rows.append(f"| {value.name} | {cell(comment)} |")
    return "\n".join(rows) + "\n"


def type_of(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    """Say the type of a field as the proto would."""
    for nested in message.nested_type:
        if nested.options.map_entry and field.type_name.endswith(f".{nested.name}"):
            key, value = (scalar(each) for each in nested.field)
            return f"map of {key} to {value}"
    if field.label == Field.LABEL_REPEATED:
        return f"repeated {scalar(field)}"
    return f"optional {scalar(field)}" if field.proto3_optional else scalar(field)


def scalar(field: FieldDescriptorProto) -> str:
    """Say the type of one value."""
    if field.type_name:
        return short(field.type_name)
    return Field.Type.Name(field.type).removeprefix("TYPE_").lower()


def stream(type_name: str, *, streams: bool) -> str:
    """Say what goes one way of an RPC."""
    return f"stream of {short(type_name)}" if streams else short(type_name)


def short(type_name: str) -> str:
    """Leave out the packages that are ours."""
    return type_name.removeprefix(".registry.v1.").removeprefix(".registry.").removeprefix(".")


def cell(comment: str) -> str:
    """Keep a comment within its cell."""
    return comment.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
