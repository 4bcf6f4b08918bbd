"""`brokerwire vault`: the keys that seal stored secrets."""

import os
from pathlib import Path

import click

from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.cli.remote import Remote, remote
from brokerwire_server.cli.settings import effective


@click.group
def vault() -> None:
    """Look after the keys of the stored secrets."""


@vault.command
@click.option("--data-keys", is_flag=True, help="Give every secret a new data key as well.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Work on this directory, with the gateway stopped.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="With --data-dir: the TOML file.")
@remote(account=False)
def rotate(to: Remote, *, data_keys: bool, data_dir: Path | None, file: Path | None) -> None:
    """Seal every stored secret under a new key, in the running gateway; all stay in use meanwhile.

    With a key file, the gateway makes the new key and drops the old one when nothing is sealed under it any more. With
    a variable or a systemd credential, put the new key before the old one, restart the gateway, run this, then take
    the old one out. With a key service, make the new key there first. An interruption loses nothing: run it again.
    """
    count = _rotate(data_dir.expanduser(), file, data_keys=data_keys) if data_dir else _ask(to, data_keys=data_keys)
    click.echo(f"{count} sealed values are under the new key" if count else "nothing is sealed: no key is needed yet")


@vault.command("new-key")
def new_key_() -> None:
    """Print a new key, for a systemd credential or BROKERWIRE_VAULT_KEY. It is kept nowhere else."""
    from brokerwire_server.store.sealing import key_text, new_key  # noqa: PLC0415 - imports cryptography

    click.echo(key_text(new_key()))


def _ask(to: Remote, *, data_keys: bool) -> int:
    with to.client() as client:
        return client.rotate_vault_keys(data_keys=data_keys).sealed_count


def _rotate(folder: Path, file: Path | None, *, data_keys: bool) -> int:
    from brokerwire_server.cli.offline import DATABASE, require_database  # noqa: PLC0415 - imports the database's packages
    from brokerwire_server.store.base import StoreError  # noqa: PLC0415
    from brokerwire_server.store.keys import keys_of  # noqa: PLC0415
    from brokerwire_server.store.lock import DatabaseLock  # noqa: PLC0415
    from brokerwire_server.store.vault import SqliteVault  # noqa: PLC0415

    config = effective({"data_dir": str(folder)}, file).config
    try:
        lock = DatabaseLock(require_database(folder))
        try:
            keys = keys_of(folder, os.environ, config.vault.provider)
            return SqliteVault(folder / DATABASE, keys).rotate_now(data_keys=data_keys).count
        finally:
            lock.release()
    except StoreError as error:
        hint = "stop the gateway first, or leave --data-dir out to ask it; nothing is lost, so try again"
        raise CommandFailure(str(error), hint) from None
