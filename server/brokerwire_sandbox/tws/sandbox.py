"""The sandbox as a Python object: start it, point a TWS API client at `host` and `port`, and make things happen."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from ipaddress import ip_address

from msgspec.structs import replace

from brokerwire_sandbox.tws.contracts import ContractQuery
from brokerwire_sandbox.tws.faults import Dice, FaultCount, FaultPlan
from brokerwire_sandbox.tws.messages import order_status
from brokerwire_sandbox.tws.records import Execution, TwsOrder
from brokerwire_sandbox.tws.session import Session
from brokerwire_sandbox.tws.settings import HIGHEST_VERSION, LOWEST_VERSION, TwsSettings
from brokerwire_sandbox.tws.terminal import Terminal
from brokerwire_sandbox.tws.tickets import Ticket
from brokerwire_sandbox.tws.times import SECOND
from brokerwire_server.domain.decimals import ZERO, parse_decimal
from brokerwire_server.simulator import SimulationClock

Number = Decimal | str | int
_PULSE = 0.1
_LOST = {
    1100: "Connectivity between IBKR and Trader Workstation has been lost.",
    2110: "Connectivity between Trader Workstation and server is broken. It will be restored automatically.",
}
_RESTORED = (
    "Connectivity between IBKR and Trader Workstation has been restored - data maintained. All data farms are "
    "connected: usfarm; ushmds; secdefnj."
)
_RESTORED_LOST = "Connectivity between IBKR and Trader Workstation has been restored - data lost."


class TwsSandbox:
    """A local TWS. Its state outlives `stop` and `restart`; a new object begins anew."""

    def __init__(self, settings: TwsSettings | None = None, *, real_time: Callable[[], int] = time.time_ns) -> None:
        """Open the accounts; nothing is served before `start`.

        Raises:
            ValueError: the server version is none of this protocol's, no account is named, or a quote's contract or
                the time zone is unknown.
        """
        self.settings = settings = settings or TwsSettings()
        if not LOWEST_VERSION <= settings.server_version <= HIGHEST_VERSION:
            raise ValueError(f"the server version is {LOWEST_VERSION} to {HIGHEST_VERSION}")
        if not settings.accounts:
            raise ValueError("at least one account is needed")
        self.clock = SimulationClock(real_time, start=settings.start_time, speed=settings.clock_speed)
        self.terminal = Terminal(settings, self.clock)
        self.state = self.terminal.state
        self.host, self.port = "127.0.0.1", 0
        self._server: asyncio.Server | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- serving ---

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve on a loopback address; port 0 takes a free one.

        Raises:
            ValueError: `host` is not a loopback address.
        """
        if host != "localhost" and not ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address: a sandbox is for this machine only")
        self._server = await asyncio.start_server(self._accept, host, port)
        self.host, self.port = host, self._server.sockets[0].getsockname()[1]
        self._pulse = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop serving; what the accounts hold stays."""
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.gather(self._pulse, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for session in list(self.terminal.sessions):
            session.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
        self.terminal.close()
        self._server = self._pulse = None

    async def restart(self, *, down_for: float = 0.0, ids_rolled_back: bool = False) -> None:
        """Stop, stay away for `down_for` seconds, and serve again at the same port with the same state.

        With `ids_rolled_back` every client's order ids begin again, as real terminals have done.
        """
        await self.stop()
        if ids_rolled_back:
            self.state.next_ids.clear()
        await asyncio.sleep(down_for)
        await self.start(self.host, self.port)

    async def __aenter__(self) -> "TwsSandbox":
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self.terminal, reader, writer)
        self.terminal.sessions.add(session)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await session.run()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_PULSE)
            self.terminal.tick()

    # --- time and prices ---

    def set_quote(
        self,
        symbol: str,
        bid: Number,
        ask: Number,
        bid_size: Number | None = None,
        ask_size: Number | None = None,
        *,
        last: Number | None = None,
    ) -> None:
        """Show a quote; orders match against it at once. A size bounds what is executed until the next quote.

        `symbol` is a local symbol (`AAPL`, `ESZ6`, `EUR.USD`, an option's), a symbol, or a conId.

        Raises:
            ValueError: no contract has that name.
        """
        self.state.show(
            self.state.contracts.named(symbol),
            _decimal(bid),
            _decimal(ask),
            bid_size=_optional(bid_size),
            ask_size=_optional(ask_size),
            last=_optional(last) or ZERO,
        )

    def trade(self, symbol: str, price: Number, quantity: Number) -> None:
        """Let so much trade at a price: orders that accept it are executed, together no more than `quantity`."""
        contract = self.state.contracts.named(symbol)
        before, at, size = self.state.quote(contract), _decimal(price), _decimal(quantity)
        self.state.show(contract, at, at, bid_size=size, ask_size=size, last=at)
        self.state.show(contract, before.bid, before.ask, bid_size=ZERO, ask_size=ZERO, last=at)

    def advance(self, seconds: float) -> int:
        """Move the clock on, and return the time in nanoseconds."""
        self.clock.advance_to(self.clock.now() + round(seconds * SECOND))
        self.terminal.tick()
        return self.clock.now()

    # --- faults and what was seen ---

    def set_faults(self, plan: FaultPlan) -> None:
        """Put a fault plan in force, with fresh dice."""
        self.terminal.delivery.dice = Dice(plan)

    def clear_faults(self) -> None:
        """Put an end to all faults; what was held back for a next message goes out."""
        self.set_faults(FaultPlan())
        self.terminal.delivery.flush()

    def fault_counts(self) -> list[FaultCount]:
        """Return, for each rule, how often its target was met and how often it struck."""
        return self.terminal.delivery.dice.counts()

    def requests(self) -> list[tuple[int, str]]:
        """Return every request so far: the client's id and the message's name (its number where it has none here)."""
        return list(self.terminal.requests)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self.terminal.requests.clear()

    def orders(self) -> list[TwsOrder]:
        """Return every order ever taken, oldest first; the truth, whatever clients were told."""
        return list(self.state.orders.values())

    def executions(self) -> list[Execution]:
        """Return every execution and correction, oldest first."""
        return list(self.state.executions)

    def position(self, symbol: str, account: str = "") -> Decimal:
        """Return what an account (the first one unless named) holds of a contract."""
        book = self.state.books[account or self.settings.accounts[0]]
        holding = book.holdings.get(self.state.contracts.named(symbol).con_id)
        return ZERO if holding is None else holding.quantity

    @property
    def worst_rate(self) -> int:
        """The most messages that any client ever sent within one second."""
        return max((pace.worst for pace in self.terminal.paces), default=0)

    @property
    def clients(self) -> tuple[int, ...]:
        """The ids of the clients that are connected."""
        return tuple(sorted(self.terminal.hub.clients))

    # --- what the broker does by itself ---

    def place_external_order(
        self,
        symbol: str,
        action: str,
        quantity: Number,
        *,
        order_type: str = "MKT",
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        account: str = "",
        order_ref: str = "",
        time_in_force: str = "DAY",
    ) -> TwsOrder:
        """Place an order as a person at the terminal does: its order id is 0, unless client 0 binds such orders.

        Raises:
            Refused: the order is not taken.
        """
        contract = self.state.contracts.named(symbol)
        texts = {"lmtPrice": limit_price, "auxPrice": stop_price}
        fields = {
            "action": action,
            "totalQuantity": str(quantity),
            "orderType": order_type,
            "tif": time_in_force,
            "account": account or self.settings.accounts[0],
            "orderRef": order_ref,
            "transmit": "1",
            **{name: str(value) for name, value in texts.items() if value is not None},
        }
        query = ContractQuery(con_id=contract.con_id, exchange=contract.exchange)
        order = self.terminal.desk.place_by_hand(Ticket(order_id=0, query=query, fields=fields))
        zero = self.terminal.hub.clients.get(0)
        if zero is not None and zero.auto_bind and order.open:
            self.terminal.orders.bind(order)
        return order

    def cancel_order(self, permanent_id: int, reason: str = "") -> None:
        """Let the broker cancel an open order."""
        self.terminal.desk.end(self.state.orders[permanent_id], reason)

    def reject_order(self, permanent_id: int, reason: str = "rejected by the exchange") -> None:
        """Let an open order be rejected: 201, and Inactive."""
        order = self.state.orders[permanent_id]
        self.terminal.script.reject(order, reason)

    def replace_order(self, permanent_id: int, quantity: Number, limit_price: Number | None = None) -> None:
        """Let a person at the terminal give an open order another quantity and price.

        Raises:
            Refused: the terms are not taken.
        """
        order = self.state.orders[permanent_id]
        fields = {**order.ticket.fields, "totalQuantity": str(quantity), "transmit": "1"}
        if limit_price is not None:
            fields["lmtPrice"] = str(limit_price)
        self.terminal.desk.change(order, replace(order.ticket, fields=fields))

    def expire_order(self, permanent_id: int) -> None:
        """Let an open order end by its time in force."""
        self.terminal.trading.cancel(self.state.orders[permanent_id], why="Cancelled by System:")
        self.state.settle()

    def fill_order(self, permanent_id: int, quantity: Number, price: Number) -> Execution:
        """Execute an order whatever the market shows, also one that has ended: a late fill, and its status stays."""
        return self.terminal.script.fill(self.state.orders[permanent_id], _decimal(quantity), _decimal(price))

    def mark_order(self, permanent_id: int, status: str) -> None:
        """Send an orderStatus of any status, known or not, that nothing brought about."""
        order = self.state.orders[permanent_id]
        fields = order_status(order)
        fields[2] = status
        self.state.tell(order, "orderStatus", lambda _: fields)

    def hold(self, stage: str) -> None:
        """Keep requests waiting: "new" and "replace" without a word, "cancel" as PendingCancel.

        Raises:
            ValueError: there is no such stage.
        """
        self.terminal.desk.hold(stage)

    def release(self, stage: str) -> int:
        """Let the waiting requests of a stage go on, and return how many there were."""
        return self.terminal.desk.release(stage)

    def correct(self, execution_id: str, quantity: Number | None = None, price: Number | None = None) -> Execution:
        """Give an execution another quantity or price; it is told as a new one, with the next suffix.

        Raises:
            ValueError: there is no such execution.
        """
        return self.terminal.script.correct(execution_id, _optional(quantity), _optional(price))

    def set_shortable(self, symbol: str, *, on: bool) -> None:
        """Let shares be found for short sales (the default) or not: the orders wait then, with error 404."""
        self.terminal.script.set_shortable(self.state.contracts.named(symbol), on=on)

    def lose_link(self, code: int = 1100) -> None:
        """Break the terminal's link to the broker (1100, or 2110), its sockets stay.

        Fills go on, and are not delivered; orders and cancels wait; questions are answered from what was known.
        """
        hub = self.terminal.hub
        if not hub.broken:
            self.state.freeze()
        hub.notify(code, _LOST[code])
        hub.broken = True

    def restore_link(self, *, data_lost: bool = False) -> None:
        """Restore the link: 1102, or 1101 where subscriptions of market data are lost. What was missed stays untold."""
        hub = self.terminal.hub
        hub.broken = False
        self.state.thaw()
        self.terminal.release()
        if data_lost:
            self.terminal.drop_subscriptions()
        hub.notify(1101 if data_lost else 1102, _RESTORED_LOST if data_lost else _RESTORED)

    def daily_reset(self) -> None:
        """Do what the nightly reset does: the link goes and comes back, the day's executions and ends are forgotten."""
        self.lose_link()
        self.state.history_from = self.state.stamp()
        self.restore_link()

    def mute_stream(self, *, on: bool = True) -> None:
        """Take nothing in and write nothing, while the sockets look healthy, until switched off."""
        if on:
            self.terminal.mute = True
        else:
            self.terminal.resume()

    def stall_stream(self, *, on: bool = True) -> None:
        """Write nothing more; switched off, what was to be written goes out."""
        if on:
            self.terminal.stalled = True
        else:
            self.terminal.resume()

    def send_raw_frame(self, *fields: str) -> None:
        """Send a message of any fields to all clients, whatever it says."""
        for session in self.terminal.sessions:
            session.write(list(fields))

    def drop_stream(self, client_id: int | None = None, *, abort: bool = True) -> int:
        """End a client's connection, or all of them, by a reset or an orderly close; return how many there were."""
        ended = [s for s in self.terminal.sessions if client_id is None or s.client_id == client_id]
        for session in ended:
            session.close(abort=abort)
        return len(ended)

    def set_read_only(self, *, on: bool) -> None:
        """Switch the API's read-only mode."""
        self.terminal.settings = replace(self.terminal.settings, read_only=on)


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else parse_decimal(str(value), "number")


def _optional(value: Number | None) -> Decimal | None:
    return None if value is None else _decimal(value)
