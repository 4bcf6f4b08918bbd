"""`brokerwire second-factor`: codes from an authenticator, for what a stolen token alone must not do."""

from pathlib import Path

import click

from brokerwire_server.cli.remote import Remote, remote


@click.group("second-factor")
def second_factor() -> None:
    """Enrol and remove second factors. A code goes with a command as --otp, or in BROKERWIRE_OTP; it is good once."""


@second_factor.command
@click.argument("principal", default="local")
@remote(account=False)
def enrol(to: Remote, principal: str) -> None:
    """Enrol a second factor for PRINCIPAL; by default for whoever calls from the gateway's own machine.

    The first one of a gateway is enrolled without one; later ones need --otp, a code of your own.
    """
    with to.client() as client:
        uri = client.access.enrol_second_factor(principal)
        click.echo("add this to your authenticator, then clear your screen; it is not shown again:\n", err=True)
        click.echo(uri)
        click.echo("", err=True)
        code = click.prompt("the code that it shows now", err=True)
        client.access.confirm_second_factor(principal, str(code).strip())
    to.out.say(f"{principal} has a second factor now")


@second_factor.command
@click.argument("principal", default="local")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Take it out of the journal's directory, where a lost one can't be shown; no gateway may run on it.",
)
@remote(account=False)
def remove(to: Remote, principal: str, data_dir: Path | None) -> None:
    """Remove the second factor of PRINCIPAL. Needs --otp."""
    if data_dir is not None:
        from brokerwire_server.cli.offline_access import remove_factor  # noqa: PLC0415 - imports the database's packages

        remove_factor(data_dir.expanduser(), principal)
    else:
        with to.client() as client:
            client.access.remove_second_factor(principal)
    to.out.say(f"{principal} has no second factor any more")
