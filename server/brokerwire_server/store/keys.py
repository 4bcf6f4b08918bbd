"""Where key-encryption keys come from: an environment variable, or a file beside the database.

Both may name several keys: the first seals, the others still open what they sealed, while keys are being rotated.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from brokerwire_server.store.base import VaultError
from brokerwire_server.store.sealing import Keyring, key_text, new_key, parse_key

VARIABLE = "BROKERWIRE_VAULT_KEY"
FILE = "vault.key"


class EnvironmentKeys:
    """Keys in a variable, separated by commas."""

    def __init__(self, value: str, name: str = VARIABLE) -> None:
        """Take the variable's value."""
        self._value = value
        self.source = f"the variable {name}"

    def load(self) -> Keyring | None:
        """Return the keys. Raises `VaultError` where the variable holds none."""
        keys = [parse_key(text, self.source) for text in self._value.split(",")]
        return Keyring(keys, self.source)

    def create(self) -> Keyring:
        """Return the keys: whoever sets the variable makes them."""
        return Keyring([parse_key(text, self.source) for text in self._value.split(",")], self.source)


class FileKeys:
    """Keys in a file that only its owner can read, one a line."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self.path = path
        self.source = str(path)

    def load(self) -> Keyring | None:
        """Return the keys, or `None` where there is no file. Raises `VaultError` where others can read it."""
        keys = self.read()
        return Keyring(keys, self.source) if keys else None

    def create(self) -> Keyring:
        """Make the file with a new key. Only for a database that has nothing sealed. Raises `VaultError`."""
        key = new_key()
        self.write([key])
        return Keyring([key], self.source)

    def read(self) -> list[bytes]:
        """Return the keys, none where there is no file."""
        try:
            with self.path.open(encoding="utf-8") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                lines = file.read().split()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise VaultError(f"{self.path} can't be read ({error})") from None
        if mode & 0o077:
            raise VaultError(f"{self.path} can be read by others (mode {mode:03o}): chmod 600 {self.path}")
        if not lines:
            raise VaultError(f"{self.path} is empty: bring it back from a backup")
        return [parse_key(line, self.source) for line in lines]

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


def keys_of(data_dir: Path, environ: Mapping[str, str]) -> EnvironmentKeys | FileKeys:
    """Return where the keys come from: the variable where it is set, else the file in the data directory."""
    value = environ.get(VARIABLE, "")
    return EnvironmentKeys(value) if value else FileKeys(data_dir / FILE)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
