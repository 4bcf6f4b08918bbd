"""What-if orders: the broker's own reckoning of an order that is not placed (TWS API documentation, Margin)."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import AmountChange, MarginImpact, Preview
from brokerwire_server.brokers.budget import Priority
from brokerwire_server.brokers.ibkr.codes import Meaning, meaning, reason
from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.orders import combination, order_of
from brokerwire_server.brokers.ibkr.records import OpenOrder
from brokerwire_server.brokers.ibkr.session import Session
from brokerwire_server.domain.accounts import Balances
from brokerwire_server.domain.decimals import ZERO, format_decimal
from brokerwire_server.domain.errors import UnavailableError
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import Order, OrderType, StateReason

PATIENCE = 5.0

_MARGINS: Mapping[str, str] = {
    "initial": "initial_margin",
    "maintenance": "maintenance_margin",
    "equity_with_loan": "equity_with_loan",
}


class _Asked(Struct):
    """A what-if order that waits for its answer, and the notices about it so far."""

    answer: asyncio.Future[OpenOrder | tuple[int, str]]
    notices: list[str]


class Previews:
    """Asks what an order would do. Each question uses up an order id."""

    def __init__(self, session: Session, instruments: Instruments, patience: float = PATIENCE) -> None:
        """Ask through `session`, and wait for an answer for `patience` seconds."""
        self._patience = patience
        self._session = session
        self._instruments = instruments
        self._asked: dict[int, _Asked] = {}
        session.on("openOrder", self._on_open_order)
        session.on("error", self._on_error)

    async def preview(self, orders: Sequence[Order], account: str, balances: Balances, quote: Quote | None) -> Preview:
        """Return what the first of `orders` would do to one of the broker's accounts.

        A group's exits only close what it opens. Raises `UnavailableError` where no margins come in time, or only
        unset ones, and what `Session.send` raises: an order without a proven effect has no preview.
        """
        order = orders[0]
        contract = await self._contract(order)
        asked = _Asked(asyncio.get_running_loop().create_future(), [])
        made = order_of(order, account, what_if=True)
        order_id = await self._session.send_numbered(
            1, lambda first: [("placeOrder", (first, contract, made))], Priority.LOOK_UP
        )
        self._asked[order_id] = asked
        try:
            async with asyncio.timeout(self._patience):
                answer = await asked.answer
        except TimeoutError:
            words = "; ".join(asked.notices) or "no answer"
            text = f"Interactive Brokers did not reckon the order within {self._patience:.0f} s: {words}"
            raise UnavailableError("BROKER_UNAVAILABLE", text) from None
        finally:
            del self._asked[order_id]
        estimate = _estimate(order, quote, balances)
        if isinstance(answer, tuple):
            code, text = answer
            return replace(estimate, refusal=reason(code, text), refusal_message=text, warnings=tuple(asked.notices))
        return _with_answer(estimate, answer, balances.currency, asked.notices)

    async def _contract(self, order: Order) -> Any:  # noqa: ANN401
        if not order.legs:
            return await self._instruments.need(order.instrument)
        return combination(order, [await self._instruments.need(leg.instrument) for leg in order.legs])

    def _on_open_order(self, order_id: int, row: OpenOrder) -> None:
        asked = self._asked.get(order_id)
        if asked is None or not row.what_if:
            return
        if margins_of(row, "") is None:
            # A first answer may carry nothing but a warning; the margins come with the next one.
            asked.notices += [row.warning] if row.warning else []
        elif not asked.answer.done():
            asked.answer.set_result(row)

    def _on_error(self, order_id: int, code: int, text: str, _: str) -> None:
        asked = self._asked.get(order_id)
        if asked is None:
            return
        if meaning(code) is Meaning.REJECT and not asked.answer.done():
            asked.answer.set_result((code, text))
        else:
            asked.notices.append(text)


def margins_of(row: OpenOrder, currency: str) -> MarginImpact | None:
    """Return the margins of a what-if answer; `None` where any of them is unset."""
    found: dict[str, AmountChange] = {}
    for ours, theirs in _MARGINS.items():
        before, change, after = (getattr(row, f"{theirs}_{part}") for part in ("before", "change", "after"))
        if before is None or change is None or after is None:
            return None
        found[ours] = AmountChange(before, change, after)
    return MarginImpact(currency=currency, **found)


def _with_answer(estimate: Preview, row: OpenOrder, currency: str, notices: Sequence[str]) -> Preview:
    commission = row.commission if row.commission is not None else row.maximum_commission
    said = [*notices, *([row.warning] if row.warning else [])]
    if commission is None:
        said.append("Interactive Brokers did not state the commission: it is not in the cost")
    margin = margins_of(row, currency)
    lacking = _lacking(margin) if margin is not None else ""
    return replace(
        estimate,
        commission=commission or ZERO,
        commission_currency=row.commission_currency or currency,
        margin=margin,
        warnings=tuple(dict.fromkeys(said)),
        refusal=StateReason.INSUFFICIENT_BUYING_POWER if lacking else StateReason.NONE,
        refusal_message=lacking,
    )


def _lacking(margin: MarginImpact) -> str:
    """Return why the margins would not let the order through, or nothing: TWS may reckon it without refusing it."""
    needed, equity = margin.initial, margin.equity_with_loan
    if needed.change <= ZERO or needed.after <= equity.after:
        return ""
    after, have = format_decimal(needed.after), format_decimal(equity.after)
    return f"the initial margin would be {after} {margin.currency}, the equity with loan value {have}"


def _estimate(order: Order, quote: Quote | None, balances: Balances) -> Preview:
    """Return price and cost, which the broker does not state: at the limit, the stop or the quote."""
    price = _price(order, quote)
    instrument = order.instrument
    value = order.notional
    if value is None:
        quantity = order.quantity or ZERO
        value = quantity * (price or ZERO) * instrument.multiplier if instrument.paid_for else ZERO
    return Preview(
        price=price,
        cost=value * order.side.sign,
        currency=instrument.currency,
        buying_power_before=balances.buying_power,
        buying_power_effect=None,
    )


def _price(order: Order, quote: Quote | None) -> Decimal | None:
    if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT) and order.limit_price is not None:
        return order.limit_price
    if order.type is OrderType.STOP and order.stop_price is not None:
        return order.stop_price
    if quote is None:
        return None
    return (quote.ask if order.side.sign > 0 else quote.bid) or quote.mark
