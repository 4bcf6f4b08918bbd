"""A server between client and gateway that answers as a newer gateway might, or as one in trouble."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

import grpc
from google.rpc import error_details_pb2, status_pb2

from brokerwire._methods import METHODS, Method
from brokerwire.v1 import events_pb2, order_service_pb2, orders_pb2, streams_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.message import Message

LATER = b"\xfa\x7c\x05later"
"""Field 1999 with the text "later": no message of ours has one."""
NEW_STATE, NEW_REASON, NEW_EVENT_TYPE = 77, 88, 66
NEW_VALUE = 99
"""Of any enum."""


class Relay:
    """Passes everything on to a real gateway, except what it was told to change."""

    def __init__(
        self,
        upstream: str,
        *,
        future: bool = False,
        strange: bool = False,
        invent: bool = False,
        refuse: Mapping[str, str] | None = None,
        unavailable: Mapping[str, int] | None = None,
    ) -> None:
        """Start it.

        Args:
            upstream: The gateway.
            future: Whether answers have enum values, fields, items and controls that nobody knows yet.
            strange: Whether, beyond that, every enum of an answer has a value that nobody knows, position events of
                the journal a payload of another kind, and sessions results.
            invent: Whether a submit is answered with what was asked for, and never passed on.
            refuse: By method: the reason to fail with, as a gateway would.
            unavailable: By method: how many calls fail with UNAVAILABLE and no details first.
        """
        self.calls: Counter[str] = Counter()
        self._future, self._strange, self._invent = future or strange, strange, invent
        self._refuse = dict(refuse or {})
        self._unavailable = dict(unavailable or {})
        self._channel = grpc.insecure_channel(upstream)
        self._server = grpc.server(ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers([_Router(self)])
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(0).wait()
        self._channel.close()

    def unary(self, method: Method, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer one call."""
        self.calls[method.name] += 1
        if self._unavailable.get(method.name, 0) > 0:
            self._unavailable[method.name] -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if reason := self._refuse.get(method.name):
            _abort(context, reason)
        if self._invent and method.name == "SubmitOrder":
            return _invented(request.order)
        call = self._channel.unary_unary(method.path, method.input.SerializeToString, method.output.FromString)
        try:
            return self._changed(call(request, timeout=context.time_remaining()))
        except grpc.RpcError as error:
            failed: Any = error
            context.set_trailing_metadata(failed.trailing_metadata())
            context.abort(failed.code(), failed.details())

    def stream(self, method: Method, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Pass a stream on."""
        self.calls[method.name] += 1
        open_ = self._channel.unary_stream(method.path, method.input.SerializeToString, method.output.FromString)
        call: Any = open_(request)
        context.add_callback(call.cancel)
        try:
            for number, batch in enumerate(call):
                if self._strange:
                    batch.MergeFrom(_unheard_of(type(batch)))
                yield self._changed(batch)
                if number == 0 and self._future:
                    yield _unheard_of(type(batch))
        except grpc.RpcError as error:
            failed: Any = error
            context.abort(failed.code(), failed.details())

    def session(self, method: Method, requests: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Pass a session on, in both directions."""
        self.calls[method.name] += 1
        open_ = self._channel.stream_stream(method.path, method.input.SerializeToString, method.output.FromString)
        call: Any = open_(requests)
        context.add_callback(call.cancel)
        try:
            for response in call:
                if self._strange:
                    yield _unheard_of_results()
                yield self._changed(response)
        except grpc.RpcError as error:
            failed: Any = error
            context.abort(failed.code(), failed.details())

    def _changed(self, message: Any) -> Any:
        if self._future:
            _renew(message)
        if self._strange:
            _estrange(message)
        return message


class _Router(grpc.GenericRpcHandler):
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def service(self, details: Any) -> Any:
        method = METHODS[details.method.rpartition("/")[2]]
        codec: dict[str, Any] = {
            "request_deserializer": method.input.FromString,
            "response_serializer": method.output.SerializeToString,
        }
        relay = self._relay
        if method.name == "OrderSession":
            return grpc.stream_stream_rpc_method_handler(lambda r, c: relay.session(method, r, c), **codec)
        if method.name.startswith("Stream"):
            return grpc.unary_stream_rpc_method_handler(lambda r, c: relay.stream(method, r, c), **codec)
        return grpc.unary_unary_rpc_method_handler(lambda r, c: relay.unary(method, r, c), **codec)


def _abort(context: grpc.ServicerContext, reason: str) -> None:
    info = error_details_pb2.ErrorInfo(reason=reason, domain="brokerwire.dev", metadata={"sent": "NO", "when": "later"})
    status = status_pb2.Status(code=grpc.StatusCode.FAILED_PRECONDITION.value[0], message="not yet")
    status.details.add(type_url="type.googleapis.com/brokerwire.v1.Later", value=LATER)
    status.details.add().Pack(info)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not yet")


def _renew(message: Message) -> None:
    """Give a message and all within it a field that nobody knows, and orders values that nobody knows."""
    for inner in _within(message):
        _renew(inner)
    message.MergeFromString(LATER)
    if isinstance(message, orders_pb2.Order):
        message.state_reason = NEW_REASON  # type: ignore[assignment] # that is the point
        if message.terminal:
            message.state = NEW_STATE  # type: ignore[assignment]
    if isinstance(message, orders_pb2.OrderEvent) and message.type == orders_pb2.ORDER_EVENT_TYPE_STATE_CHANGED:
        message.type = NEW_EVENT_TYPE  # type: ignore[assignment]


def _within(message: Message) -> Iterator[Message]:
    for field, value in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            yield from value if field.is_repeated else [value]


def _estrange(message: Message) -> None:
    """Give every enum that is set a value that nobody knows, and the journal's position events another payload."""
    for inner in _within(message):
        _estrange(inner)
    for field, _ in message.ListFields():
        if field.enum_type is not None and not field.is_repeated:
            setattr(message, field.name, NEW_VALUE)
    if isinstance(message, events_pb2.Event):
        message.ClearField("position")


def _unheard_of_results() -> order_service_pb2.OrderSessionResponse:
    """Make results of a kind and for a command that nobody knows, and a control message of a kind that nobody knows."""
    made = order_service_pb2.OrderSessionResponse(control=streams_pb2.StreamControl.FromString(LATER))
    made.results.add(command_id=1_000_000).MergeFromString(LATER)
    return made


def _unheard_of(batch: type[Any]) -> Any:
    """Make a batch with a control message and an item of kinds that nobody knows, and no token."""
    made = batch()
    made.items.add().control.CopyFrom(streams_pb2.StreamControl.FromString(LATER))
    made.items.add().MergeFromString(LATER)
    return made


def _invented(asked: orders_pb2.OrderRequest) -> order_service_pb2.SubmitOrderResponse:
    order = orders_pb2.Order(
        order_id="invented",
        account_id=asked.account_id,
        client_order_id=asked.client_order_id,
        version=1,
        sequence=1,
        state=orders_pb2.ORDER_STATE_WORKING,
        side=asked.side,
        type=asked.type,
        instrument=asked.instrument,
        quantity=asked.quantity,
        remaining_quantity=asked.quantity,
        filled_quantity={"value": "0"},
        limit_price=asked.limit_price if asked.HasField("limit_price") else None,
    )
    return order_service_pb2.SubmitOrderResponse(order=order)
