"""What the sandbox knows: orders, executions, the exchange behind them, and the few steps that every change takes."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from heapq import heappop, heappush
from typing import Any

from brokerwire_sandbox.alpaca.assets import Asset, AssetBook, option_price
from brokerwire_sandbox.alpaca.events import EventLog, TradeEvent
from brokerwire_sandbox.alpaca.formats import SECOND, Ids, new_york, rfc3339, rfc3339_micro, stable_uuid
from brokerwire_sandbox.alpaca.records import Execution, OrderRecord
from brokerwire_sandbox.alpaca.settings import Environment as Host
from brokerwire_sandbox.alpaca.settings import Hours, SandboxSettings
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.calendar import day_order_expiry
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import Side
from brokerwire_server.domain.positions import Position, PositionLedger
from brokerwire_server.domain.reports import AnyReport
from brokerwire_server.simulator import AlwaysOpen, Exchange, ExchangeHours, MarketCalendar, Rules

ACCOUNT = "sandbox"
_SUBMIT_SHIFT = 3_944_000
_CENT = Decimal("0.01")
_STEP = Decimal("0.000000001")


@cache
def _new_york_hours() -> ExchangeHours:
    """Return the one calendar that all sandboxes of a process share: its table takes a while to compute."""
    return ExchangeHours()


class State:
    """Mutable, single-threaded, without input or output: time comes from `clock`, events go to `log`.

    `chains` maps an exchange order to the record that stands for it now. `later` is work that must wait until the
    exchange has returned. `holds` are the stages ("new", "cancel", "replace") at which requests are kept waiting.
    """

    def __init__(self, settings: SandboxSettings, clock: Callable[[], int]) -> None:
        """Open the account, with cash and quotes as the settings say."""
        self.settings = settings
        self.clock = clock
        self.ids = Ids(settings.seed)
        self.log = EventLog(settings.sse_retention)
        self.assets = AssetBook()
        self.calendar: MarketCalendar = AlwaysOpen() if settings.hours is Hours.ALWAYS else _new_york_hours()
        self.start = self._last_stamp = clock()
        self.sides: dict[tuple[str, str], dict[str, OrderRecord]] = {}
        self.expiring: list[tuple[int, int, OrderRecord]] = []
        self.records: dict[str, OrderRecord] = {}
        self.clients: dict[str, OrderRecord] = {}
        self.chains: dict[str, OrderRecord] = {}
        self.open: dict[str, OrderRecord] = {}
        self.executions: list[Execution] = []
        self.by_execution: dict[str, Execution] = {}
        self._made_up: set[str] = set()
        self.books: dict[str, PositionLedger] = {}
        self.multileg: dict[str, OrderRecord] = {}
        self.replacements: dict[str, OrderRecord] = {}
        self.later: list[Callable[[], None]] = []
        self.holds: set[str] = set()
        self.waiting: dict[str, list[Callable[[], None]]] = {"new": [], "cancel": [], "replace": []}
        self.failing = {"cancel": 0, "replace": 0}
        self.activity_lag = settings.activity_lag
        self.position_lag = settings.position_lag
        self.configuration: dict[str, Any] = {
            "trade_confirm_email": "all",
            "suspend_trade": False,
            "no_shorting": False,
            "fractional_trading": True,
            "max_margin_multiplier": str(settings.multiplier),
            "max_options_trading_level": None,
            "disable_overnight_trading": False,
            "ptp_no_exception_entry": False,
        }
        self.account_id = stable_uuid(f"account:{settings.seed}")
        self.account_number = ("PA" if settings.environment is Host.PAPER else "") + f"3{settings.seed:08d}X"
        self.exchange = self._open_exchange()

    def _open_exchange(self) -> Exchange:
        settings = self.settings
        rules = Rules(
            multiplier=Decimal(settings.multiplier),
            market_buffer=ZERO,
            minimum_quantity=_STEP,
            quantity_increment=_STEP,
        )
        exchange = Exchange(self.calendar, rules, self._report, start=self.start, run="sandbox")
        environment = Environment.PAPER if settings.environment is Host.PAPER else Environment.LIVE
        account = Account(
            account_id=ACCOUNT,
            connection_id=ACCOUNT,
            broker="alpaca",
            environment=environment,
            can_short=settings.shorting,
            open_time=self.start,
        )
        exchange.open_account(account, settings.cash)
        for asset in self.assets.listed:
            exchange.list_instrument(asset.details)
            if settings.builtin_quotes:
                half = max(_CENT, (asset.price / 20_000).quantize(_CENT))
                self._show(exchange, asset, asset.price - half, asset.price + half)
        for symbol, (bid, ask) in settings.quotes.items():
            known = self.assets.find(symbol) or self.assets.add_equity(symbol, price=bid)
            exchange.list_instrument(known.details)
            self._show(exchange, known, bid, ask)
        return exchange

    def _show(self, exchange: Exchange, asset: Asset, bid: Decimal, ask: Decimal) -> None:
        size = self.settings.quote_size
        exchange.on_quote(Quote(symbol=asset.symbol, bid=bid, bid_size=size, ask=ask, ask_size=size, time=self.start))

    report: Callable[[AnyReport], None] | None = None

    def _report(self, report: AnyReport) -> None:
        if self.report is not None:
            self.report(report)

    # --- time ---

    def stamp(self) -> int:
        """Return the time for something that happens now: no two are equal."""
        self._last_stamp = time = max(self.clock(), self._last_stamp + 1)
        return time

    @property
    def now(self) -> int:
        """The sandbox's time in nanoseconds."""
        return self.clock()

    # --- orders ---

    def register(self, record: OrderRecord) -> None:
        """Take an order into the books."""
        self.records[record.id] = record
        self.clients[record.client_order_id] = record
        self.open[record.id] = record
        self.sides.setdefault((record.symbol, record.side), {})[record.id] = record
        if record.expires_at:
            heappush(self.expiring, (record.expires_at, record.sequence, record))

    def working_against(self, asset: Asset, side: str) -> list[OrderRecord]:
        """Return the open orders in an asset on the other side of `side`."""
        return list(self.sides.get((asset.symbol, "sell" if side == "buy" else "buy"), {}).values())

    def overdue(self) -> list[OrderRecord]:
        """Take out and return the open orders whose time is up."""
        found: list[OrderRecord] = []
        while self.expiring and self.expiring[0][0] <= self.now:
            record = heappop(self.expiring)[2]
            if not record.terminal and record.status != "held":
                found.append(record)
        return found

    def set_status(self, record: OrderRecord, status: str, time: int) -> None:
        """Move an order to `status`, with the time that goes with it."""
        record.status = status
        record.updated_at = time
        if status == "new" and self.settings.submitted_shift and record.submitted_at == record.created_at:
            record.submitted_at = record.created_at + _SUBMIT_SHIFT
        elif status in ("filled", "canceled", "expired", "replaced", "rejected"):
            setattr(record, "failed_at" if status == "rejected" else status + "_at", time)
        if record.terminal:
            self.open.pop(record.id, None)
            self.multileg.pop(record.id, None)
            self.sides.get((record.symbol, record.side), {}).pop(record.id, None)

    def emit(self, name: str, record: OrderRecord, time: int, **extras: object) -> None:
        """Tell what happened to an order."""
        at = self.stamp()
        body: dict[str, Any] = {"at": rfc3339_micro(at)}
        event_id = self.ids.ulid(at)
        if self.settings.event_ids:
            body["event_id"] = event_id
        body |= {"event": name, "timestamp": rfc3339(time), "order": record.event_json(), **extras}
        if record.reason and self.settings.reasons and name in ("rejected", "canceled", "expired", "suspended"):
            body["reason"] = record.reason
        self.log.append(TradeEvent(id=event_id, name=name, time=at, body=body, order_id=record.id))

    def change(self, record: OrderRecord, status: str, event: str = "", **extras: object) -> None:
        """Move an order to `status` and tell so; events but the pending ones carry an execution id."""
        time = self.stamp()
        self.set_status(record, status, time)
        name = event or status
        if not name.startswith(("pending_", "order_")) and "legs" not in extras:
            extras.setdefault("execution_id", self.ids.uuid())
        self.emit(name, record, time, **extras)

    # --- holdings and prices ---

    def held(self, symbol: str) -> Decimal:
        """Return the signed quantity held."""
        ledger = self.exchange.ledger(ACCOUNT)
        return ZERO if ledger is None else ledger.held(symbol)

    def closable(self, symbol: str, *, buying: bool) -> Decimal:
        """Return what may still be closed."""
        ledger = self.exchange.ledger(ACCOUNT)
        return ZERO if ledger is None else ledger.closable(symbol, buying=buying)

    def position_book(self, asset: Asset) -> PositionLedger:
        """Return the fold of an asset's executions."""
        book = self.books.get(asset.symbol)
        if book is None:
            empty = Position(account_id=ACCOUNT, instrument=asset.instrument)
            book = self.books[asset.symbol] = PositionLedger(empty)
        return book

    def book_outside(self, asset: Asset, side: str, quantity: Decimal, price: Decimal, fill_id: str) -> None:
        """Book an execution that the exchange's books know nothing of: position and cash."""
        buying = side == "buy"
        position = self.position_book(asset).apply(
            Fill(
                fill_id=fill_id,
                order_id=fill_id,
                account_id=ACCOUNT,
                execution_id=fill_id,
                instrument=asset.instrument,
                side=Side.BUY if buying else Side.SELL,
                quantity=quantity,
                price=price,
                execution_time=self.stamp(),
            )
        )
        value = quantity * price * asset.instrument.multiplier
        self.exchange.adjust(position, -value if buying else value)

    def quote(self, asset: Asset) -> Quote | None:
        """Return an asset's quote; an option without one gets a made-up one from its underlying's."""
        known = self.exchange.quote(asset.symbol)
        if known is not None or asset.kind is not AssetClass.OPTION or not self.settings.builtin_quotes:
            return known
        quote = self._option_quote(asset)
        if quote is not None:
            self.exchange.list_instrument(asset.details)
            self.exchange.on_quote(quote)
            self._made_up.add(asset.symbol)
        return quote

    def fresh_option_quotes(self) -> list[Quote]:
        """Return new quotes for the options whose quotes were made up."""
        assets = [self.assets.find(symbol) for symbol in sorted(self._made_up)]
        quotes = [self._option_quote(asset) for asset in assets if asset is not None]
        return [quote for quote in quotes if quote is not None]

    def _option_quote(self, asset: Asset) -> Quote | None:
        underlying = self.exchange.quote(asset.contract.underlying)
        mark = None if underlying is None else underlying.mark
        if mark is None:
            return None
        price, size = option_price(asset, mark, new_york(self.now).date()), self.settings.quote_size
        return Quote(
            symbol=asset.symbol, bid=price - _CENT, bid_size=size, ask=price + _CENT, ask_size=size, time=self.now
        )

    def mark(self, asset: Asset) -> Decimal | None:
        """Return the price that values an asset."""
        quote = self.quote(asset)
        return None if quote is None else quote.mark

    def settle_date(self, asset: Asset) -> str:
        """Return the day on which a trade of now settles: the next trading day, for crypto today."""
        day = self.calendar.day_at(self.now)
        return day.date if asset.kind is AssetClass.CRYPTO else self.calendar.day_at(day.post_close).date

    def lifetime(self, record: OrderRecord) -> int:
        """Return when the order ends by its time in force: 90 days for GTC, else the session's end."""
        now, terms = self.now, record.terms
        if terms.time_in_force == "gtc":
            return now + 90 * 86_400 * SECOND
        day = self.calendar.day_at(now)
        return day_order_expiry(self.calendar, day, now, extended_hours=terms.extended_hours)
