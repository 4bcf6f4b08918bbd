"""What stands in for a broker that an account can't be traded through: its connection is gone, or can't be served.

The account's journal stays readable. Nothing is ever sent, and every question fails, for silence proves nothing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from brokerwire_server.brokers.base import (
    BrokerSnapshot,
    CommandError,
    KnownAccount,
    Preview,
    Reply,
    ReportSink,
)
from brokerwire_server.domain.accounts import Account, AccountState, PortfolioPoint
from brokerwire_server.domain.capabilities import Capabilities
from brokerwire_server.domain.connections import Check, Environment, LinkState
from brokerwire_server.domain.errors import UnavailableError
from brokerwire_server.domain.instruments import AssetClass, InstrumentDetails
from brokerwire_server.domain.market import (
    ActionQuery,
    Bar,
    BarQuery,
    ChainEntry,
    ChainQuery,
    CorporateAction,
    MarketClock,
    Quote,
    TradingDay,
)
from brokerwire_server.domain.orders import Order, OrderTerms
from brokerwire_server.domain.reports import LinkReport, OrderReport


class DetachedBroker:
    """A connection without a broker. Implements `BrokerAdapter`."""

    embedded = False

    def __init__(self, *, connection_id: str, broker: str, environment: Environment, detail: str) -> None:
        """Stand in for this connection; `detail` says to a person why, and what to do."""
        self.connection_id = connection_id
        self.broker = broker
        self.environment = environment
        self.detail = detail

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        """Say that the link is down, and return the known accounts."""
        sink(LinkReport(connection_id=self.connection_id, state=LinkState.DOWN, detail=self.detail))
        return [each.account for each in known]

    async def stop(self) -> None:
        """Do nothing: nothing runs."""

    def capabilities(self, account_id: str) -> Capabilities:
        """Return that nothing can be traded."""
        return Capabilities(broker=self.broker, assets=())

    async def submit(self, orders: Sequence[Order]) -> Reply:
        """Refuse, provably unsent."""
        raise self._unsent()

    async def cancel(self, order: Order, action_id: str) -> Reply:
        """Refuse, provably unsent."""
        raise self._unsent()

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        """Refuse, provably unsent."""
        raise self._unsent()

    async def find_order(self, order: Order) -> Sequence[OrderReport] | None:
        """Fail: that nobody can be asked is no proof of absence."""
        raise self._unavailable()

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        """Fail: there are no books to compare with."""
        raise self._unavailable()

    async def preview(self, orders: Sequence[Order]) -> Preview:
        """Fail."""
        raise self._unavailable()

    async def account_state(self, account_id: str) -> AccountState:
        """Fail."""
        raise self._unavailable()

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Fail."""
        raise self._unavailable()

    async def search_instruments(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Fail."""
        raise self._unavailable()

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Fail."""
        raise self._unavailable()

    def last_quote(self, symbol: str) -> Quote | None:
        """Return that no price is known."""
        return None

    async def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Fail."""
        raise self._unavailable()
        yield ()

    async def market_clock(self) -> MarketClock:
        """Fail."""
        raise self._unavailable()

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Fail."""
        raise self._unavailable()

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Fail."""
        raise self._unavailable()

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Fail."""
        raise self._unavailable()

    async def corporate_actions(self, query: ActionQuery) -> Sequence[CorporateAction]:
        """Fail."""
        raise self._unavailable()

    async def portfolio_history(self, account_id: str, start: int, end: int, step: int) -> Sequence[PortfolioPoint]:
        """Fail."""
        raise self._unavailable()

    async def check(self) -> Sequence[Check]:
        """Say why nothing works."""
        return (Check(name="connection", ok=False, detail=self.detail),)

    def _unsent(self) -> CommandError:
        return CommandError(self.detail, written=False)

    def _unavailable(self) -> UnavailableError:
        metadata = {"broker": self.broker, "connection_id": self.connection_id, "link": LinkState.DOWN.value}
        return UnavailableError("BROKER_UNAVAILABLE", self.detail, metadata=metadata)
