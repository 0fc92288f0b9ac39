"""`registryctl completion`: scripts that let a shell complete commands, words and ids."""

import click

from registryctl.app import Verb

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Verb, example="completion bash")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print a script that completes commands in a shell, ids from the service among them.

    Have it evaluated where the shell begins: `eval "$(registryctl completion bash)"` in ~/.bashrc
    (bash 4.4 or newer), `eval "$(registryctl completion zsh)"` in ~/.zshrc after compinit, or
    `registryctl completion fish | source` in ~/.config/fish/config.fish.

    Ids are asked of the service that the line, the environment or the context names, for half
    a second or as long as REGISTRY_TIMEOUT says; where it does not answer, nothing is offered.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415  # only here

    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # of the choices
    script = kind(root.command, {}, "registryctl", "_REGISTRYCTL_COMPLETE")
    # Not `source`: it looks for the version of a shell that may not run here.
    click.echo(script.source_template % script.source_vars())
