"""Calls of BrokerService, EventService and SystemService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, Listing, call, listing, one_account, some_accounts
from brokerwire._calls.orders import sort
from brokerwire._wire import enum
from brokerwire.types.brokers import Broker, Capabilities, Connection
from brokerwire.types.enums import Environment, EventType
from brokerwire.types.journal import Event, JournalReport
from brokerwire.types.orders import Order
from brokerwire.types.system import ServerInfo
from brokerwire.v1 import broker_service_pb2, event_service_pb2, system_service_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

VERIFY_PATIENCE = 600.0


def brokers(*, page_size: int = 0) -> Listing[Broker]:
    """Lists the brokers that the gateway has adapters for."""
    return listing("ListBrokers", broker_service_pb2.ListBrokersRequest(page_size=page_size), "brokers", Broker)


def capabilities(*, broker: str | None = None, account: str | None = None) -> Call[Capabilities]:
    """Reads what an account, or a broker in general, can do; the client's own account if neither is named."""
    request = broker_service_pb2.GetCapabilitiesRequest()
    blank = None
    if broker is None:
        blank = one_account(request, account)
    else:
        request.broker = broker
    return call("GetCapabilities", request, lambda response: Capabilities.from_proto(response.capabilities), blank)


def connections(
    *, broker: str = "", environment: Environment | str | None = None, page_size: int = 0
) -> Listing[Connection]:
    """Lists the links to brokers, by id."""
    wanted = enum(Environment, environment, "environment")
    request = broker_service_pb2.ListConnectionsRequest(broker=broker, environment=wanted, page_size=page_size)
    return listing("ListConnections", request, "connections", Connection)


def connection(connection_id: str) -> Call[Connection]:
    """Reads one link to a broker."""
    request = broker_service_pb2.GetConnectionRequest(connection_id=connection_id)
    return call("GetConnection", request, lambda response: Connection.from_proto(response.connection))


def events(
    *,
    after_sequence: int = 0,
    types: Sequence[EventType | str] = (),
    order: Order | str | None = None,
    newest_first: bool = False,
    page_size: int = 0,
    account: str | None = None,
) -> Listing[Event]:
    """Lists an account's journal entries, oldest first, reading pages as they are needed."""
    request = event_service_pb2.ListEventsRequest(
        after_sequence=after_sequence,
        types=[enum(EventType, kind, "types") for kind in types],
        order_id=order.order_id if isinstance(order, Order) else order or "",
        sort_order=sort(oldest_first=not newest_first),
        page_size=page_size,
    )
    return listing("ListEvents", request, "events", Event, one_account(request, account))


def verify_journal(account: str | None = None) -> Call[JournalReport]:
    """Checks sequences and hash chains of whole journals. A damaged one is no exception: look at `ok`."""
    request = event_service_pb2.VerifyJournalRequest()
    blank = some_accounts(request, account)
    return call("VerifyJournal", request, JournalReport.from_proto, blank, patience=VERIFY_PATIENCE)


def server_info() -> Call[ServerInfo]:
    """Reads what the gateway is and can do."""
    request = system_service_pb2.GetServerInfoRequest()
    return call("GetServerInfo", request, lambda response: ServerInfo.from_proto(response.server))
