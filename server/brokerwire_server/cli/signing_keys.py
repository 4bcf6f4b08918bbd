"""`brokerwire signing-keys`: the public keys with which principals sign orders, and a new pair of keys."""

import os
from pathlib import Path

import click

from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, remote

_COLUMNS: tuple[Column, ...] = (
    ("KEY", attribute("key_id")),
    ("PRINCIPAL", attribute("principal")),
    ("MADE", attribute("create_time")),
    ("REVOKED", attribute("revoke_time")),
    ("FOR", attribute("description")),
)


@click.group("signing-keys", cls=DefaultGroup, default="list")
def signing_keys() -> None:
    """Make, register, list and revoke the keys that sign orders. Without a subcommand: list them."""


@signing_keys.command("list")
@click.option("--principal", default="", metavar="NAME", help="Only keys of this principal.")
@click.option("--ended", is_flag=True, help="Those that were revoked too.")
@remote(account=False)
def list_(to: Remote, principal: str, *, ended: bool) -> None:
    """List the keys."""
    with to.client() as client:
        found = list(client.access.signing_keys(principal, include_ended=ended))
    to.out.rows("signing_keys", found, _COLUMNS)


@signing_keys.command
@click.argument("principal")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--for", "description", default="", metavar="TEXT", help="What it is for.")
@remote(account=False)
def add(to: Remote, principal: str, file: Path, description: str) -> None:
    """Register the key in FILE (PEM) for PRINCIPAL, and print its id.

    A private key is made in FILE if there is none, readable by you alone; only its public half goes to the gateway. A
    file with the public key alone, made elsewhere, is as good.
    """
    public = _public_key(file)
    with to.client() as client:
        added = client.access.add_signing_key(principal, public, description=description)
    to.out.record(added, [("key", added.key_id), ("principal", added.principal), ("public key", public.hex())])


@signing_keys.command
@click.argument("which", metavar="KEY_ID")
@remote(account=False)
def revoke(to: Remote, which: str) -> None:
    """Take no more signatures of a key, at once."""
    with to.client() as client:
        ended = client.access.revoke_signing_key(which)
    to.out.record(ended, [("key", ended.key_id), ("principal", ended.principal), ("revoked", "yes")])


def _public_key(file: Path) -> bytes:
    """Return the public key of a file, which is made with a new private key where it is missing."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - slow to import
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - the same
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
        load_pem_public_key,
    )

    if not file.exists():
        made = Ed25519PrivateKey.generate()
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made.public_key().public_bytes_raw()
    pem = file.read_bytes()
    try:
        key = load_pem_private_key(pem, None) if b"PRIVATE KEY" in pem else load_pem_public_key(pem)
    except (ValueError, TypeError):
        key = None
    if isinstance(key, Ed25519PrivateKey):
        key = key.public_key()
    if not isinstance(key, Ed25519PublicKey):
        hint = "name a file that is not there yet, and a key is made in it"
        raise CommandFailure(f"{file} holds no Ed25519 key as PEM", hint, Exit.USAGE)
    return key.public_bytes_raw()
