"""Market data: who watches what, and the ticks that tell of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from brokerwire_sandbox.tws.checks import find_contract
from brokerwire_sandbox.tws.contracts import Contract, ContractQuery
from brokerwire_sandbox.tws.messages import Fields
from brokerwire_sandbox.tws.option_model import VOLATILITY, greeks
from brokerwire_sandbox.tws.requests import Request, at_least
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.times import SECOND
from brokerwire_sandbox.tws.wire import number, read_flag, read_integer
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Session as Hours

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session
    from brokerwire_sandbox.tws.terminal import Terminal

MOST_LINES = 100
_LIVE, _FROZEN, _DELAYED, _DELAYED_FROZEN = 1, 2, 3, 4
_PRICES = (
    ("bid", 1, 66),
    ("ask", 2, 67),
    ("last", 4, 68),
    ("high", 6, 72),
    ("low", 7, 73),
    ("close", 9, 75),
    ("open", 14, 76),
)
_SIZES = (("bid", 0, 69), ("ask", 3, 70), ("last", 5, 71), ("volume", 8, 74))
_SIZE_OF = {"bid": "bid", "ask": "ask", "last": "last"}
_NO_SUBSCRIPTION = (
    "Requested market data requires additional subscription for API. See link in 'Market Data Connections' dialog for "
    "more details.Delayed market data is available."
)
_DELAYED_SHOWN = "Requested market data is not subscribed. Displaying delayed market data."


class Watch(Struct, kw_only=True):
    """One subscription. `sent` is what it last saw, by the tick's message and type."""

    contract: Contract
    delayed: bool
    shortable: bool
    sent: dict[tuple[str, str], Fields] = {}


class Day(Struct, kw_only=True):
    """A contract's day so far."""

    open: Decimal = ZERO
    high: Decimal = ZERO
    low: Decimal = ZERO
    close: Decimal = ZERO
    last: Decimal = ZERO
    last_size: Decimal = ZERO
    volume: Decimal = ZERO
    time: int = 0


class TickRequests:
    """The handlers, and the ticks after each quote."""

    def __init__(self, terminal: "Terminal") -> None:
        """Serve `terminal`."""
        self._terminal = terminal
        self._state = state = terminal.state
        self._watches: dict[Session, dict[int, Watch]] = {}
        self._kinds: dict[Session, int] = {}
        self._days: dict[int, Day] = {}
        for listing in state.listed:
            mark = state.mark(listing.contract)
            self._days[listing.contract.con_id] = Day(open=mark, high=mark, low=mark, close=mark)
        state.shown.append(self._follow)
        state.traded = self.record

    def handlers(self) -> dict[str, Request]:
        """Return the handlers by message id."""
        return {"1": Request(self._watch, 2), "2": Request(self._unwatch), "59": Request(self._set_kind)}

    def forget(self, session: "Session") -> None:
        """Drop the subscriptions of a client that has left."""
        self._watches.pop(session, None)
        self._kinds.pop(session, None)

    def drop_all(self) -> None:
        """Drop all subscriptions, as a lost link does."""
        self._watches.clear()

    def record(self, contract: Contract, price: Decimal, size: Decimal) -> None:
        """Count a trade into the day."""
        day = self._days.get(contract.con_id)
        if day is not None:
            day.last, day.last_size, day.time = price, size, self._state.now
            day.volume += size

    # --- handlers ---

    def _set_kind(self, session: "Session", fields: Sequence[str]) -> None:
        self._kinds[session] = read_integer(at_least(fields, 3)[2])

    def _unwatch(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 3)[2])
        if self._watches.get(session, {}).pop(request_id, None) is None:
            session.fail(300, f"Can't find EId with tickerId:{request_id}", request_id)

    def _watch(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 20)[2])
        query = ContractQuery.read(fields[3:15])
        if query.security == "BAG":
            raise Refused(
                321, "Error validating request.-'bZ' : cause - This sandbox has no market data of combinations."
            )
        contract = find_contract(self._state, query)
        generic, snapshot = fields[-4], read_flag(fields[-3])
        watches = self._watches.setdefault(session, {})
        if len(watches) >= MOST_LINES:
            raise Refused(101, "Max number of tickers has been reached.")
        delayed = self._delayed(session, contract)
        if delayed:
            session.fail(10167, _DELAYED_SHOWN, request_id)
        session.send("marketDataType", ["58", "1", str(request_id), str(self._kind(session, delayed=delayed))])
        parameters = ["81", str(request_id), number(contract.min_tick), "9c0001", "3"]
        session.send("tickReqParams", parameters)
        watch = Watch(contract=contract, delayed=delayed, shortable="236" in generic.split(","))
        self._send(session, request_id, watch)
        if snapshot:
            session.send("tickSnapshotEnd", ["57", "1", str(request_id)])
        else:
            watches[request_id] = watch

    def _delayed(self, session: "Session", contract: Contract) -> bool:
        """Tell whether a client gets delayed data; refuse where it wants none and has no other."""
        if not self._terminal.settings.delayed_data:
            return False
        if self._kinds.get(session, _LIVE) < _DELAYED:
            described = f"{contract.symbol} {contract.primary_exchange}.{contract.trading_class}/TOP/ALL"
            raise Refused(10089, _NO_SUBSCRIPTION + described)
        return True

    def _kind(self, session: "Session", *, delayed: bool) -> int:
        wanted = self._kinds.get(session, _LIVE)
        open_now = self._state.exchange.session is not Hours.CLOSED
        if delayed:
            return _DELAYED if open_now else wanted
        return _LIVE if open_now or wanted in (_LIVE, _DELAYED) else _FROZEN

    # --- ticks ---

    def _follow(self, contract: Contract) -> None:
        """Tell those who watch a contract what has changed."""
        mark, day = self._state.mark(contract), self._days.get(contract.con_id)
        if day is not None:
            quote = self._state.quote(contract)
            day.last = quote.last or day.last
            day.high, day.low = max(day.high, mark), min(day.low or mark, mark)
        if self._terminal.hub.broken:
            return
        for session, watches in list(self._watches.items()):
            for request_id, watch in list(watches.items()):
                if watch.contract.con_id == contract.con_id:
                    self._send(session, request_id, watch)

    def _send(self, session: "Session", request_id: int, watch: Watch) -> None:
        for name, fields in self._ticks(request_id, watch):
            key = (fields[0], fields[2] if fields[0] == "21" else fields[3])
            if watch.sent.get(key) != fields:
                watch.sent[key] = fields
                session.send(name, fields, unasked=True)

    def _ticks(self, request_id: int, watch: Watch) -> list[tuple[str, Fields]]:
        quote, day = self._state.quote(watch.contract), self._days[watch.contract.con_id]
        prices = {"bid": quote.bid, "ask": quote.ask, "last": day.last, "high": day.high}
        prices |= {"low": day.low, "close": day.close, "open": day.open}
        sizes = {"bid": quote.bid_size, "ask": quote.ask_size, "last": day.last_size, "volume": day.volume}
        column = 2 if watch.delayed else 1
        ticks: list[tuple[str, Fields]] = []
        for row in _PRICES:
            price = prices[row[0]]
            if price:
                size = number(sizes[_SIZE_OF[row[0]]]) if row[0] in _SIZE_OF else ""
                ticks.append(("tick", ["1", "6", str(request_id), str(row[column]), number(price), size, "0"]))
        ticks += [("tick", ["2", "6", str(request_id), str(row[column]), number(sizes[row[0]])]) for row in _SIZES]
        if day.time:
            kind = "88" if watch.delayed else "45"
            ticks.append(("tick", ["46", "6", str(request_id), kind, str(day.time // SECOND)]))
        ticks.append(("tick", ["45", "6", str(request_id), "49", "0.0"]))
        if watch.shortable:
            ticks.append(("tick", ["45", "6", str(request_id), "46", "3.0"]))
        if watch.contract.security == "OPT":
            ticks.append(("tick", self._computation(request_id, watch)))
        return ticks

    def _computation(self, request_id: int, watch: Watch) -> Fields:
        """Return tickOptionComputation (21) of the model."""
        contract, state = watch.contract, self._state
        underlying = state.contracts.get(contract.under_con_id)
        spot = ZERO if underlying is None else state.mark(underlying)
        model = greeks(spot, contract.strike, contract.right, state.days_to(contract.expiry))
        kind = "83" if watch.delayed else "13"
        values = (model.delta, model.price, ZERO, model.gamma, model.vega, model.theta, spot)
        return ["21", str(request_id), kind, "0", str(VOLATILITY), *map(number, values)]
