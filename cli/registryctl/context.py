"""`registryctl context`: services by name, so that no command has to say where."""

from typing import Any

import click

from registryctl import configuration
from registryctl.app import OUTPUTS, Noun, given, remark, settings
from registryctl.params import Address, ContextName


@click.group(cls=Noun)
def context() -> None:
    """Services by name, kept in a file of your own."""


@context.command("list", example="context list")
def list_() -> None:
    """List the contexts; the one in use is marked."""
    from registryctl import printing  # noqa: PLC0415

    found = configuration.read()
    chosen = given().context or found.current
    rows = [_row(name, known, chosen) for name, known in sorted(found.contexts.items())]
    printing.show_objects(given(), rows, listed=True)


@context.command(example="context show")
@click.argument("name", type=ContextName(), required=False)
def show(name: str | None) -> None:
    """Show a context; without NAME, what the next command would use and who says so."""
    from registryctl import printing  # noqa: PLC0415

    found = configuration.read()
    if name is not None:
        row = _row(name, found.context(name), given().context or found.current)
    else:
        row = settings().explained() | {"file": str(found.path)}
    printing.show_object(settings(), row)


@context.command("set", example="context set prague --address registry.example:50051")
@click.argument("name", type=ContextName())
@click.option("--address", type=Address(), help="Host and port of the service.")
@click.option("-o", "--output", type=click.Choice(OUTPUTS), help="Form of the output.")
def set_(name: str, **said: str | None) -> None:
    """Make a context, or change what is said of it."""
    given = {setting: value for setting, value in said.items() if value is not None}
    if not given:
        raise click.UsageError("nothing to set: say --address or --output")
    found = configuration.read()
    found.contexts[name] = found.contexts.get(name, {}) | given
    found.write()
    remark(f"context {name} is set in {found.path}")
    if found.current != name:
        remark(f"to use it: registryctl context use {name}, or --context {name} for one command")


@context.command(example="context use prague")
@click.argument("name", type=ContextName())
def use(name: str) -> None:
    """Use a context from now on, where no other is asked for."""
    found = configuration.read()
    found.context(name)
    found.current = name
    found.write()
    remark(f"context {name} is in use")


@context.command(example="context delete prague")
@click.argument("name", type=ContextName())
def delete(name: str) -> None:
    """Forget a context; the service it names is not touched."""
    found = configuration.read()
    found.context(name)
    del found.contexts[name]
    if found.current == name:
        found.current = ""
        remark("no context is in use now")
    found.write()
    remark(f"context {name} is deleted")


def _row(name: str, known: dict[str, Any], chosen: str) -> dict[str, Any]:
    said = {setting: known.get(setting, "") for setting in configuration.SETTINGS}
    return {"context": name, "inUse": name == chosen} | said
