"""`brokerwire tokens`: bearer tokens, by the gateway or, for the first one, on its data directory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brokerwire.errors import PermissionDenied
from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.principals import arguments, rights
from brokerwire_server.cli.remote import Remote, remote

if TYPE_CHECKING:
    from brokerwire import Client

MAX_DAYS = 90

_COLUMNS: tuple[Column, ...] = (
    ("TOKEN", attribute("token_id")),
    ("PRINCIPAL", attribute("principal")),
    ("EXPIRES", attribute("expire_time")),
    ("REVOKED", attribute("revoke_time")),
    ("FROM", attribute("allowed_addresses")),
    ("FOR", attribute("description")),
    ("BY", attribute("created_by")),
)


@click.group(cls=DefaultGroup, default="list")
def tokens() -> None:
    """Make, list and revoke bearer tokens. Without a subcommand: list them."""


@tokens.command("list")
@click.option("--principal", default="", metavar="NAME", help="Only tokens of this principal.")
@click.option("--ended", is_flag=True, help="Those that have ended too.")
@remote(account=False)
def list_(to: Remote, principal: str, *, ended: bool) -> None:
    """List the tokens, without their secrets."""
    with to.client() as client:
        found = list(client.access.tokens(principal, include_ended=ended))
    to.out.rows("tokens", found, _COLUMNS)


@tokens.command
@click.argument("principal")
@click.option(
    "--days", type=click.IntRange(1, MAX_DAYS), default=MAX_DAYS, show_default=True, help="How long it lives."
)
@click.option("--from", "addresses", metavar="ADDRESS", multiple=True, help="Address or network that it is good from.")
@click.option("--for", "description", default="", metavar="TEXT", help="What it is for.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Write it into the journal's directory instead of asking a gateway, which must not run.",
)
@rights
@remote(account=False)
def create(to: Remote, principal: str, data_dir: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Make a token of PRINCIPAL, and print it this once.

    With --role, a principal that is not there is made too. The token is on standard output, everything else on standard
    error: TOKEN=$(brokerwire tokens create bot --role trade).
    """
    token = {name: options.pop(name) for name in ("days", "addresses", "description")}
    if data_dir is not None:
        from brokerwire_server.cli.offline_access import create_token  # noqa: PLC0415 - imports the database's packages

        text, about = create_token(data_dir.expanduser(), principal, arguments(options), **token)
    else:
        with to.client() as client:
            text, about = _ask(client, principal, arguments(options), **token)
    if to.out.json:
        to.out.document({"bearer_token": text, "token_id": text.split("_")[1], "principal": principal})
        return
    click.echo(about, err=True)
    to.out.say(text)


def _ask(
    client: "Client", principal: str, rights: dict[str, Any], *, days: int, addresses: tuple[str, ...], description: str
) -> tuple[str, str]:
    known = {found.name for found in client.access.principals()}
    if principal in known and rights["roles"]:
        hint = f"leave --role out, or change it: brokerwire principals update {principal}"
        raise CommandFailure(f"{principal} is a principal already", hint, Exit.USAGE)
    if principal not in known and rights["roles"]:
        client.access.create_principal(principal, **rights)
    try:
        made = client.access.create_token(
            principal,
            description=description,
            # One that lives as long as it may is left to the gateway, whose clock may be another one.
            expire_time=datetime.now(UTC) + timedelta(days=days) if days < MAX_DAYS else None,
            allowed_addresses=addresses,
        )
    except PermissionDenied as error:
        if error.reason != "SECOND_FACTOR_REQUIRED" or not rights["roles"]:
            raise
        # A code is good for one call, and making the principal was one.
        hint = f"with the next one: brokerwire tokens create {principal} --otp CODE"
        raise CommandFailure(f"{principal} is made, and its token needs a code of its own", hint) from None
    ends = made.token.expire_time.astimezone().strftime("%Y-%m-%d %H:%M")
    return made.bearer_token, f"token {made.token.token_id} of {principal}, until {ends}; it is not shown again:"


@tokens.command
@click.argument("token_id")
@remote(account=False)
def revoke(to: Remote, token_id: str) -> None:
    """End a token, and what is open under it, at once."""
    with to.client() as client:
        ended = client.access.revoke_token(token_id)
    to.out.record(ended, [("token", ended.token_id), ("principal", ended.principal), ("revoked", "yes")])
