"""The flow of orders: rates, counts and repetitions. Pure counters, told every time in nanoseconds."""

from collections import deque
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.orders import Order

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 24 * 3600 * SECOND
REMEMBERED = 10 * SECOND
"""How long an order is remembered for being repeated."""

_MOST_KEYS = 10_000

Key = tuple[str, ...]


class Bucket:
    """How far ahead of its rate somebody is: each event costs an interval, and the debt melts with time."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        """Start with no debt."""
        self._due = 0

    def used(self, now: int, rate: Decimal | None) -> int:
        """Return how many events at once the debt stands for at `rate` (per second; `None`: no limit), rounded up."""
        if rate is None:
            return 0
        debt = max(self._due - now, 0)
        return -(-debt // _interval(rate))

    def take(self, now: int, rate: Decimal | None) -> None:
        """Count one event."""
        if rate is not None:
            self._due = max(self._due, now) + _interval(rate)


def _interval(rate: Decimal) -> int:
    return int(SECOND / rate) if rate else DAY


class Window:
    """How many events lie within the last `length` nanoseconds."""

    __slots__ = ("_length", "_times")

    def __init__(self, length: int) -> None:
        """Count over `length`."""
        self._length = length
        self._times: deque[int] = deque()

    def add(self, now: int) -> None:
        """Count one event."""
        self._times.append(now)

    def count(self, now: int) -> int:
        """Return how many events are left."""
        times, start = self._times, now - self._length
        while times and times[0] <= start:
            times.popleft()
        return len(times)


class Day:
    """What an account did since midnight UTC."""

    __slots__ = ("fills", "messages", "number", "orders")

    def __init__(self) -> None:
        """Start a day that is not known yet."""
        self.number = -1
        self.orders = self.messages = self.fills = 0

    def at(self, now: int) -> "Day":
        """Return the counts at a time, from nothing where a new day has begun."""
        if now // DAY > self.number:
            self.number = now // DAY
            self.orders = self.messages = self.fills = 0
        return self


class FlowView(Struct, frozen=True, kw_only=True, gc=False):
    """The flow as one order finds it, without the order itself.

    `*_used` are events at once that the rates still owe; `repeats` the same order's count within ten seconds, and
    `last_repeat` how long ago the last one was, `None` without one.
    """

    account_used: int = 0
    principal_used: int = 0
    gateway_used: int = 0
    last_minute: int = 0
    orders_today: int = 0
    messages_today: int = 0
    fills_today: int = 0
    repeats: int = 0
    last_repeat: int | None = None


class AccountFlow:
    """The flow of one account."""

    __slots__ = ("bucket", "day", "minute", "recent")

    def __init__(self) -> None:
        """Start with nothing."""
        self.bucket = Bucket()
        self.minute = Window(MINUTE)
        self.day = Day()
        self.recent: dict[Key, deque[int]] = {}

    def repeated(self, key: Key, now: int) -> tuple[int, int | None]:
        """Return how often the same order was taken in the last ten seconds, and how long ago the last time was."""
        times = self.recent.get(key)
        if times is None:
            return 0, None
        while times and times[0] <= now - REMEMBERED:
            times.popleft()
        if not times:
            del self.recent[key]
            return 0, None
        return len(times), now - times[-1]

    def remember(self, key: Key, now: int) -> None:
        """Note that an order was taken."""
        if len(self.recent) >= _MOST_KEYS:
            self.recent = {k: t for k, t in self.recent.items() if t and t[-1] > now - REMEMBERED}
        self.recent.setdefault(key, deque()).append(now)


class Flow:
    """The flow of all accounts, principals and the whole gateway."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._accounts: dict[str, AccountFlow] = {}
        self._principals: dict[str, Bucket] = {}
        self._gateway = Bucket()

    def account(self, account_id: str) -> AccountFlow:
        """Return an account's flow."""
        found = self._accounts.get(account_id)
        if found is None:
            found = self._accounts[account_id] = AccountFlow()
        return found

    def view(self, account_id: str, principal: str, key: Key, now: int, rates: "Rates") -> FlowView:
        """Return the flow as one more order finds it."""
        mine = self.account(account_id)
        day = mine.day.at(now)
        repeats, last = mine.repeated(key, now) if key else (0, None)
        return FlowView(
            account_used=mine.bucket.used(now, rates.account),
            principal_used=self._principal(principal).used(now, rates.principal),
            gateway_used=self._gateway.used(now, rates.gateway),
            last_minute=mine.minute.count(now),
            orders_today=day.orders,
            messages_today=day.messages,
            fills_today=day.fills,
            repeats=repeats,
            last_repeat=last,
        )

    def take(self, account_id: str, principal: str, key: Key, now: int, rates: "Rates", *, new: bool) -> None:
        """Count a submit, or a replace where it is not `new`. One with an empty key is no order's duplicate."""
        mine = self.account(account_id)
        mine.bucket.take(now, rates.account)
        self._principal(principal).take(now, rates.principal)
        self._gateway.take(now, rates.gateway)
        mine.minute.add(now)
        mine.minute.count(now)
        day = mine.day.at(now)
        day.messages += 1
        if new:
            day.orders += 1
            if key:
                mine.remember(key, now)

    def canceled(self, account_id: str, now: int) -> None:
        """Count a cancel. It is never refused for it."""
        self.account(account_id).day.at(now).messages += 1

    def filled(self, account_id: str, now: int) -> None:
        """Count an execution."""
        self.account(account_id).day.at(now).fills += 1

    def restore(self, account_id: str, *, orders: int, messages: int, fills: int, now: int) -> None:
        """Take up a day's counts after a restart."""
        day = self.account(account_id).day.at(now)
        day.orders, day.messages, day.fills = orders, messages, fills

    def _principal(self, name: str) -> Bucket:
        bucket = self._principals.get(name)
        if bucket is None:
            bucket = self._principals[name] = Bucket()
        return bucket


class Rates(Struct, frozen=True):
    """Events per second by which the debts are counted; `None`: no limit."""

    account: Decimal | None
    principal: Decimal | None
    gateway: Decimal | None


def key_of(order: Order) -> Key:
    """Return what two orders share that look like one sent twice."""
    prices = (order.limit_price, order.stop_price, order.trail_amount, order.trail_percent)
    legs = [f"{leg.instrument.symbol} {leg.side} {leg.ratio.normalize()}" for leg in order.legs]
    numbers = (order.quantity, order.notional, *prices)
    return (
        order.instrument.symbol,
        order.side,
        order.type,
        *("" if number is None else str(number.normalize()) for number in numbers),
        *legs,
    )
