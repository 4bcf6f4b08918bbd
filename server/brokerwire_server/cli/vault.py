"""`brokerwire vault`: the key that seals stored credentials. Works on the data directory, with the gateway stopped."""

import os
from pathlib import Path

import click

from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.cli.settings import effective
from brokerwire_server.config import Config


@click.group
def vault() -> None:
    """Look after the key of the stored credentials, with the gateway stopped."""


@vault.command
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Directory of the journal. Default: the configured one."
)
@click.option("--config", "file", type=click.Path(path_type=Path), help="The TOML file.")
def rotate(data_dir: Path | None, file: Path | None) -> None:
    """Seal every stored credential under a new key.

    With a key file, a new key is made and the old one dropped. With BROKERWIRE_VAULT_KEY, put the new key before the
    old one, separated by a comma, run this, then take the old one out. An interruption at any point loses nothing:
    run it again.
    """
    from brokerwire_server.store.base import StoreError  # noqa: PLC0415 - imports the database's packages

    config = effective({"data_dir": str(data_dir.expanduser())} if data_dir else {}, file).config
    try:
        count = _rotate(config)
    except StoreError as error:
        raise CommandFailure(str(error), "stop the gateway first; nothing is lost, so try again") from None
    click.echo(f"{count} sealed values are under the new key" if count else "nothing is sealed: no key is needed yet")


def _rotate(config: Config) -> int:
    from brokerwire_server.cli.offline import DATABASE, require_database  # noqa: PLC0415 - as above
    from brokerwire_server.store.keys import keys_of  # noqa: PLC0415
    from brokerwire_server.store.lock import DatabaseLock  # noqa: PLC0415
    from brokerwire_server.store.vault import SqliteVault  # noqa: PLC0415

    lock = DatabaseLock(require_database(config.data_dir))
    try:
        keys = keys_of(config.data_dir, os.environ, config.vault.provider)
        return SqliteVault(config.data_dir / DATABASE, keys).rotate_now().count
    finally:
        lock.release()
