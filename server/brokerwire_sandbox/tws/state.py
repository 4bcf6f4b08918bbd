"""What the sandbox knows: contracts, orders, executions, accounts, and the exchange behind them. No input or output."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from msgspec.structs import replace

from brokerwire_sandbox.tws.books import Books, Holding
from brokerwire_sandbox.tws.contracts import Contract, ContractBook
from brokerwire_sandbox.tws.listing import Listing, listings
from brokerwire_sandbox.tws.messages import Fields, order_status
from brokerwire_sandbox.tws.order_messages import open_order
from brokerwire_sandbox.tws.records import Execution, TwsOrder
from brokerwire_sandbox.tws.settings import FillOrder, Hours, TwsSettings
from brokerwire_sandbox.tws.times import SECOND, Times
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.reports import AnyReport
from brokerwire_server.simulator import AlwaysOpen, Exchange, ExchangeHours, MarketCalendar, Rules

_ENDLESS = Decimal(10) ** 24
_STEP = Decimal("0.00000001")
_EXECUTION_BASE = 0x67FE667B


class Refused(Exception):  # noqa: N818 - what the service does with a request
    """A request that is refused with an error code; nothing has changed."""

    def __init__(self, code: int, text: str) -> None:
        """Say code and text as they go out."""
        super().__init__(text)
        self.code = code
        self.text = text


@cache
def _new_york_hours() -> ExchangeHours:
    return ExchangeHours()


class Past(list[Execution]):
    """All executions told, oldest first, corrections included."""

    def latest(self) -> list[Execution]:
        """Return the version that counts of each."""
        return list({execution.root: execution for execution in self}.values())


class Knowledge:
    """What the terminal can answer from: it is the truth while the link to the broker is up, and stands still after."""

    def __init__(self, orders: list[TwsOrder], executions: list[Execution], books: dict[str, Books]) -> None:
        """Take orders, executions and accounts."""
        self.orders = orders
        self.executions = executions
        self.books = books


class State:
    """Mutable and single-threaded. `tell` is where what happens to orders goes; `later` waits for the exchange."""

    def __init__(self, settings: TwsSettings, clock: Callable[[], int]) -> None:
        """Open the accounts and show the first quotes."""
        self.settings = settings
        self.clock = clock
        self.start = self._last_stamp = clock()
        self.times = Times(settings.time_zone)
        today = datetime.fromtimestamp(self.start // SECOND, UTC).date()
        self.listed = listings(today)
        self.contracts = ContractBook(listing.contract for listing in self.listed)
        self.orders: dict[int, TwsOrder] = {}
        self.by_client: dict[tuple[int, int], TwsOrder] = {}
        self.by_exchange: dict[str, TwsOrder] = {}
        self.combinations: dict[int, TwsOrder] = {}
        self.groups: dict[tuple[str, str], list[TwsOrder]] = {}
        self.executions = Past()
        self.unborrowable: set[int] = set()
        self.next_ids: dict[int, int] = {}
        self.history_from = 0
        self.later: list[Callable[[], None]] = []
        self.fill_order: Callable[[TwsOrder], FillOrder] = lambda _: settings.fill_order
        self.tell: Callable[[TwsOrder, str, Callable[[int], Fields]], None] = lambda *_: None
        self.report: Callable[[AnyReport], None] = lambda _: None
        self.traded: Callable[[Contract, Decimal, Decimal], None] = lambda *_: None
        self.shown: list[Callable[[Contract], None]] = []
        self.frozen: Knowledge | None = None
        self._permanent = settings.first_permanent_id
        self._executed = 0
        calendar: MarketCalendar = AlwaysOpen() if settings.hours is Hours.ALWAYS else _new_york_hours()
        rules = Rules(
            market_buffer=ZERO, minimum_quantity=_STEP, quantity_increment=_STEP, fills_kept=1, ended_orders_kept=1
        )
        self.exchange = Exchange(calendar, rules, self._pass_on, start=self.start, run="tws")
        self.books = {account: self._open_account(account) for account in settings.accounts}
        for listing in self.listed:
            self._list(listing)
        for name, (bid, ask) in settings.quotes.items():
            self.show(self.contracts.named(name), bid, ask)

    def _pass_on(self, report: AnyReport) -> None:
        self.report(report)

    def _open_account(self, account: str) -> Books:
        # The exchange tells opening from closing and knows one currency; the terminal does neither. So buys and sells
        # go to two endless accounts there, and `Books` says what is held.
        for side in "BS":
            opened = Account(
                account_id=account + side,
                connection_id=account,
                broker="ibkr",
                environment=Environment.PAPER,
                can_short=True,
                open_time=self.start,
            )
            self.exchange.open_account(opened, _ENDLESS)
        pairs = {
            c.symbol: c for c in self.contracts if c.security == "CASH" and c.currency == self.settings.base_currency
        }
        return Books(account, self.settings.base_currency, self.settings.cash, self.mark, pairs)

    def _list(self, listing: Listing) -> None:
        self.exchange.list_instrument(listing.contract.details())
        self.show(listing.contract, listing.bid, listing.ask)

    # --- time, ids, prices ---

    @property
    def now(self) -> int:
        """The sandbox's time in nanoseconds."""
        return self.clock()

    def stamp(self) -> int:
        """Return the time for something that happens now: no two are equal."""
        self._last_stamp = time = max(self.clock(), self._last_stamp + 1)
        return time

    def next_permanent_id(self) -> int:
        """Return a new permId."""
        self._permanent += 1
        return self._permanent - 1

    def next_execution_id(self) -> str:
        """Return a new execution id, in the service's form."""
        self._executed += 1
        return f"0000e0d5.{_EXECUTION_BASE + self._executed:08x}.01.01"

    def next_order_id(self, client_id: int) -> int:
        """Return the least order id that a client may use next."""
        return self.next_ids.get(client_id, self.settings.first_order_id)

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Count an id as used."""
        self.next_ids[client_id] = max(self.next_order_id(client_id), order_id + 1)

    def show(
        self,
        contract: Contract,
        bid: Decimal,
        ask: Decimal,
        *,
        bid_size: Decimal | None = None,
        ask_size: Decimal | None = None,
        last: Decimal = ZERO,
    ) -> None:
        """Show a quote; orders match against it. Sizes default to more than any order takes."""
        size = self.settings.quote_size
        self.exchange.advance(self.now)
        self.exchange.on_quote(
            Quote(
                symbol=contract.key,
                bid=bid,
                bid_size=size if bid_size is None else bid_size,
                ask=ask,
                ask_size=size if ask_size is None else ask_size,
                last=last,
                time=self.now,
            )
        )
        self.settle()
        for listener in self.shown:
            listener(contract)

    def settle(self) -> None:
        """Do what had to wait until the exchange returned."""
        while self.later:
            self.later.pop(0)()

    def quote(self, contract: Contract) -> Quote:
        """Return a contract's quote; one of nothing where it has none."""
        return self.exchange.quote(contract.key) or Quote(symbol=contract.key)

    def mark(self, contract: Contract) -> Decimal:
        """Return the price that values a contract, 0 where there is none."""
        return self.quote(contract).mark or ZERO

    def rebook(self, account: str) -> None:
        """Book an account anew from the versions of its executions that count."""
        book = self.books[account]
        book.clear()
        for execution in self.executions.latest():
            if execution.order.account == account and execution.contract.security != "BAG":
                book.book(
                    execution.contract,
                    buying=execution.buying,
                    quantity=execution.quantity,
                    price=execution.price,
                    commission=execution.commission,
                )

    def days_to(self, expiry: str) -> int:
        """Return how many days are left to an expiry (`YYYYMMDD`)."""
        today = self.times.local(self.now).date()
        return (datetime.strptime(expiry, "%Y%m%d").replace(tzinfo=UTC).date() - today).days

    # --- orders ---

    def register(self, order: TwsOrder) -> None:
        """Take an order into the books."""
        self.orders[order.permanent_id] = order
        if order.order_id:
            self.by_client[order.client_id, order.order_id] = order
        if order.oca_group:
            self.groups.setdefault((order.account, order.oca_group), []).append(order)

    def find(self, client_id: int, order_id: int) -> TwsOrder | None:
        """Return a client's order: the newest open one of the id, else the newest."""
        newest = order = self.by_client.get((client_id, order_id))
        while order is not None and not order.open:
            order = order.twin
        return order or newest

    def announce(self, order: TwsOrder) -> None:
        """Tell openOrder and orderStatus of an order's present state."""
        for _ in range(1 + self.settings.status_repeats):
            self.tell_open(order)
            self.tell_status(order)

    def tell_open(self, order: TwsOrder) -> None:
        """Tell openOrder."""
        self.tell(order, "openOrder", lambda version: open_order(order, version))

    def tell_status(self, order: TwsOrder) -> None:
        """Tell orderStatus."""
        self.tell(order, "orderStatus", lambda _: order_status(order))

    def open_orders(self) -> list[TwsOrder]:
        """Return the transmitted orders that are open, oldest first, as far as the terminal knows."""
        return [order for order in self.known().orders if order.open and order.transmitted]

    def known(self) -> Knowledge:
        """Return what the terminal can answer from."""
        return self.frozen or Knowledge(list(self.orders.values()), self.executions, self.books)

    def freeze(self) -> None:
        """Let the terminal know nothing new from now on."""
        books = {account: book.copy() for account, book in self.books.items()}
        self.frozen = Knowledge([replace(o) for o in self.orders.values()], list(self.executions), books)

    def thaw(self) -> None:
        """Let the terminal know everything again."""
        self.frozen = None

    def holdings(self, account: str) -> list[Holding]:
        """Return what an account holds, as far as the terminal knows."""
        return self.known().books[account].open()
