"""Pages of lists: sizes and opaque tokens. A token is bound to the request that it came from."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from brokerwire_server.api.convert.values import invalid
from brokerwire_server.domain.errors import InvalidRequestError, Violation

DEFAULT_SIZE, MAX_SIZE = 100, 1_000
MAX_SCAN = 100_000
"""Most items that a list in an order which the store does not keep may have to walk through."""

_VERSION = 1
_NOT_FILTERS = ("page_size", "page_token", "min_sequence", "min_sequences")

_T = TypeVar("_T")
Fetch = Callable[[str, int], Awaitable[tuple[Sequence[_T], str]]]
"""Reads up to so many items after a cursor, and returns the next cursor, empty at the end."""


class _Token(Struct, array_like=True, frozen=True):
    version: int
    bound: bytes
    cursor: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Token).decode


class Page:
    """The page that a request asks for."""

    __slots__ = ("_bound", "cursor", "size")

    def __init__(self, request: Any) -> None:  # noqa: ANN401 - any list request
        """Read size and token.

        Raises:
            InvalidRequestError: the size is negative, or the token is damaged or of another request.
        """
        if request.page_size < 0:
            raise invalid("page_size", "0 (for the default) or more")
        self.size = min(request.page_size or DEFAULT_SIZE, MAX_SIZE)
        self._bound = _binding(request)
        self.cursor = self._read(request.page_token) if request.page_token else ""

    def token(self, cursor: str) -> str:
        """Return the token of the page that starts at a cursor; none for the end."""
        if not cursor:
            return ""
        return base64.urlsafe_b64encode(_encode(_Token(_VERSION, self._bound, cursor))).rstrip(b"=").decode()

    def cut(self, items: Sequence[_T], key: Callable[[_T], str]) -> tuple[Sequence[_T], str]:
        """Return this page of items that are sorted by a unique key, and the next page's token."""
        if self.cursor:
            items = [item for item in items if key(item) > self.cursor]
        page = items[: self.size]
        return page, self.token(key(page[-1])) if len(items) > self.size else ""

    async def read(self, fetch: Fetch[_T]) -> tuple[Sequence[_T], str]:
        """Return this page of a list that the store keeps, and the next page's token."""
        items, cursor = await fetch(self.cursor, self.size)
        return items, self.token(cursor)

    async def read_reversed(self, fetch: Fetch[_T]) -> tuple[Sequence[_T], str]:
        """Return this page of the list's other order. The whole list is walked, so it must not be too long."""
        every = await read_all(fetch)
        start = self._position()
        end = start + self.size
        return every[::-1][start:end], self.token(str(end)) if end < len(every) else ""

    def _position(self) -> int:
        if not self.cursor:
            return 0
        if not self.cursor.isdecimal():
            raise _not_ours()
        return int(self.cursor)

    def _read(self, text: str) -> str:
        try:
            token = _decode(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        except (ValueError, msgspec.MsgspecError):
            raise _not_ours() from None
        if token.version != _VERSION or token.bound != self._bound:
            raise _not_ours()
        return token.cursor


async def read_all(fetch: Fetch[_T]) -> list[_T]:
    """Return a whole list. Raises where it is longer than a request may cost."""
    every: list[_T] = []
    cursor = ""
    while True:
        items, cursor = await fetch(cursor, MAX_SIZE)
        every += items
        if not cursor:
            return every
        if len(every) >= MAX_SCAN:
            raise invalid("sort_order", f"more than {MAX_SCAN} items match: narrow the filter, or list newest first")


def _binding(request: Any) -> bytes:  # noqa: ANN401 - any list request
    """Return what stands for the request's kind and filter."""
    bare = type(request)()
    bare.CopyFrom(request)
    for name in _NOT_FILTERS:
        if name in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(name)
    data = bare.DESCRIPTOR.full_name.encode() + b"\n" + bare.SerializeToString(deterministic=True)
    return hashlib.blake2b(data, digest_size=8).digest()


def _not_ours() -> InvalidRequestError:
    text = "is not the next_page_token of the same request: begin again without one"
    return InvalidRequestError.of(Violation("page_token", "INVALID_PAGE_TOKEN", text))
