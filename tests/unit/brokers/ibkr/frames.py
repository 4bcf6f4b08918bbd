"""Messages of the broker, decoded as in a session: by the library's client, with our decoders in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.decoding import exact, install
from brokerwire_server.brokers.ibkr.requests import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORDED = os.environ.get("IBKR_FIXTURES", "")

needs_recorded = pytest.mark.skipif(not RECORDED, reason="set IBKR_FIXTURES to a directory of recorded frames")


class _Callbacks:
    defaultTimezone = None  # noqa: N815

    def __init__(self, found: list[Message]) -> None:
        self._found = found
        self.ib = self

    TimezoneTWS = ""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self._found.append(Message(name, tuple(exact(one) for one in arguments)))


def decode(*frames: str, version: int = 176) -> list[Message]:
    """Return what frames say; their fields are divided by a bar, which stands for a NUL."""
    found: list[Message] = []
    problems: list[Exception] = []
    client = library.Client(_Callbacks(found))
    install(
        client,
        lambda name, *arguments: found.append(Message(name, arguments)),
        lambda _, __, error: problems.append(error),
    )
    client.decoder.serverVersion = version
    for frame in frames:
        client.decoder.interpret(frame.removesuffix("|").split("|"))
    if problems:
        raise problems[0]
    return found


def recorded(name: str, kind: str) -> Sequence[str]:
    """Return the recorded frames of a kind in a file."""
    lines = Path(RECORDED, name).read_text().splitlines()
    return [line for line in lines if line.startswith(f"{kind}|")]
