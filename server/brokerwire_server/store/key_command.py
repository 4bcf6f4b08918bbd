"""Keys in a key service that a program speaks to: the key-encryption keys never enter this process.

The program is run as `PROGRAM ARGUMENTS wrap` or `... unwrap`, with one JSON object on standard input and one on its
standard output; all byte strings are base64. `context` is what the service must authenticate with the key (AWS calls
it the encryption context, Google Cloud the additional authenticated data).

    wrap:    {"data_key": "...", "context": "..."}                          -> {"key_id": "...", "wrapped_key": "..."}
    unwrap:  {"key_id": "...", "wrapped_key": "...", "context": "..."}      -> {"data_key": "..."}

Any exit code but 0 is a failure, with its reason on standard error.
"""

import shlex
import subprocess
from typing import TypeVar

import msgspec
from msgspec import Struct

from brokerwire_server.store.base import VaultError
from brokerwire_server.store.sealing import KEY_BYTES, Place

TIMEOUT = 30.0
"""Seconds that one answer may take."""

_MAX_REASON = 200

T = TypeVar("T")


class _Wrap(Struct, frozen=True, kw_only=True):
    data_key: bytes
    context: bytes


class _Wrapped(Struct, frozen=True, kw_only=True):
    key_id: str
    wrapped_key: bytes


class _Unwrap(Struct, frozen=True, kw_only=True):
    key_id: str
    wrapped_key: bytes
    context: bytes


class _Unwrapped(Struct, frozen=True, kw_only=True):
    data_key: bytes


class CommandKeys:
    """A key service behind a program. It is both the provider of the keys and what wraps with them."""

    def __init__(self, command: str) -> None:
        """Take the command as a shell would write it; no shell runs it."""
        self._command = shlex.split(command)
        self.source = f"the key service behind {self._command[0]}"

    def load(self) -> "CommandKeys":
        """Return the service."""
        return self

    def create(self) -> "CommandKeys":
        """Return the service: its keys are made there."""
        return self

    def renew(self) -> "CommandKeys":
        """Return the service: whoever rotates makes a new key there first."""
        return self

    def retire(self) -> None:
        """Leave the service's keys as they are: whoever rotates disables the old one."""

    def wrap(self, data_key: bytes, place: Place) -> tuple[str, bytes]:
        """Return the id of the service's present key, and the data key wrapped under it. Raises `VaultError`."""
        request = _Wrap(data_key=data_key, context=place.bound("key", ""))
        answer = self._ask("wrap", msgspec.json.encode(request), _Wrapped)
        if not answer.key_id or not answer.wrapped_key or data_key in answer.wrapped_key:
            raise VaultError(f"{self.source} did not wrap the key")
        return answer.key_id, answer.wrapped_key

    def unwrap(self, key_id: str, wrapped_key: bytes, place: Place) -> bytes:
        """Return a data key. Raises `VaultError`."""
        request = _Unwrap(key_id=key_id, wrapped_key=wrapped_key, context=place.bound("key", ""))
        data_key = self._ask("unwrap", msgspec.json.encode(request), _Unwrapped).data_key
        if len(data_key) != KEY_BYTES:
            raise VaultError(f"{self.source} did not give a key back")
        return data_key

    def _ask(self, verb: str, request: bytes, answer: type[T]) -> T:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own program
                [*self._command, verb], input=request, capture_output=True, timeout=TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            # The error's own text may hold what the program wrote.
            raise VaultError(f"{self.source} can't be asked to {verb} ({type(error).__name__})") from None
        if done.returncode != 0:
            reason = done.stderr.decode(errors="replace").strip()[:_MAX_REASON]
            raise VaultError(f"{self.source} refused to {verb} (exit code {done.returncode}): {reason}")
        try:
            return msgspec.json.decode(done.stdout, type=answer)
        except msgspec.DecodeError:
            raise VaultError(f"{self.source} did not answer {verb} as agreed (see docs/operations.md)") from None
