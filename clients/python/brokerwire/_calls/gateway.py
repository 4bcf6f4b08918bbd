"""Calls of BrokerService, EventService and SystemService."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from brokerwire._calls.base import Call, Listing, call, listing, one_account, some_accounts
from brokerwire._calls.orders import sort
from brokerwire._wire import enum, timestamp
from brokerwire.types.brokers import Broker, Capabilities, Connection
from brokerwire.types.enums import Environment, EventType
from brokerwire.types.journal import BrokerPayload, Event, JournalExport, JournalReport
from brokerwire.types.orders import Order
from brokerwire.types.system import ServerInfo, VaultRotation
from brokerwire.v1 import broker_service_pb2, event_service_pb2, system_service_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

VERIFY_PATIENCE = 600.0
ROTATE_PATIENCE = 120.0


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


def export_journal(
    *,
    format: Literal["jsonl", "csv"] = "jsonl",  # noqa: A002 - the field's term
    types: Sequence[EventType | str] = (),
    start: datetime | None = None,
    end: datetime | None = None,
    page_size: int = 1_000,
    page_token: str = "",
    account: str | None = None,
) -> Call[JournalExport]:
    """Writes out journals as lines of text, a piece per call: go on with the answer's `next_page_token`.

    Args:
        format: JSON lines, or CSV with a line of names first.
        types: Only entries of these types.
        start: Only entries journaled then or later.
        end: Only entries journaled before then.
        page_size: Most entries in a piece.
        page_token: The piece after another one; all else must be the same.
        account: Whose journal; "@gateway" is the gateway's own. Without one: all.
    """
    request = event_service_pb2.ExportJournalRequest(
        format=_EXPORT_FORMATS[format],
        types=[enum(EventType, kind, "types") for kind in types],
        from_time=timestamp(start, "start"),
        to_time=timestamp(end, "end"),
        page_size=page_size,
        page_token=page_token,
    )
    return call("ExportJournal", request, JournalExport.from_proto, some_accounts(request, account))


_EXPORT_FORMATS = {
    "jsonl": event_service_pb2.EXPORT_FORMAT_JSON_LINES,
    "csv": event_service_pb2.EXPORT_FORMAT_CSV,
}


def broker_payload(payload_id: str) -> Call[BrokerPayload]:
    """Reads what a broker sent, without its secrets; an entry's causation ends with "payload:ID"."""
    request = event_service_pb2.GetBrokerPayloadRequest(payload_id=payload_id)
    return call("GetBrokerPayload", request, lambda response: BrokerPayload.from_proto(response.payload))


def rotate_vault_keys(*, data_keys: bool = False) -> Call[VaultRotation]:
    """Seals all stored secrets under a new key, while they stay in use. Needs a second factor.

    Args:
        data_keys: Whether every secret gets a new data key as well.
    """
    request = system_service_pb2.RotateVaultKeysRequest(data_keys=data_keys)
    return call("RotateVaultKeys", request, VaultRotation.from_proto, patience=ROTATE_PATIENCE)


def server_info() -> Call[ServerInfo]:
    """Reads what the gateway is and can do."""
    request = system_service_pb2.GetServerInfoRequest()
    return call("GetServerInfo", request, lambda response: ServerInfo.from_proto(response.server))
