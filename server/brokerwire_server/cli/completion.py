"""Shell completion, by click's own mechanism."""

import click
from click.shell_completion import get_completion_class

VARIABLE = "_BROKERWIRE_COMPLETE"


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(brokerwire completion bash)"           in ~/.bashrc
    zsh:   eval "$(brokerwire completion zsh)"            in ~/.zshrc
    fish:  brokerwire completion fish | source            in ~/.config/fish/config.fish
    """  # noqa: D301 - click's mark for lines that stay as they are
    from brokerwire_server.cli.root import cli  # noqa: PLC0415 - the root imports this module

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    # Not .source(): it runs the shell to check its version, and the shell may not be installed here.
    script = kind(cli, {}, "brokerwire", VARIABLE)
    click.echo(script.source_template % script.source_vars())
