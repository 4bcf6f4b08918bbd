"""What is struck out of a broker's message before it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.payloads import keeper, redact

if TYPE_CHECKING:
    from brokerwire_server.store.base import StoredPayload

SECRET = "Gf20canary-Rb91"


class Memory:
    """Keeps payloads in a list."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, bytes, int]] = []

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def keep(self, connection_id: str, about: str, content: bytes, time: int) -> str:
        self.kept.append((connection_id, about, content, time))
        return "an-id"

    async def get(self, payload_id: str) -> StoredPayload | None: ...


def test_the_values_of_a_credential_are_struck_out_wherever_they_stand() -> None:
    memory = Memory()
    keep = keeper(memory, lambda: 7, "far", [Secret(SECRET), Secret(SECRET + "-longer"), Secret("")])
    assert keep(f'bad key {SECRET}-longer, {SECRET}: "{SECRET}"'.encode(), f"GET /x?key={SECRET}") == "an-id"
    assert memory.kept == [("far", "GET /x?key=***", b'bad key ***, ***: "***"', 7)]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b'{"access_token": "abc", "qty": "10"}', b'{"access_token": "***", "qty": "10"}'),
        (b'{"data":{"API_KEY":"a\\"b","x":1}}', b'{"data":{"API_KEY":"***","x":1}}'),
        (b'{"apiSecret" : "s","password":"p"}', b'{"apiSecret" : "***","password":"***"}'),
        (b'{"symbol":"TOKEN","id":"key"}', b'{"symbol":"TOKEN","id":"key"}'),
        (b"not json \xff\x00", b"not json \xff\x00"),
    ],
)
def test_texts_whose_name_says_that_they_are_secret_are_struck_out(content: bytes, kept: bytes) -> None:
    assert redact(content, ()) == kept


def test_without_a_place_nothing_is_kept() -> None:
    assert keeper(None, lambda: 7, "far", [])(b"x", "y") == ""
