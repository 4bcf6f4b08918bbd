"""`brokerwire certificates`: a local authority, and certificates for the gateway and its clients."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from brokerwire_server.cli.exits import CommandFailure, Exit

if TYPE_CHECKING:
    from brokerwire_server.cli.authority import Authority

DEFAULT_FOLDER = "certificates"
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

T = TypeVar("T")

_FOLDER = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Where the authority and the certificates are.",
)
_RENEW = click.option("--renew", is_flag=True, help="Put a new one, with a new key, in place of the one there.")


@click.group
def certificates() -> None:
    """Make a certificate authority and certificates, for a gateway that is reached from other machines.

    Begin with `init`, then make the gateway's with `server`. Clients need ca.pem; those that shall prove themselves by
    certificate also one from `client`. Certificates of your own authority do as well.
    """


@certificates.command
@_FOLDER
@_RENEW
def init(folder: Path, *, renew: bool) -> None:
    """Make the authority: ca.pem, which is no secret, and ca.key, which is. Good for five years.

    Renewed, it is another authority: every certificate, and every client's ca.pem, must be made anew too.
    """
    authority = _authority(folder)
    path = _made(lambda: authority.init(replace=renew))
    click.echo(f"authority: {path}")
    click.echo(f"keep {path.with_suffix('.key')} where only you can read it; the gateway does not need it")


@certificates.command
@click.argument("names", nargs=-1)
@_FOLDER
@_RENEW
def server(names: tuple[str, ...], folder: Path, *, renew: bool) -> None:
    """Make the gateway's certificate for NAMES: the host names and addresses that clients use. Good for a year.

    Without any, --renew keeps those that it has. A running gateway takes the new one by itself.
    """
    authority = _authority(folder)
    if not names and not renew:
        raise click.UsageError("name the hosts and addresses that clients will use: gateway.example.net 192.0.2.7")
    paths = _made(lambda: authority.server(names or authority.names(), replace=renew))
    click.echo(f"certificate: {paths[0]}\nkey:         {paths[1]}\n\nin brokerwire.toml:\n\n[tls]")
    click.echo(f'certificate = "{paths[0].absolute()}"\nkey = "{paths[1].absolute()}"')


@certificates.command
@click.argument("principal")
@_FOLDER
@_RENEW
def client(principal: str, folder: Path, *, renew: bool) -> None:
    """Make a certificate that stands for PRINCIPAL. Good for 90 days.

    The gateway takes it where tls.client_ca is ca.pem, and where it knows the principal.
    """
    if _PRINCIPAL.fullmatch(principal) is None:
        raise click.UsageError(
            "a principal's name is 1 to 64 letters, digits and ._-, beginning with a letter or digit"
        )
    authority = _authority(folder)
    paths = _made(lambda: authority.client(principal, replace=renew))
    click.echo(f"certificate: {paths[0]}\nkey:         {paths[1]}")


def _authority(folder: Path) -> "Authority":
    from brokerwire_server.cli.authority import Authority  # noqa: PLC0415 - imports cryptography

    return Authority(folder.expanduser())


def _made(work: Callable[[], T]) -> T:
    from brokerwire_server.cli.authority import AuthorityError  # noqa: PLC0415 - as above

    try:
        return work()
    except AuthorityError as error:
        raise CommandFailure(str(error), "", Exit.USAGE) from None
