"""Turns functions that describe calls into methods of the clients, with their arguments and documentation.

Each call is written once, in `_calls`, as a function of its arguments. A client's method has the same signature
and carries the call out in its own way.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    from brokerwire._calls.base import Call, Listing
    from brokerwire._pages import AsyncPages, Pages
    from brokerwire._streaming.aio import AsyncStream
    from brokerwire._streaming.spec import Spec
    from brokerwire._streaming.threaded import Stream

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E")
S = TypeVar("S")


class Runs(Protocol):
    """Carries out calls and blocks."""

    def _run(self, call: Call[T]) -> T: ...


class RunsLists(Protocol):
    """Reads lists and blocks."""

    def _list(self, listing: Listing[T]) -> Pages[T]: ...


class RunsStreams(Protocol):
    """Opens blocking streams."""

    def _stream(self, spec: Spec[E, S]) -> Stream[E, S]: ...


class RunsFutures(Protocol):
    """Carries out calls in the background."""

    def _run(self, call: Call[T]) -> Future[T]: ...


class AioRuns(Protocol):
    """Carries out calls in coroutines."""

    async def _run(self, call: Call[T]) -> T: ...


class AioRunsLists(Protocol):
    """Reads lists asynchronously."""

    def _list(self, listing: Listing[T]) -> AsyncPages[T]: ...


class AioRunsStreams(Protocol):
    """Opens asynchronous streams."""

    def _stream(self, spec: Spec[E, S]) -> AsyncStream[E, S]: ...


class AioRunsFutures(Protocol):
    """Carries out calls in the background of the event loop."""

    def _run(self, call: Call[T]) -> asyncio.Future[T]: ...


def unary(build: Callable[P, Call[T]]) -> Callable[Concatenate[Runs, P], T]:
    """A method that carries out the call and blocks."""
    return _method(build, "_run")


def pages(build: Callable[P, Listing[T]]) -> Callable[Concatenate[RunsLists, P], Pages[T]]:
    """A method that returns a list to iterate."""
    return _method(build, "_list")


def stream(build: Callable[P, Spec[E, S]]) -> Callable[Concatenate[RunsStreams, P], Stream[E, S]]:
    """A method that returns a blocking stream."""
    return _method(build, "_stream")


def future(build: Callable[P, Call[T]]) -> Callable[Concatenate[RunsFutures, P], Future[T]]:
    """A method that returns a Future at once."""
    return _method(build, "_run")


def aio_unary(build: Callable[P, Call[T]]) -> Callable[Concatenate[AioRuns, P], Coroutine[Any, Any, T]]:
    """A coroutine method that carries out the call."""
    return _method(build, "_run")


def aio_pages(build: Callable[P, Listing[T]]) -> Callable[Concatenate[AioRunsLists, P], AsyncPages[T]]:
    """A method that returns a list to iterate asynchronously."""
    return _method(build, "_list")


def aio_stream(build: Callable[P, Spec[E, S]]) -> Callable[Concatenate[AioRunsStreams, P], AsyncStream[E, S]]:
    """A method that returns an asynchronous stream."""
    return _method(build, "_stream")


def aio_future(build: Callable[P, Call[T]]) -> Callable[Concatenate[AioRunsFutures, P], asyncio.Future[T]]:
    """A method that returns an asyncio.Future at once."""
    return _method(build, "_run")


def _method(build: Callable[..., Any], carry_out: str) -> Callable[..., Any]:
    @functools.wraps(build)
    def method(self: object, /, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - as the caller says
        return getattr(self, carry_out)(build(*args, **kwargs))

    described = inspect.signature(build)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = described.replace(  # type: ignore[attr-defined] # what `help` shows
        parameters=[itself, *described.parameters.values()], return_annotation=inspect.Signature.empty
    )
    return method
