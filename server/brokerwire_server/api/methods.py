"""The table of methods, read once from the contract's descriptors: no door lists methods of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from msgspec import Struct

from brokerwire.v1 import (
    access_pb2,
    access_service_pb2,
    account_service_pb2,
    broker_service_pb2,
    event_service_pb2,
    market_data_service_pb2,
    order_service_pb2,
    position_service_pb2,
    risk_service_pb2,
    simulator_service_pb2,
    system_service_pb2,
)
from brokerwire_server.domain.access import Role
from brokerwire_server.engine.access import Credentials

_URGENT = frozenset({"RiskService/SetTradingState"})
"""A flood of calls, one's own or others', must not keep anybody from stopping it."""

FILES: tuple[FileDescriptor, ...] = (
    access_service_pb2.DESCRIPTOR,
    account_service_pb2.DESCRIPTOR,
    broker_service_pb2.DESCRIPTOR,
    event_service_pb2.DESCRIPTOR,
    market_data_service_pb2.DESCRIPTOR,
    order_service_pb2.DESCRIPTOR,
    position_service_pb2.DESCRIPTOR,
    risk_service_pb2.DESCRIPTOR,
    simulator_service_pb2.DESCRIPTOR,
    system_service_pb2.DESCRIPTOR,
)

Reply = Message | bytes
"""A response: a message, or one that is serialised already."""

Unary = Callable[[Any, "Call"], Awaitable[Message]]
Streaming = Callable[[Any, "Call"], AsyncIterator[Reply]]


class Shape(StrEnum):
    """How many messages go each way."""

    UNARY = "UNARY"
    SERVER_STREAM = "SERVER_STREAM"
    BIDI_STREAM = "BIDI_STREAM"


class Idempotency(StrEnum):
    """What a repeated call does, by the contract's method option."""

    UNKNOWN = "UNKNOWN"
    NO_SIDE_EFFECTS = "NO_SIDE_EFFECTS"
    IDEMPOTENT = "IDEMPOTENT"


class Call(Struct, frozen=True):
    """What a handler may know about its call. `deadline` is on the clock of `time.monotonic`, `None` for none.

    `credentials` are what came with it, and prove nothing by themselves: who calls is `engine.acting`'s to say.
    """

    door: str
    deadline: float | None = None
    credentials: Credentials = Credentials()


class Method(Struct, frozen=True, kw_only=True):
    """One method of the contract and what carries it out."""

    service: str
    name: str
    shape: Shape
    request: type[Message]
    response: type[Message]
    idempotency: Idempotency
    handler: Callable[[Any, Call], Any]
    mutates: bool
    label: str
    role: Role
    second_factor: bool
    whole_gateway: bool

    @property
    def urgent(self) -> bool:
        """Whether the method is let in however many calls there are."""
        return self.label in _URGENT

    @property
    def path(self) -> str:
        """The method's path in every protocol: `/brokerwire.v1.OrderService/SubmitOrder`."""
        return f"/{self.service}/{self.name}"


class MissingMethodError(Exception):
    """The contract has a method that nothing carries out, or that anybody might call. Raised when the server starts."""


def build(implementations: Mapping[str, object]) -> tuple[Method, ...]:
    """Return every method of the contract, carried out by the implementation of its service.

    Args:
        implementations: by the service's short name, "OrderService".

    Raises:
        MissingMethodError: naming all methods without an implementation, or without a policy.
    """
    methods: list[Method] = []
    missing: list[str] = []
    unguarded: list[str] = []
    for service in services():
        implementation = implementations.get(service.name)
        for descriptor in service.methods:
            handler = getattr(implementation, snake_case(descriptor.name), None)
            if handler is None:
                missing.append(descriptor.full_name)
            elif not _policy(descriptor).role:
                unguarded.append(descriptor.full_name)
            else:
                methods.append(_method(service, descriptor, handler))
    if missing:
        raise MissingMethodError("nothing carries out " + ", ".join(missing))
    if unguarded:
        raise MissingMethodError("nothing says who may call " + ", ".join(unguarded))
    return tuple(methods)


def services() -> Iterator[ServiceDescriptor]:
    """Yield the services of the contract."""
    for file in FILES:
        yield from file.services_by_name.values()


def snake_case(name: str) -> str:
    """Return a method's name as Python writes it: `submit_order`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _method(service: ServiceDescriptor, descriptor: MethodDescriptor, handler: Callable[..., Any]) -> Method:
    level = descriptor.GetOptions().idempotency_level
    policy = _policy(descriptor)
    idempotency = Idempotency(MethodOptions.IdempotencyLevel.Name(level).removeprefix("IDEMPOTENCY_"))
    shape = _shape(descriptor)
    return Method(
        service=service.full_name,
        name=descriptor.name,
        shape=shape,
        request=GetMessageClass(descriptor.input_type),
        response=GetMessageClass(descriptor.output_type),
        idempotency=idempotency,
        handler=handler,
        mutates=shape is not Shape.SERVER_STREAM and idempotency is not Idempotency.NO_SIDE_EFFECTS,
        label=f"{service.name}/{descriptor.name}",
        role=Role(access_pb2.Role.Name(policy.role).removeprefix("ROLE_")),
        second_factor=policy.second_factor,
        whole_gateway=policy.whole_gateway,
    )


def _policy(descriptor: MethodDescriptor) -> access_pb2.MethodPolicy:
    extension: Any = access_pb2.policy  # the stubs know extensions by another type
    policy: access_pb2.MethodPolicy = descriptor.GetOptions().Extensions[extension]
    return policy


def _shape(descriptor: MethodDescriptor) -> Shape:
    if descriptor.client_streaming:
        return Shape.BIDI_STREAM
    return Shape.SERVER_STREAM if descriptor.server_streaming else Shape.UNARY
