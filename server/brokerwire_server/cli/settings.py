"""`brokerwire config`: what is set, and where."""

import json
from pathlib import Path

import click

from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.config import ConfigError, Effective, environment_name, load
from brokerwire_server.config.settings import SETTINGS
from brokerwire_server.config.values import render


def effective(flags: dict[str, object], file: Path | None) -> Effective:
    """Load the configuration; a mistake in it ends the command."""
    try:
        return load(flags, file=file)
    except ConfigError as error:
        raise CommandFailure(
            str(error), "all settings and where they come from: brokerwire config show", Exit.USAGE
        ) from None


@click.group
def config() -> None:
    """Look at the configuration.

    It comes from defaults, then one TOML file (--config, BROKERWIRE_CONFIG, else ./brokerwire.toml), then the
    environment (paper.seed is BROKERWIRE_PAPER_SEED), then flags; the later wins. Connections are in the file only;
    their credentials show as references, and those that were made with `brokerwire connections add` are not here.
    """


@config.command("show")
@click.option("--config", "file", type=click.Path(path_type=Path), help="The TOML file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(file: Path | None, *, as_json: bool) -> None:
    """Print every setting's value, and where it comes from."""
    found = effective({}, file)
    rows = [(key, render(SETTINGS[key].kind, value), found.origins[key]) for key, value in found.values.items()]
    for connection in found.config.connections:
        rows += [(key, value, connection.place) for key, value in connection.rows()]
    if as_json:
        document = {
            key: {"value": value, "origin": origin, "variable": environment_name(key) if key in SETTINGS else ""}
            for key, value, origin in rows
        }
        click.echo(json.dumps(document, indent=2))
        return
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for key, value, origin in rows:
        shown = f"{key:<{widths[0]}}  {value:<{widths[1]}}  {origin}"
        click.secho(shown, dim=origin == "default")
