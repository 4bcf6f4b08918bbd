"""Where key-encryption keys come from: a variable, a file, a credential of systemd, or a key service (`key_command`).

All may name several keys: the first seals, the others still open what they sealed, while keys are being rotated.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from brokerwire_server.store.base import VaultError
from brokerwire_server.store.key_command import CommandKeys
from brokerwire_server.store.sealing import Keyring, key_text, new_key, parse_key
from brokerwire_server.store.vault import Keys

VARIABLE = "BROKERWIRE_VAULT_KEY"
FILE = "vault.key"
CREDENTIAL = "brokerwire-vault-key"
"""The name of the systemd credential: `LoadCredentialEncrypted=brokerwire-vault-key`."""

AUTO = "auto"
_FOLDER = "CREDENTIALS_DIRECTORY"


class EnvironmentKeys:
    """Keys in a variable, separated by commas."""

    def __init__(self, value: str, name: str = VARIABLE) -> None:
        """Take the variable's value."""
        self._value = value
        self.source = f"the variable {name}"

    def load(self) -> Keyring | None:
        """Return the keys. Raises `VaultError` where the variable holds none."""
        return self._keys()

    def create(self) -> Keyring:
        """Return the keys: whoever sets the variable makes them."""
        return self._keys()

    def renew(self) -> Keyring:
        """Return the keys: whoever rotates puts the new one first."""
        return self._keys()

    def retire(self) -> None:
        """Leave the variable as it is: whoever rotates takes the old key out."""

    def _keys(self) -> Keyring:
        return Keyring([parse_key(text, self.source) for text in self._value.split(",")], self.source)


class FileKeys:
    """Keys in a file that only its owner can read, one a line."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self.path = path
        self.source = str(path)

    def load(self) -> Keyring | None:
        """Return the keys, or `None` where there is no file. Raises `VaultError` where others can read or own it."""
        keys = self.read()
        return Keyring(keys, self.source) if keys else None

    def create(self) -> Keyring:
        """Make the file with a new key. Only for a database that has nothing sealed. Raises `VaultError`."""
        key = new_key()
        self.write([key])
        return Keyring([key], self.source)

    def renew(self) -> Keyring:
        """Put a new key before those in the file. Raises `VaultError`."""
        keys = [new_key(), *self.read()]
        self.write(keys)
        return Keyring(keys, self.source)

    def retire(self) -> None:
        """Leave the first key alone in the file. Raises `VaultError`."""
        self.write(self.read()[:1])

    def read(self) -> list[bytes]:
        """Return the keys, none where there is no file."""
        return _read(self.path, others=0o077)

    def write(self, keys: Sequence[bytes]) -> None:
        """Put the file in place, durably and at once or not at all."""
        partial = self.path.with_name(self.path.name + ".partial")
        try:
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.writelines(key_text(key) + "\n" for key in keys)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise VaultError(f"{self.path} can't be written ({error.strerror})") from None


class CredentialKeys:
    """Keys in a credential that systemd hands to the service, one a line. The service can't change them."""

    def __init__(self, path: Path) -> None:
        """Name the credential's file."""
        self._path = path
        self.source = f"the systemd credential {path.name}"

    def load(self) -> Keyring | None:
        """Return the keys, or `None` where the service has no such credential. Raises `VaultError`."""
        # systemd lets the service's user in by an access list, which shows as a group that can read.
        keys = _read(self._path, others=0o007)
        return Keyring(keys, self.source) if keys else None

    def create(self) -> Keyring:
        """Return the keys: whoever installs the service makes them. Raises `VaultError` where there are none."""
        return self.renew()

    def renew(self) -> Keyring:
        """Return the keys: whoever rotates puts the new one first. Raises `VaultError` where there are none."""
        keys = self.load()
        if keys is None:
            raise VaultError(f"{self.source} is missing: `brokerwire vault new-key` makes one (see docs/operations.md)")
        return keys

    def retire(self) -> None:
        """Leave the credential as it is: whoever rotates takes the old key out."""


def keys_of(data_dir: Path, environ: Mapping[str, str], provider: str = AUTO) -> Keys:
    """Return where the keys come from.

    Args:
        data_dir: the gateway's.
        environ: the environment.
        provider: `auto`: the variable where it is set, else systemd's credential where there is one, else the file in
            the data directory; or `environment`, `credential`, `file`, `file:PATH`, `command:PROGRAM ARGUMENTS`.

    Raises:
        VaultError: the provider is none of these, or can't be used here.
    """
    kind, _, argument = provider.partition(":")
    value, folder = environ.get(VARIABLE, ""), environ.get(_FOLDER, "")
    if kind == AUTO:
        given = folder and Path(folder, CREDENTIAL).exists()
        kind = "environment" if value else "credential" if given else "file"
    if kind == "environment" and value:
        return EnvironmentKeys(value)
    if kind == "credential" and folder:
        return CredentialKeys(Path(folder, CREDENTIAL))
    if kind == "file":
        return FileKeys(Path(argument) if argument else data_dir / FILE)
    if kind == "command" and argument.strip():
        return CommandKeys(argument)
    missing = {"environment": f"{VARIABLE} is not set", "credential": f"{_FOLDER} is not set: systemd sets it"}
    what = missing.get(kind, "expected auto, environment, credential, file, file:PATH or command:PROGRAM")
    raise VaultError(f"vault.provider = {provider!r}: {what}")


def _read(path: Path, *, others: int) -> list[bytes]:
    """Return the keys in a file, none where there is no file."""
    try:
        with path.open(encoding="utf-8") as file:
            info = os.fstat(file.fileno())
            lines = file.read().split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"{path} can't be read ({error})") from None
    mode = stat.S_IMODE(info.st_mode)
    if mode & others:
        raise VaultError(f"{path} can be read by others (mode {mode:03o}): chmod 600 {path}")
    if info.st_uid not in {os.geteuid(), 0}:
        raise VaultError(f"{path} belongs to user {info.st_uid}, who could put another key there: chown it")
    if not lines:
        raise VaultError(f"{path} is empty: bring it back from a backup")
    return [parse_key(line, str(path)) for line in lines]


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
