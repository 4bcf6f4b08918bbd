"""The methods of the contract, and which of them only read, as its descriptors say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import MethodOptions

from brokerwire.v1 import (
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

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor
    from google.protobuf.message import Message

FILES = (
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


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the contract."""

    service: str
    name: str
    input: type[Message]
    output: type[Message]
    reads: bool
    """Whether it changes nothing, so that it may be tried again."""

    @property
    def path(self) -> str:
        """Its HTTP/2 path."""
        return f"/{self.service}/{self.name}"


def _method(descriptor: MethodDescriptor) -> Method:
    level = descriptor.GetOptions().idempotency_level
    streams = descriptor.server_streaming and not descriptor.client_streaming
    return Method(
        service=descriptor.containing_service.full_name,
        name=descriptor.name,
        input=message_factory.GetMessageClass(descriptor.input_type),
        output=message_factory.GetMessageClass(descriptor.output_type),
        reads=level == MethodOptions.NO_SIDE_EFFECTS or streams,
    )


METHODS: dict[str, Method] = {
    method.name: _method(method)
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
STREAMING = {
    method.name
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if method.server_streaming or method.client_streaming
}


def service_config() -> str:
    """The channel's service config: unary reads are tried again when the gateway is away, nothing else is.

    It holds no timeouts, because grpc fires those early (grpc/grpc#34547): the client sets deadlines itself.
    Streams are left out, because they resume by token.
    """
    retried = [m for m in METHODS.values() if m.reads and m.name not in STREAMING]
    config: dict[str, Any] = {
        "methodConfig": [
            {
                "name": [{"service": m.service, "method": m.name} for m in retried],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
    return json.dumps(config)
