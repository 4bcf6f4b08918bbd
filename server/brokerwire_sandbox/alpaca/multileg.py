"""Multi-leg option orders: all legs are filled at once, at a net price, or nothing is.

The net price is a debit where positive, a credit where negative. The legs meet their displayed quotes; what an order
ties up is its net debit alone (margin of credit spreads is not modelled).
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_sandbox.alpaca import errors, rules
from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.formats import number, rfc3339
from brokerwire_sandbox.alpaca.lifecycle import add_execution
from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import Draft, Leg, Terms
from brokerwire_sandbox.alpaca.state import State
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Session


class _Offer(Struct, frozen=True):
    """What the legs' quotes offer: a price per leg, the net per unit, and how many units."""

    prices: tuple[Decimal, ...]
    net: Decimal
    units: Decimal


def submit(state: State, draft: Draft, client_order_id: str, *, external: bool) -> dict[str, Any]:
    """Take a multi-leg order, and return the answer of the POST."""
    assets = _check(state, draft)
    parent = OrderRecord(
        order_id=state.ids.uuid(),
        client_order_id=client_order_id,
        asset=None,
        side="",
        terms=draft.terms,
        time=state.stamp(),
        sequence=len(state.records) + 1,
    )
    parent.external = external
    parent.status = "accepted" if state.exchange.session is Session.CLOSED else "pending_new"
    parent.expires_at = state.lifetime(parent)
    parent.legs = [
        _leg(state, parent, leg, asset, index)
        for index, (leg, asset) in enumerate(zip(draft.legs, assets, strict=True))
    ]
    _check_means(state, parent)
    for record in (parent, *parent.legs):
        state.register(record)
    state.emit(parent.status, parent, state.stamp())
    answer = parent.rest_json()
    state.multileg[parent.id] = parent
    if "new" in state.holds:
        state.waiting["new"].append(lambda: enter(state, parent))
    else:
        enter(state, parent)
    return answer


def enter(state: State, parent: OrderRecord) -> None:
    """Put an accepted order to work, in the session."""
    if parent.terminal or state.exchange.session is Session.CLOSED:
        return
    if parent.status in ("pending_new", "accepted"):
        time = state.stamp()
        for leg in parent.legs:
            state.set_status(leg, "new", time)
        state.change(parent, "new")
    match(state, parent)


def match(state: State, parent: OrderRecord) -> None:
    """Fill the order where the legs' quotes allow its net price."""
    if parent.status not in ("new", "partially_filled") or state.exchange.session is not Session.REGULAR:
        return
    offer = _offer(state, parent)
    limit = parent.terms.limit_price
    if offer is None or (limit is not None and offer.net > limit):
        return
    rest = (parent.target or ZERO) - parent.filled
    units = min(rest, offer.units)
    if units > 0:
        _execute(state, parent, offer, units)


def end(state: State, parent: OrderRecord, status: str) -> None:
    """End an order with its legs."""
    time = state.stamp()
    for leg in parent.legs:
        if not leg.terminal:
            state.set_status(leg, status, time)
    state.change(parent, status)


def _check(state: State, draft: Draft) -> list[Asset]:
    terms = draft.terms
    if terms.type not in ("market", "limit"):
        raise errors.unprocessable("mleg orders must be market or limit orders")
    if terms.notional is not None:
        raise errors.unprocessable("notional is not supported for mleg orders")
    if len({leg.symbol for leg in draft.legs}) != len(draft.legs):
        raise errors.unprocessable("mleg orders require unique leg symbols")
    assets: list[Asset] = []
    for leg in draft.legs:
        asset = state.assets.find(leg.symbol)
        if asset is None or asset.kind is not AssetClass.OPTION:
            raise errors.invalid(f'asset "{leg.symbol}" not found')
        if not leg.ratio or leg.ratio % 1:
            raise errors.invalid("ratio_qty must be a positive whole number")
        if not leg.side and not leg.intent:
            raise errors.invalid("side or position_intent is required for each leg")
        rules.check_option(state, terms, asset)
        _check_closing(state, leg, asset, terms)
        state.exchange.list_instrument(asset.details)
        state.quote(asset)
        assets.append(asset)
    return assets


def _check_closing(state: State, leg: Leg, asset: Asset, terms: Terms) -> None:
    if not leg.intent.endswith("_to_close"):
        return
    side = leg.side or leg.intent.partition("_")[0]
    quantity = leg.ratio * (terms.quantity or ZERO)
    closing = Terms(type=terms.type, time_in_force="day", quantity=quantity)
    rules.check_closable(state, Draft(symbol=leg.symbol, side=side, terms=closing), asset)


def _leg(state: State, parent: OrderRecord, leg: Leg, asset: Asset, index: int) -> OrderRecord:
    side = leg.side or leg.intent.partition("_")[0]
    terms = parent.terms
    record = OrderRecord(
        order_id=state.ids.uuid(),
        client_order_id=state.ids.uuid(),
        asset=asset,
        side=side,
        terms=Terms(
            type=terms.type,
            time_in_force=terms.time_in_force,
            quantity=leg.ratio * (terms.quantity or ZERO),
            order_class="mleg",
        ),
        time=parent.created_at,
        sequence=parent.sequence + 1 + index,
    )
    record.status = parent.status
    record.ratio = leg.ratio
    record.intent = leg.intent or rules.intent_of(state, side, asset)
    record.parent = parent
    record.expires_at = parent.expires_at
    return record


def _check_means(state: State, parent: OrderRecord) -> None:
    offer = _offer(state, parent)
    net = parent.terms.limit_price if parent.terms.limit_price is not None else offer.net if offer else ZERO
    cost = max(net, ZERO) * 100 * (parent.terms.quantity or ZERO)
    available = rules.buying_power(state)
    if cost > available:
        raise errors.insufficient_buying_power(available, cost)


def _offer(state: State, parent: OrderRecord) -> _Offer | None:
    prices: list[Decimal] = []
    net, units = ZERO, None
    for leg in parent.legs:
        quote = state.quote(leg.asset) if leg.asset else None
        ratio = leg.ratio or ZERO
        if quote is None:
            return None
        price, size = (quote.ask, quote.ask_size) if leg.side == "buy" else (quote.bid, quote.bid_size)
        if price <= 0:
            return None
        prices.append(price)
        net += ratio * price if leg.side == "buy" else -ratio * price
        units = size // ratio if units is None else min(units, size // ratio)
    return _Offer(tuple(prices), net, units or ZERO)


def _execute(state: State, parent: OrderRecord, offer: _Offer, units: Decimal) -> None:
    legs: list[dict[str, Any]] = []
    positions: dict[str, str | None] = {}
    time = 0
    for leg, price in zip(parent.legs, offer.prices, strict=True):
        if leg.asset is None or leg.ratio is None:
            continue
        quantity = leg.ratio * units
        fill_id = state.ids.uuid()
        state.book_outside(leg.asset, leg.side, quantity, price, fill_id)
        execution = add_execution(state, leg, quantity, price, fill_id)
        time = execution.time
        legs.append(
            {
                "execution_id": execution.id,
                "order_id": leg.id,
                "price": number(price),
                "qty": number(quantity),
                "symbol": leg.symbol,
                "timestamp": rfc3339(time),
            }
        )
        positions[leg.symbol] = number(execution.position_quantity)
    parent.filled += units
    parent.filled_cost += units * offer.net
    final = parent.filled == parent.target
    state.set_status(parent, "filled" if final else "partially_filled", time)
    parent.filled_at = time
    state.emit(
        "fill" if final else "partial_fill",
        parent,
        time,
        legs=legs,
        position_qtys=positions,
        price=number(offer.net),
        qty=number(units),
    )
