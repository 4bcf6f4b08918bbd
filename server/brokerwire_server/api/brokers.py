"""BrokerService."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator

from brokerwire.v1 import broker_service_pb2 as pb
from brokerwire.v1 import brokers_pb2
from brokerwire_server.api.breaks import BreakCalls
from brokerwire_server.api.connections import ConnectionCalls
from brokerwire_server.api.convert.brokers import ConnectionMessages, broker_message, capabilities_message
from brokerwire_server.api.convert.enums import ENVIRONMENT, LINK_STATE, ON_GAP
from brokerwire_server.api.convert.values import required, set_time
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.sources import adapters, broker_named
from brokerwire_server.api.streaming import control_item, event_item, heartbeat_of, paced, response, snapshot_item
from brokerwire_server.domain.capabilities import Capabilities
from brokerwire_server.domain.connections import Connection
from brokerwire_server.domain.errors import InvalidRequestError, OutOfRangeError, Violation
from brokerwire_server.engine.accounts import Link
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.streams import (
    CaughtUp,
    Control,
    Goodbye,
    Heartbeat,
    OnGap,
    Opened,
    Reset,
    ResetCause,
    SnapshotEnd,
    StartMode,
)


class BrokerService:
    """Says which brokers there are, what they can do and how the links to them are, and changes what can be changed."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the connections of `gateway`."""
        self._gateway = gateway
        self._reads = reads
        self._streams = 0
        self._messages = ConnectionMessages(gateway.accounts, gateway.kinds)
        connections = ConnectionCalls(gateway, reads, self._messages)
        self.create_connection = connections.create_connection
        self.delete_connection = connections.delete_connection
        self.rotate_credentials = connections.rotate_credentials
        self.check_connection = connections.check_connection
        breaks = BreakCalls(gateway, reads)
        self.reconcile = breaks.reconcile
        self.list_breaks = breaks.list_breaks
        self.resolve_break = breaks.resolve_break

    async def list_brokers(self, request: pb.ListBrokersRequest, call: Call) -> pb.ListBrokersResponse:
        """List the brokers that this server knows, by id."""
        page = Page(request)
        shown, token = page.cut(sorted(self._brokers(), key=_broker), _broker)
        result = pb.ListBrokersResponse(brokers=shown, next_page_token=token)
        self._reads.fill(result.read_info)
        return result

    def _brokers(self) -> Iterator[brokers_pb2.Broker]:
        kinds = self._gateway.kinds
        for kind in kinds.kinds():
            yield broker_message(kind, self._capabilities(kind.broker))
        for name, problem in kinds.unavailable().items():
            yield brokers_pb2.Broker(broker=name, display_name=name.capitalize(), unavailable=problem)

    def _capabilities(self, name: str) -> Capabilities | None:
        """Return what a broker can do before any restriction of an account, where that is known."""
        for adapter in adapters(self._gateway):
            if adapter.broker == name and (capabilities := adapter.capabilities("")).assets:
                return capabilities
        kind = self._gateway.kinds.find(name)
        return kind.capabilities if kind else None

    async def get_capabilities(self, request: pb.GetCapabilitiesRequest, call: Call) -> pb.GetCapabilitiesResponse:
        """Read what an account, or a broker in general, can do."""
        accounts = []
        match request.WhichOneof("target"):
            case "account_id":
                account = self._gateway.accounts.get(request.account_id)
                accounts = [account]
                capabilities = account.adapter.capabilities(request.account_id)
            case "broker":
                found = self._capabilities(request.broker)
                capabilities = found or broker_named(self._gateway, request.broker).capabilities("")
            case _:
                raise required("account_id", "name an account or a broker")
        result = pb.GetCapabilitiesResponse(capabilities=capabilities_message(capabilities))
        self._reads.fill(result.read_info, accounts)
        return result

    async def list_connections(self, request: pb.ListConnectionsRequest, call: Call) -> pb.ListConnectionsResponse:
        """List connections, by id."""
        page = Page(request)
        environment = ENVIRONMENT.optional(request.environment, "environment")
        links = sorted(
            (
                link
                for link in self._gateway.connections.reached()
                if (not request.broker or link.connection.broker == request.broker)
                and environment in (None, link.connection.environment)
            ),
            key=_id,
        )
        shown, token = page.cut(links, _id)
        result = pb.ListConnectionsResponse(connections=map(self._messages.of, shown), next_page_token=token)
        self._reads.fill(result.read_info)
        return result

    async def get_connection(self, request: pb.GetConnectionRequest, call: Call) -> pb.GetConnectionResponse:
        """Read one connection."""
        if not request.connection_id:
            raise required("connection_id", "name the connection")
        link = self._gateway.connections.visible(request.connection_id)
        result = pb.GetConnectionResponse(connection=self._messages.of(link))
        self._reads.fill(result.read_info)
        return result

    # --- streams -------------------------------------------------------------------------------------------------

    async def stream_connections(self, request: pb.StreamConnectionsRequest, call: Call) -> AsyncIterator[bytes]:
        """Stream connections: absolute state per connection, the latest where the reader is slow."""
        heartbeat = heartbeat_of(request.options, "options.")
        wanted = frozenset(request.connection_ids)
        for connection_id in wanted:
            self._gateway.connections.visible(connection_id)
        now = self._gateway.seams.now
        token = base64.urlsafe_b64encode(f"connections {self._gateway.store.epoch}".encode()).rstrip(b"=").decode()
        resumed = bool(request.options.resume_token)
        if resumed:
            _check_token(request, token)
        known = dict(self._states(wanted))
        controls: list[Control] = [self._opened(request, heartbeat)]
        if resumed:
            controls.append(Reset(ResetCause.COMPACTED))
        items = [control_item(c) for c in controls]
        if resumed or not request.options.skip_snapshot:
            links = [link for link in self._gateway.connections.reached() if link.connection.connection_id in known]
            items += [snapshot_item(self._messages.of(link)) for link in links]
            items.append(control_item(SnapshotEnd(len(links))))
        items.append(control_item(CaughtUp()))
        yield response(items, token, now())
        async for part in paced(self._changes(known, wanted), self._gateway.drain, heartbeat):
            if isinstance(part, Heartbeat | Goodbye):
                yield response([control_item(part)], token, now())
            else:
                yield response(part, token, now())

    def _opened(self, request: pb.StreamConnectionsRequest, heartbeat: float) -> Opened:
        self._streams += 1
        live = request.options.skip_snapshot and not request.options.resume_token
        return Opened(
            stream_id=f"connections-{self._streams}",
            mode=StartMode.LIVE if live else StartMode.SNAPSHOT,
            epoch=self._gateway.store.epoch,
            heartbeat=heartbeat,
            accounts=tuple(account.sync() for account in self._gateway.accounts.reached()),
        )

    def _states(self, wanted: frozenset[str]) -> Iterator[tuple[str, Connection]]:
        for link in self._gateway.connections.reached():
            connection = link.connection
            if not wanted or connection.connection_id in wanted:
                yield connection.connection_id, connection

    async def _changes(self, known: dict[str, Connection], wanted: frozenset[str]) -> AsyncIterator[list[bytes]]:
        connections = self._gateway.connections
        waiter = asyncio.Event()
        connections.watch(waiter)
        revision = connections.revision
        try:
            while True:
                await waiter.wait()
                waiter.clear()
                states = dict(self._states(wanted))
                changed = [(c, known.get(i)) for i, c in states.items() if known.get(i) is not c]
                gone = [connection for i, connection in known.items() if i not in states]
                skipped = connections.revision - revision > len(changed) + len(gone)
                revision = connections.revision
                known.clear()
                known.update(states)
                items = [event_item(self._event(c, before, conflated=skipped)) for c, before in changed]
                items += [event_item(self._deleted(connection)) for connection in gone]
                if items:
                    yield items
        finally:
            connections.unwatch(waiter)

    def _event(
        self, connection: Connection, before: Connection | None, *, conflated: bool
    ) -> brokers_pb2.ConnectionEvent:
        link = self._gateway.connections.get(connection.connection_id)
        m = brokers_pb2.ConnectionEvent(connection=self._messages.of(link), conflated=conflated)
        if before is not None:
            m.previous_link = LINK_STATE.to_wire[before.link]
        set_time(m.time, connection.since)
        return m

    def _deleted(self, connection: Connection) -> brokers_pb2.ConnectionEvent:
        m = brokers_pb2.ConnectionEvent(connection=self._messages.gone(connection), deleted=True)
        m.previous_link = LINK_STATE.to_wire[connection.link]
        set_time(m.time, self._gateway.seams.now())
        return m


def _check_token(request: pb.StreamConnectionsRequest, token: str) -> None:
    """Raise where the token is not one of ours, or where its reader wants no fresh snapshot."""
    try:
        text = request.options.resume_token
        kind = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split()[0]
    except (ValueError, IndexError):
        kind = ""
    if kind != "connections":
        violation = Violation("options.resume_token", "INVALID_RESUME_TOKEN", "is not a token of this kind of stream")
        raise InvalidRequestError.of(violation)
    if ON_GAP.optional(request.options.on_gap, "options.on_gap") is OnGap.FAIL:
        text = "changes of connections are not kept: start without a token"
        raise OutOfRangeError("RESUME_TOKEN_EXPIRED", text, metadata={"cause": ResetCause.COMPACTED.value})


def _broker(message: brokers_pb2.Broker) -> str:
    return message.broker


def _id(link: Link) -> str:
    return link.connection.connection_id
