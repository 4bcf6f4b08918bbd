"""One instrument's resting orders and the displayed quote that they match against."""

from bisect import bisect_left, bisect_right, insort
from decimal import Decimal

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import AssetClass, InstrumentDetails
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import OrderType, TimeInForce
from brokerwire_server.simulator.working import Key, Working


class Book:
    """Resting orders in lanes, each sorted by price, then time; and what of the displayed sizes is not consumed yet.

    A stop triggers on the quote's last trade; on a quote without one, on the bid (sells) or the ask (buys).
    A `continuous` book (crypto) trades at any time, whatever the calendar says.
    """

    __slots__ = (
        "ask_left",
        "asks",
        "auction_due",
        "bid_left",
        "bids",
        "buy_stops",
        "closing",
        "continuous",
        "details",
        "dirty",
        "market_buys",
        "market_sells",
        "opening",
        "quote",
        "quote_count",
        "sell_stops",
        "symbol",
        "trails",
    )

    def __init__(self, details: InstrumentDetails) -> None:
        """Begin without orders and without a quote."""
        self.details = details
        self.symbol = details.instrument.symbol
        self.continuous = details.instrument.asset_class is AssetClass.CRYPTO
        self.quote: Quote | None = None
        self.quote_count = 0
        self.bid_left = ZERO
        self.ask_left = ZERO
        self.bids: list[Key] = []
        self.asks: list[Key] = []
        self.market_buys: list[Key] = []
        self.market_sells: list[Key] = []
        self.buy_stops: list[Key] = []
        self.sell_stops: list[Key] = []
        self.trails: list[Key] = []
        self.opening: list[Key] = []
        self.closing: list[Key] = []
        self.auction_due = False
        self.dirty = False

    def show(self, quote: Quote) -> None:
        """Take a new quote; its sizes are displayed afresh."""
        self.quote = quote
        self.quote_count += 1
        self.bid_left = quote.bid_size
        self.ask_left = quote.ask_size

    def concerned(self, quote: Quote) -> bool:
        """Tell whether any resting order may do something at `quote`; made to be fast, for it runs on each quote."""
        if self.market_buys or self.market_sells or self.trails or self.auction_due:
            return True
        bids, asks = self.bids, self.asks
        if bids and quote.ask and -bids[0][0] >= quote.ask:
            return True
        if asks and asks[0][0] <= quote.bid:
            return True
        if self.buy_stops and self.buy_stops[0][0] <= (quote.last or quote.ask):
            return True
        price = quote.last or quote.bid
        return bool(self.sell_stops) and price > 0 and -self.sell_stops[0][0] >= price

    def trigger_price(self, *, buying: bool) -> Decimal:
        """Return the price that stops of this direction watch, 0 where there is none."""
        quote = self.quote
        if quote is None:
            return ZERO
        return quote.last or (quote.ask if buying else quote.bid)

    def opposite(self, *, buying: bool) -> tuple[Decimal, Decimal]:
        """Return price and unconsumed size of the side that a taker of this direction meets."""
        quote = self.quote
        if quote is None:
            return ZERO, ZERO
        return (quote.ask, self.ask_left) if buying else (quote.bid, self.bid_left)

    def consume(self, quantity: Decimal, *, buying: bool) -> None:
        """Take `quantity` off the displayed size until the next quote."""
        if buying:
            self.ask_left -= quantity
        else:
            self.bid_left -= quantity

    def rest(self, order: Working) -> None:
        """Put an order where its type, trigger and time in force say."""
        order.placed_at_quote = self.quote_count
        lane, price = self._place(order)
        key = (price, order.sequence, order)
        order.lane, order.key = lane, key
        insort(lane, key)

    @staticmethod
    def lift(order: Working) -> None:
        """Take an order out of its lane, if it rests."""
        lane, key = order.lane, order.key
        if lane is not None and key is not None:
            del lane[bisect_left(lane, key)]
            order.lane = order.key = None

    def takers(self, price: Decimal, *, buying: bool) -> list[Working]:
        """Return the orders that accept `price`, in priority: market orders, then the best limit, then the earliest."""
        market, limits = (self.market_buys, self.bids) if buying else (self.market_sells, self.asks)
        bound = -price if buying else price
        crossing = bisect_right(limits, bound, key=_price)
        return [key[2] for key in market] + [key[2] for key in limits[:crossing]]

    def auction(self, lane: list[Key]) -> list[Working]:
        """Return an auction's orders in priority: market orders, then the best limit, then the earliest."""
        return sorted((key[2] for key in lane), key=_auction_rank)

    def _place(self, order: Working) -> tuple[list[Key], Decimal]:
        if order.time_in_force is TimeInForce.OPG:
            return self.opening, ZERO
        if order.time_in_force is TimeInForce.CLS:
            return self.closing, ZERO
        if order.in_market:
            if order.priced and order.limit is not None:
                return (self.bids, -order.limit) if order.buying else (self.asks, order.limit)
            return (self.market_buys if order.buying else self.market_sells), ZERO
        if order.type is OrderType.TRAILING_STOP or order.stop is None:
            return self.trails, ZERO
        return (self.buy_stops, order.stop) if order.buying else (self.sell_stops, -order.stop)


def _price(key: Key) -> Decimal:
    return key[0]


def _auction_rank(order: Working) -> tuple[bool, Decimal, int]:
    if order.limit is None or not order.priced:
        return (False, ZERO, order.sequence)
    return (True, -order.limit if order.buying else order.limit, order.sequence)
