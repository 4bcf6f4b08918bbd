"""Secrets that must be nowhere: each server that a test ran is searched for them when it ends.

Two kinds are found: what a test says is secret (`watch`), in any form in which it may have been written down, and
what has the shape of a secret of ours whoever made it.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY_FILES = {"vault.key", "checkpoint.key"}
"""Where a secret belongs: files for their owner alone."""

SHAPES = re.compile(rb"bw_[0-9A-Za-z]{4,32}_[0-9A-Za-z_-]{24,}|otpauth://totp/|-----BEGIN [A-Z ]*PRIVATE KEY-----")
"""Bearer tokens, the URI of a second factor, private keys."""

_watched: set[bytes] = set()


def watch(*secrets: str) -> None:
    """Look for these from now on, in every server that ends."""
    for secret in secrets:
        raw = secret.encode()
        _watched.update({raw, base64.b64encode(raw).rstrip(b"="), raw.hex().encode(), quote(secret, safe="").encode()})


def leaks_in(data: bytes) -> list[bytes]:
    """Return the secrets that some bytes hold."""
    return [*SHAPES.findall(data), *(secret for secret in _watched if secret in data)]


def leaks(data_dir: Path, log: Path) -> dict[str, list[bytes]]:
    """Return the files of a server that hold a secret and should not, with what they hold."""
    return {str(path): found for path in _written(data_dir, log) if (found := leaks_in(path.read_bytes()))}


def _written(data_dir: Path, log: Path) -> Iterator[Path]:
    yield from (path for path in (log, *data_dir.parent.glob("core*")) if path.is_file())
    for path in data_dir.rglob("*"):
        if path.is_file() and path.name not in KEY_FILES:
            yield path
