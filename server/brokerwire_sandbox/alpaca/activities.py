"""The account's history: executions, and what moved cash or shares without one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.events import TradeEvent
from brokerwire_sandbox.alpaca.formats import SECOND, activity_prefix, new_york, number, parse_time, rfc3339_micro
from brokerwire_sandbox.alpaca.records import Execution
from brokerwire_sandbox.alpaca.state import ACCOUNT, State
from brokerwire_server.domain.decimals import ZERO

MAX_PAGE = 100
_TRADES = ("FILL",)
_CASH_FLOWS = ("CSD", "CSW", "DIV", "FEE", "INT", "JNLC", "CFEE")


class Entry(Struct, frozen=True, kw_only=True):
    """One entry: its id, kind, time in nanoseconds, and what the service shows."""

    id: str
    kind: str
    time: int
    order_id: str
    body: dict[str, Any]
    amount: Decimal = ZERO


class Query(Struct, frozen=True, kw_only=True):
    """What to list. `after` and `until` are nanoseconds, exclusive."""

    kinds: tuple[str, ...] = ()
    category: str = ""
    after: int | None = None
    until: int | None = None
    date: str = ""
    order_id: str = ""
    ascending: bool = False
    page_size: int = MAX_PAGE
    page_token: str = ""


class Activities:
    """The entries, oldest first. Executions are read from the state, so that busted ones leave the list."""

    def __init__(self, state: State) -> None:
        """Begin with nothing but what `state` has."""
        self._state = state
        self._others: list[Entry] = []
        self._fills: dict[str, Entry] = {}

    @property
    def others(self) -> Sequence[Entry]:
        """The entries that are no executions."""
        return self._others

    def add(
        self,
        kind: str,
        *,
        amount: Decimal,
        symbol: str = "",
        quantity: Decimal = ZERO,
        price: Decimal = ZERO,
        sub_kind: str = "",
        description: str = "",
        move_cash: bool = True,
    ) -> dict[str, Any]:
        """Add a non-trade activity ("DIV", "FEE", "CSD", ...), which moves cash by `amount`, and return it."""
        state = self._state
        time = state.stamp()
        if move_cash and amount:
            try:
                state.exchange.fund(ACCOUNT, amount, description)
            except ValueError as error:
                raise errors.unprocessable(str(error)) from None
        body: dict[str, Any] = {
            "activity_type": kind,
            "id": f"{activity_prefix(time)}::{state.ids.uuid()}",
            "date": new_york(time).date().isoformat(),
            "net_amount": number(amount),
            "description": description,
            "status": "executed",
            "created_at": rfc3339_micro(time),
            "currency": "USD",
        }
        if sub_kind:
            body["activity_sub_type"] = sub_kind
        if symbol:
            body |= {"symbol": symbol, "qty": number(quantity)}
        if price:
            body["price"] = number(price)
        if kind == "DIV" and quantity:
            body["per_share_amount"] = number(amount / quantity)
        state.log.append(TradeEvent(id=state.ids.ulid(time), name=kind, time=time, body=body))
        self._others.append(Entry(id=body["id"], kind=kind, time=time, order_id="", body=body, amount=amount))
        return body

    def page(self, query: Query) -> list[dict[str, Any]]:
        """Return one page.

        Raises:
            ApiError: 422, the page token is none of ours, or the page too large.
        """
        if not 1 <= query.page_size <= MAX_PAGE:
            raise errors.invalid(f"page_size must be between 1 and {MAX_PAGE}")
        entries = [entry for entry in self._entries() if _matches(entry, query)]
        if not query.ascending:
            entries.reverse()
        start = 0
        if query.page_token:
            ids = [entry.id for entry in entries]
            if query.page_token not in ids:
                raise errors.invalid("invalid page_token")
            start = ids.index(query.page_token) + 1
        return [entry.body for entry in entries[start : start + query.page_size]]

    def cash_flows(self) -> list[Entry]:
        """Return the entries that the portfolio history shows as cash flow."""
        return [entry for entry in self._others if entry.kind in _CASH_FLOWS]

    def _entries(self) -> list[Entry]:
        state = self._state
        lag = int(state.activity_lag * SECOND)
        fills = [self._fill(e) for e in state.executions if not e.busted and (not lag or e.time <= state.now - lag)]
        if not self._others:
            return fills
        return sorted((*fills, *self._others), key=lambda entry: (entry.time, entry.id))

    def _fill(self, execution: Execution) -> Entry:
        entry = self._fills.get(execution.id)
        if entry is None:
            entry = self._fills[execution.id] = fill_entry(execution)
        return entry


def fill_entry(execution: Execution) -> Entry:
    """Return an execution as an activity."""
    order = execution.order
    entry_id = f"{activity_prefix(execution.time)}::{execution.activity_id}"
    body = {
        "activity_type": "FILL",
        "cum_qty": number(execution.cumulative),
        "id": entry_id,
        "leaves_qty": number(execution.leaves),
        "order_id": order.id,
        "order_status": execution.status,
        "price": number(execution.price),
        "qty": number(execution.quantity),
        "side": "sell_short" if execution.side == "sell" and order.intent == "sell_to_open" else execution.side,
        "symbol": execution.asset.symbol,
        "transaction_time": rfc3339_micro(execution.time),
        "type": "fill" if execution.final else "partial_fill",
    }
    return Entry(id=entry_id, kind="FILL", time=execution.time, order_id=order.id, body=body)


def read_query(kinds: Sequence[str], parameters: dict[str, str]) -> Query:
    """Read the query of `/v2/account/activities`."""
    try:
        after, until = parameters.get("after"), parameters.get("until")
        size = int(parameters.get("page_size") or MAX_PAGE)
        return Query(
            kinds=tuple(kind for kind in kinds if kind),
            category=parameters.get("category", ""),
            after=parse_time(after) if after else None,
            until=parse_time(until) if until else None,
            date=parameters.get("date", "")[:10],
            order_id=parameters.get("order_id", ""),
            ascending=parameters.get("direction", "desc") == "asc",
            page_size=size,
            page_token=parameters.get("page_token", ""),
        )
    except ValueError:
        raise errors.invalid("invalid query parameter") from None


def _matches(entry: Entry, query: Query) -> bool:
    if query.kinds and entry.kind not in query.kinds:
        return False
    if query.category and (query.category == "trade_activity") != (entry.kind in _TRADES):
        return False
    if query.order_id and entry.order_id != query.order_id:
        return False
    if query.date and new_york(entry.time).date().isoformat() != query.date:
        return False
    if query.after is not None and entry.time <= query.after:
        return False
    return query.until is None or entry.time < query.until
