"""`brokerwire second-factor`: codes from an authenticator, for what a stolen token alone must not do."""

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
@remote(account=False)
def remove(to: Remote, principal: str) -> None:
    """Remove the second factor of PRINCIPAL. Needs --otp."""
    with to.client() as client:
        client.access.remove_second_factor(principal)
    to.out.say(f"{principal} has no second factor any more")
