"""Clients of the two doors with one surface, so that one test states a behaviour of both."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import grpc
import httpx
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status  # type: ignore[import-untyped]

from brokerwire_server.api import Api, Method, Shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from google.protobuf.message import Message


@dataclass
class CallFailed(Exception):  # noqa: N818 - reads as a sentence where it is expected
    code: str
    message: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    infos: int = 0
    retry: bool = False


class Door(Protocol):
    name: str
    headers: dict[str, str]

    async def call(self, method: str, request: Message | bytes, seconds: float = 10) -> Any: ...

    def stream(self, method: str, request: Message) -> AsyncIterator[Any]: ...

    def session(self, requests: Sequence[Message]) -> AsyncIterator[Any]: ...


def failed(code: str, message: str, details: Sequence[Any]) -> CallFailed:
    error = CallFailed(code, message)
    for detail in details:
        info, request, retry = (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.BadRequest(),
            error_details_pb2.RetryInfo(),
        )
        if detail.Unpack(info):
            error.infos += 1
            error.reason, error.metadata = info.reason, dict(info.metadata)
            assert info.domain == "brokerwire.dev"
        elif detail.Unpack(request):
            error.fields = [violation.field for violation in request.field_violations]
        elif detail.Unpack(retry):
            error.retry = True
    return error


class GrpcClient:
    name = "grpc"

    def __init__(self, methods: dict[str, Method], address: str, headers: Mapping[str, str] | None = None) -> None:
        self._methods = methods
        self.channel = grpc.aio.insecure_channel(address)
        self.headers = dict(headers or {})

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self.headers.items())

    async def close(self) -> None:
        await self.channel.close()

    async def call(self, method: str, request: Message | bytes, seconds: float = 10) -> Any:
        m = self._methods[method]
        send = self.channel.unary_unary(m.path, _bytes, m.response.FromString)
        try:
            return await send(request, timeout=seconds, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise _grpc_failure(error) from None

    async def stream(self, method: str, request: Message) -> AsyncIterator[Any]:
        m = self._methods[method]
        call = self.channel.unary_stream(m.path, _bytes, m.response.FromString)(request, metadata=self._metadata)
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise _grpc_failure(error) from None
        finally:
            call.cancel()

    async def session(self, requests: Sequence[Message]) -> AsyncIterator[Any]:
        m = self._methods["OrderService/OrderSession"]
        call = self.channel.stream_stream(m.path, _bytes, m.response.FromString)(
            iter(requests), metadata=self._metadata
        )
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise _grpc_failure(error) from None
        finally:
            call.cancel()


class HttpClient:
    name = "http"

    def __init__(self, methods: dict[str, Method], address: str, headers: Mapping[str, str] | None = None) -> None:
        self._methods = methods
        self.http = httpx.AsyncClient(base_url=f"http://{address}", timeout=10)
        self.headers = dict(headers or {})

    async def close(self) -> None:
        await self.http.aclose()

    async def call(self, method: str, request: Message | bytes, seconds: float = 10) -> Any:
        m = self._methods[method]
        headers = {
            "content-type": "application/proto",
            "connect-timeout-ms": str(int(seconds * 1000)),
            **self.headers,
        }
        answer = await self.http.post(m.path, content=_bytes(request), headers=headers)
        if answer.status_code == 200:
            return m.response.FromString(answer.content)
        raise _http_failure(answer.json())

    async def stream(self, method: str, request: Message) -> AsyncIterator[Any]:
        async for message in self._enveloped(method, [request]):
            yield message

    async def session(self, requests: Sequence[Message]) -> AsyncIterator[Any]:
        async for message in self._enveloped("OrderService/OrderSession", requests):
            yield message

    async def _enveloped(self, method: str, requests: Sequence[Message]) -> AsyncIterator[Any]:
        m = self._methods[method]
        content = b"".join(struct.pack(">BI", 0, len(data)) + data for data in map(_bytes, requests))
        headers = {"content-type": "application/connect+proto", **self.headers}
        buffer = b""
        async with self.http.stream("POST", m.path, content=content, headers=headers) as answer:
            async for chunk in answer.aiter_bytes():
                buffer += chunk
                while len(buffer) >= 5 and len(buffer) >= 5 + int.from_bytes(buffer[1:5], "big"):
                    flags, size = buffer[0], int.from_bytes(buffer[1:5], "big")
                    data, buffer = buffer[5 : 5 + size], buffer[5 + size :]
                    if flags & 2:
                        end = json.loads(data)
                        if "error" in end:
                            raise _http_failure(end["error"])
                        return
                    yield m.response.FromString(data)


def methods_of(api: Api) -> dict[str, Method]:
    return {method.label: method for method in api.methods}


def _bytes(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.SerializeToString()


def _grpc_failure(error: grpc.aio.AioRpcError) -> CallFailed:
    status = rpc_status.from_call(_Sync(error))
    return failed(error.code().name, error.details() or "", status.details if status else ())


class _Sync:
    """An aio error in the shape that `grpc_status` wants."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self.code, self.details, self.trailing_metadata = error.code, error.details, error.trailing_metadata


def _http_failure(error: dict[str, Any]) -> CallFailed:
    status = status_pb2.Status(message=error.get("message", ""))
    for detail in error.get("details", ()):
        value = base64.b64decode(detail["value"] + "===")
        status.details.add(type_url=f"type.googleapis.com/{detail['type']}", value=value)
    code = error["code"].upper()
    assert code in code_pb2.Code.DESCRIPTOR.values_by_name or code == "CANCELED"
    return failed(code, status.message, status.details)


__all__ = ["CallFailed", "Door", "GrpcClient", "HttpClient", "Shape", "methods_of"]
