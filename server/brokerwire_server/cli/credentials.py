"""How the command line comes by a credential: asked for, hidden, or by reference; never as an argument."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from brokerwire.types import Broker, ConnectionField
from brokerwire_server.cli.exits import CommandFailure, Exit

OPTION = click.option(
    "--credential",
    "references",
    multiple=True,
    metavar="PART=env:NAME|file:PATH|-",
    help="Where a part of the credential is: a variable, a file, or a line of standard input. May be repeated.",
)


def interactive() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def gather(broker: Broker, references: Sequence[str]) -> dict[str, str]:
    """Return the parts of a credential: by reference, and the rest asked for.

    Raises:
        CommandFailure: a part is missing and nobody can be asked, or a reference leads nowhere.
    """
    found = dict(map(_fetch, references))
    missing = [field for field in broker.credential_fields if field.name not in found and not field.default_value]
    if missing and not interactive():
        names = ", ".join(field.name for field in missing)
        hint = " ".join(f"--credential {field.name}=env:NAME" for field in missing)
        raise CommandFailure(f"{broker.broker} needs {names}", f"say where: {hint}", Exit.USAGE)
    return found | {field.name: _ask(field) for field in missing}


def pairs(option: str, texts: Sequence[str]) -> Mapping[str, str]:
    """Return settings from `KEY=VALUE` texts."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} takes KEY=VALUE, not {text!r}")
        found[key] = value
    return found


def _ask(field: ConnectionField) -> str:
    click.echo(f"  {field.about}", err=True)
    value: str = click.prompt(f"  {field.name}", hide_input=True, err=True)
    return value.strip()


def _fetch(reference: str) -> tuple[str, str]:
    part, equals, place = reference.partition("=")
    scheme, _, target = place.partition(":")
    if not equals or not part or not (place == "-" or (scheme in {"env", "file"} and target)):
        # Not quoted: it may be the secret itself.
        raise click.UsageError("--credential takes PART=env:NAME, PART=file:PATH or PART=-, never the secret itself")
    if place == "-":
        value = sys.stdin.readline().strip()
    elif scheme == "env":
        value = os.environ.get(target, "")
    else:
        value = _read(part, Path(target))
    if not value:
        raise CommandFailure(
            f"{part}: there is nothing in {place if place != '-' else 'standard input'}", "", Exit.USAGE
        )
    return part, value


def _read(part: str, path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not text"
        raise CommandFailure(f"{part}: {path} can't be read ({why})", "", Exit.USAGE) from None
