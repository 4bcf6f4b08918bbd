"""Which broker a request means that names an account, a broker, or neither."""

from collections.abc import Sequence
from typing import Any

from brokerwire_server.brokers.base import BrokerAdapter
from brokerwire_server.domain.errors import NotFoundError, UnsupportedError
from brokerwire_server.engine.gateway import Gateway

DEFAULT_BROKER = "paper"


def adapters(gateway: Gateway) -> Sequence[BrokerAdapter]:
    """Return the adapters of this server."""
    return [link.adapter for link in gateway.connections.links()]


def broker_named(gateway: Gateway, name: str) -> BrokerAdapter:
    """Return the first connection of a broker. Raises `NotFoundError` naming the brokers there are."""
    for adapter in adapters(gateway):
        if adapter.broker == name:
            return adapter
    known = ", ".join(sorted({adapter.broker for adapter in adapters(gateway)})) or "none"
    text = f"no broker {name[:64]!r} here; brokers: {known}"
    raise NotFoundError("BROKER_NOT_FOUND", text, metadata={"broker": name[:64]})


def source_of(gateway: Gateway, request: Any) -> BrokerAdapter:  # noqa: ANN401 - any request with a `source`
    """Return the broker that a request's `source` names; the paper broker where it names none."""
    match request.WhichOneof("source"):
        case "account_id":
            return gateway.accounts.get(request.account_id).adapter
        case "broker":
            return broker_named(gateway, request.broker)
    return broker_named(gateway, DEFAULT_BROKER)


def unsupported(adapter: BrokerAdapter, method: str) -> UnsupportedError:
    """Return the error for something that a broker can't do."""
    metadata = {"broker": adapter.broker, "method": method}
    return UnsupportedError("UNSUPPORTED_BY_BROKER", f"{adapter.broker} can't do this", metadata=metadata)
