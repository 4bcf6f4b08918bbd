"""Signed checkpoints: where every journal ended at a time, written to a file off the database.

A chain of hashes proves that nothing inside it was changed, but not that its end is still there, nor that it was not
computed anew as a whole. A checkpoint does: it states sequence and hash of every journal's end, signed with Ed25519,
and each one names the hash of the line before it. One line is one checkpoint, as JSON.
"""

import asyncio
import base64
import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from brokerwire_server.store.base import CheckpointError, JournalEnd
from brokerwire_server.store.keys import FileKeys
from brokerwire_server.store.sealing import parse_key

FILE = "checkpoints.jsonl"
KEY_FILE = "checkpoint.key"
START = "0" * 64
"""The hash that the first checkpoint names as that of the line before it."""

_log = logging.getLogger(__name__)

_FORMAT = 1
_PREFIX = b"brokerwire checkpoint 1\n"


class Checkpoint(Struct, frozen=True, kw_only=True):
    """The ends of all journals at a time. `hash` of an end is hexadecimal; `previous` is SHA-256 of the line before."""

    format: int
    number: int
    time: int
    epoch: int
    journals: tuple["StatedEnd", ...]
    previous: str


class StatedEnd(Struct, frozen=True, kw_only=True):
    """The end of one journal."""

    account_id: str
    sequence: int
    hash: str


class _Line(Struct, frozen=True, kw_only=True):
    checkpoint: Checkpoint
    signature: str


class SigningKey:
    """The key that signs checkpoints: a file that only its owner can read, made once."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32 bytes of the private key."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = public_text(self._private.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data`."""
        return self._private.sign(data)


def signing_key(path: Path) -> SigningKey:
    """Return the key in a file, which is made where it is missing. Raises `VaultError` where others can read it."""
    keys = FileKeys(path)
    seeds = keys.read()
    if not seeds:
        keys.create()
        seeds = keys.read()
    return SigningKey(seeds[0])


def public_text(key: Ed25519PublicKey) -> str:
    """Return a public key as people pass it on."""
    return "ed25519:" + base64.urlsafe_b64encode(key.public_bytes_raw()).decode()


def parse_public(text: str) -> Ed25519PublicKey:
    """Read a public key. Raises `VaultError`."""
    return Ed25519PublicKey.from_public_bytes(parse_key(text.strip().removeprefix("ed25519:"), "the public key"))


class CheckpointFile:
    """Writes checkpoints to the end of a file. Its methods block: they belong in a thread."""

    def __init__(self, path: Path, key_path: Path) -> None:
        """Name the file, and the file of the key."""
        self.path = path
        self._key_path = key_path
        self._key: SigningKey | None = None
        self._last: Checkpoint | None = None
        self._previous = START
        self._size = 0

    @property
    def public_key(self) -> str:
        """The key that the checkpoints can be checked with."""
        return self._opened().public

    def open(self) -> Checkpoint | None:
        """Find the end of the file and return the last checkpoint in it.

        Raises:
            CheckpointError: the file is not a chain of this key's checkpoints.
            VaultError: the key can't be used.
        """
        self._key = signing_key(self._key_path)
        if not self.path.exists():
            return None
        content = self.path.read_bytes()
        # A line without its end was being written when the power failed: it was never a checkpoint.
        self._size = content.rfind(b"\n") + 1
        found = read(content[: self._size], self._key.public)
        if found:
            self._last = found[-1]
            self._previous = _digest(content[: self._size].splitlines()[-1])
        return self._last

    def write(self, ends: Sequence[JournalEnd], *, epoch: int, time: int) -> tuple[int, str]:
        """Write a checkpoint durably and return its number and the hash of its line. Raises `OSError`."""
        checkpoint = Checkpoint(
            format=_FORMAT,
            number=1 if self._last is None else self._last.number + 1,
            time=time,
            epoch=epoch,
            journals=tuple(StatedEnd(account_id=e.account_id, sequence=e.sequence, hash=e.hash.hex()) for e in ends),
            previous=self._previous,
        )
        signature = base64.b64encode(self._opened().sign(_signed(checkpoint))).decode()
        line = msgspec.json.encode(_Line(checkpoint=checkpoint, signature=signature))
        self._append(line + b"\n")
        self._last, self._previous = checkpoint, _digest(line)
        return checkpoint.number, self._previous

    def _append(self, data: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            # What a failed write left behind is written over.
            os.ftruncate(descriptor, self._size)
            os.lseek(descriptor, self._size, os.SEEK_SET)
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._size += len(data)

    def _opened(self) -> SigningKey:
        if self._key is None:
            raise CheckpointError("the file of checkpoints is not open")
        return self._key


def read(content: bytes, public_key: str) -> list[Checkpoint]:
    """Return the checkpoints in a file, once each one is proven.

    Raises:
        CheckpointError: naming the first line that is not what the holder of the key wrote there.
        VaultError: the key is none.
    """
    key = parse_public(public_key)
    found: list[Checkpoint] = []
    previous = START
    for number, line in enumerate(content.splitlines(), start=1):
        checkpoint = _checked(line, number, key)
        if checkpoint.number != number or checkpoint.previous != previous:
            raise CheckpointError(f"line {number}: the checkpoint does not follow the one before it: lines are missing")
        previous = _digest(line)
        found.append(checkpoint)
    return found


def _checked(line: bytes, number: int, key: Ed25519PublicKey) -> Checkpoint:
    try:
        decoded = msgspec.json.decode(line, type=_Line)
        key.verify(base64.b64decode(decoded.signature, validate=True), _signed(decoded.checkpoint))
    except (msgspec.DecodeError, ValueError, InvalidSignature):
        raise CheckpointError(f"line {number}: not a checkpoint that this key has signed") from None
    if msgspec.json.encode(decoded) != line:
        raise CheckpointError(f"line {number}: not written as the gateway writes it")
    return decoded.checkpoint


def _signed(checkpoint: Checkpoint) -> bytes:
    return _PREFIX + msgspec.json.encode(checkpoint)


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def marks_of(checkpoints: Sequence[Checkpoint]) -> dict[str, dict[int, bytes]]:
    """Return, by account, the hash that the checkpoints state for each sequence.

    Raises:
        CheckpointError: two of them contradict each other.
    """
    marks: dict[str, dict[int, bytes]] = {}
    for checkpoint in checkpoints:
        for end in checkpoint.journals:
            stated = bytes.fromhex(end.hash)
            if marks.setdefault(end.account_id, {}).setdefault(end.sequence, stated) != stated:
                text = (
                    f"checkpoint {checkpoint.number} states another hash for event {end.sequence} of {end.account_id}"
                )
                raise CheckpointError(f"{text} than one before it: the journal was rewritten in between")
    return marks


class FileCheckpoints:
    """Checkpoints in a file, off the event loop; with `log`, each one also in the log. Implements `store.base`'s."""

    def __init__(self, file: CheckpointFile, *, log: bool) -> None:
        """Write to `file`."""
        self._file = file
        self._log = log

    async def open(self) -> list[JournalEnd]:
        """Find the last checkpoint and return the ends that it states."""
        last = await asyncio.to_thread(self._file.open)
        stated = () if last is None else last.journals
        return [JournalEnd(account_id=s.account_id, sequence=s.sequence, hash=bytes.fromhex(s.hash)) for s in stated]

    async def write(self, ends: Sequence[JournalEnd], *, epoch: int, time: int) -> None:
        """Write a checkpoint durably."""
        number, digest = await asyncio.to_thread(self._file.write, ends, epoch=epoch, time=time)
        if self._log:
            _log.info("checkpoint %d: sha256 %s", number, digest)

    async def marks(self) -> dict[str, dict[int, bytes]]:
        """Return what the checkpoints state, by account and sequence."""
        return await asyncio.to_thread(self._marks)

    def _marks(self) -> dict[str, dict[int, bytes]]:
        if not self._file.path.exists():
            return {}
        content = self._file.path.read_bytes()
        return marks_of(read(content[: content.rfind(b"\n") + 1], self._file.public_key))
