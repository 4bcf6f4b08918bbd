"""Lists that read their pages as they are needed."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from brokerwire._calls.base import Listing

__all__ = ["AsyncPages", "IncompleteWarning", "Pages"]

T = TypeVar("T")


class IncompleteWarning(UserWarning):
    """A list lacks what could not be read, and nobody asked: see `Pages.unreachable`."""


class _Pages(Generic[T]):
    """One pass over a list."""

    unreachable: tuple[str, ...] = ()
    """Accounts (of `accounts()`: connections) that could not be read so far. What they hold is missing."""

    def __init__(self, listing: Listing[T]) -> None:
        self._listing = listing
        self._ready: deque[T] = deque()
        self._finished = False

    def _take(self, response: Any) -> None:  # noqa: ANN401 - any answer of a List method
        self._ready.extend(map(self._listing.parse, getattr(response, self._listing.items)))
        self._note_unreachable(tuple(getattr(response, "unreachable", ())))
        self._listing.request.page_token = response.next_page_token
        self._finished = not response.next_page_token

    def _note_unreachable(self, names: tuple[str, ...]) -> None:
        new = tuple(name for name in names if name not in self.unreachable)
        if new:
            self.unreachable += new
            message = f"{self._listing.method.name} is incomplete: {', '.join(new)} could not be read"
            warnings.warn(message, IncompleteWarning, stacklevel=4)


class Pages(_Pages[T], Iterator[T]):
    """A list, to be iterated once; `list(...)` reads it whole."""

    def __init__(self, listing: Listing[T], fetch: Callable[[Listing[T]], Any]) -> None:
        super().__init__(listing)
        self._fetch = fetch

    def __iter__(self) -> Pages[T]:
        return self

    def __next__(self) -> T:
        while not self._ready and not self._finished:
            self._take(self._fetch(self._listing))
        if not self._ready:
            raise StopIteration
        return self._ready.popleft()


class AsyncPages(_Pages[T], AsyncIterator[T]):
    """A list, to be iterated once by `async for`; `await pages.collect()` reads it whole."""

    def __init__(self, listing: Listing[T], fetch: Callable[[Listing[T]], Awaitable[Any]]) -> None:
        super().__init__(listing)
        self._fetch = fetch

    def __aiter__(self) -> AsyncPages[T]:
        return self

    async def __anext__(self) -> T:
        while not self._ready and not self._finished:
            self._take(await self._fetch(self._listing))
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()

    async def collect(self) -> list[T]:
        """The rest of the list."""
        return [item async for item in self]
