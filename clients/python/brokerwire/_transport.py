"""Channels to a gateway: one kind for threads, one for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from brokerwire._outcome import translated

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from brokerwire._methods import Method
    from brokerwire._target import Target


Metadata = tuple[tuple[str, str], ...]


class Channel:
    """A channel for threads."""

    def __init__(self, target: Target, channel: grpc.Channel | None = None) -> None:
        self.target = target
        self._channel = channel or _sync_channel(target)

    def unary(self, method: Method, request: Message, timeout: float, metadata: Metadata = ()) -> Any:  # noqa: ANN401 - the method's answer
        """Carries out one call.

        Raises:
            BrokerwireError: it failed.
        """
        call = self._channel.unary_unary(method.path, type(request).SerializeToString, method.output.FromString)
        with translated(method, self.target.address):
            return call(request, timeout=timeout, metadata=(*self.target.metadata, *metadata))

    def stream(self, method: Method, request: Message) -> Any:  # noqa: ANN401 - a call of grpc
        """Opens a server stream."""
        call = self._channel.unary_stream(method.path, type(request).SerializeToString, method.output.FromString)
        return call(request, metadata=self.target.metadata)

    def duplex(self, method: Method, requests: Any) -> Any:  # noqa: ANN401 - a call of grpc
        """Opens a bidirectional stream."""
        call = self._channel.stream_stream(method.path, method.input.SerializeToString, method.output.FromString)
        return call(requests, metadata=self.target.metadata)

    def fresh(self) -> Channel:
        """Another channel to the same place, with a connection of its own."""
        return Channel(self.target)

    def close(self) -> None:
        """Closes the connection. Calls under way are canceled."""
        self._channel.close()


class AsyncChannel:
    """A channel for asyncio."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._channel = _async_channel(target)

    async def unary(
        self,
        method: Method,
        request: Message,
        timeout: float,  # noqa: ASYNC109 - a deadline
        metadata: Metadata = (),
    ) -> Any:  # noqa: ANN401 - the method's answer
        """Carries out one call.

        Raises:
            BrokerwireError: it failed.
        """
        call = self._channel.unary_unary(method.path, type(request).SerializeToString, method.output.FromString)
        with translated(method, self.target.address):
            return await call(request, timeout=timeout, metadata=(*self.target.metadata, *metadata))

    def stream(self, method: Method, request: Message) -> Any:  # noqa: ANN401 - a call of grpc
        """Opens a server stream."""
        call = self._channel.unary_stream(method.path, type(request).SerializeToString, method.output.FromString)
        return call(request, metadata=self.target.metadata)

    def duplex(self, method: Method) -> Any:  # noqa: ANN401 - a call of grpc
        """Opens a bidirectional stream."""
        call = self._channel.stream_stream(method.path, method.input.SerializeToString, method.output.FromString)
        return call(metadata=self.target.metadata)

    def fresh(self) -> AsyncChannel:
        """Another channel to the same place, with a connection of its own."""
        return AsyncChannel(self.target)

    async def close(self) -> None:
        """Closes the connection. Calls under way are canceled."""
        await self._channel.close()


def _sync_channel(target: Target) -> grpc.Channel:
    if target.credentials is None:
        return grpc.insecure_channel(target.address, options=target.options())
    return grpc.secure_channel(target.address, target.credentials, options=target.options())


def _async_channel(target: Target) -> grpc.aio.Channel:
    if target.credentials is None:
        return grpc.aio.insecure_channel(target.address, options=target.options())
    return grpc.aio.secure_channel(target.address, target.credentials, options=target.options())
