"""Taking orders: drafts become records, and records go to the exchange."""

from typing import Any

from msgspec.structs import replace

from brokerwire_sandbox.alpaca import errors, multileg, rules
from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.lifecycle import Lifecycle
from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import Draft, Exit, Terms
from brokerwire_sandbox.alpaca.state import State
from brokerwire_sandbox.alpaca.translate import exchange_exits, exchange_order
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import Order

_OPPOSITE = {"buy": "sell", "sell": "buy"}


def submit(state: State, life: Lifecycle, draft: Draft, *, external: bool = False) -> dict[str, Any]:
    """Take an order, and return the answer of `POST /v2/orders`: the order as it is before the market sees it.

    Raises:
        ApiError: it is refused, and nothing has happened.
    """
    client_order_id = draft.client_order_id or state.ids.uuid()
    if client_order_id in state.clients:
        raise errors.duplicate_client_order_id()
    if draft.terms.order_class == "mleg":
        return multileg.submit(state, draft, client_order_id, external=external)
    asset = state.assets.find(draft.symbol)
    if asset is None:
        raise errors.invalid(f'asset "{draft.symbol}" not found')
    state.exchange.list_instrument(asset.details)
    state.quote(asset)
    draft = _with_exit_prices(draft)
    rules.check_order(state, draft, asset)
    record = _record(state, draft, asset, client_order_id)
    record.external = external
    orders = _orders(record)
    if not _passes_by(state, record):
        _check_means(state, draft, asset, orders)
    answer = _announce(state, record)
    if "new" in state.holds:
        state.waiting["new"].append(lambda: enter(state, life, record))
    else:
        enter(state, life, record)
    return answer


def enter(state: State, life: Lifecycle, record: OrderRecord) -> None:
    """Send an accepted order to the exchange; what it refuses now is rejected."""
    if record.terminal:
        return
    if _passes_by(state, record):
        state.change(record, "new")
        record.reason = "fok order could not be filled"
        life.end(record, "canceled")
        return
    refusal = state.exchange.submit(_orders(record))
    if refusal is not None:
        record.reason = refusal.message
        life.end(record, "rejected")


def _passes_by(state: State, record: OrderRecord) -> bool:
    """Tell whether the exchange never sees the order: FOK outside the session is taken, and canceled at once."""
    continuous = record.asset is not None and record.asset.kind is AssetClass.CRYPTO
    return record.terms.time_in_force == "fok" and state.exchange.session is not Session.REGULAR and not continuous


def _with_exit_prices(draft: Draft) -> Draft:
    """An OCO order is its take-profit: its limit may stand in either place."""
    if draft.terms.order_class != "oco" or draft.take_profit is None:
        return draft
    return replace(draft, terms=replace(draft.terms, limit_price=draft.take_profit.limit_price))


def _orders(record: OrderRecord) -> list[Order]:
    if record.terms.order_class == "oco" and record.parent is None:
        return exchange_exits(record, [record, *(leg for leg in record.legs if not leg.terminal)])
    return [exchange_order(record)]


def _check_means(state: State, draft: Draft, asset: Asset, orders: list[Order]) -> None:
    refusal = state.exchange.check(orders)
    if refusal is not None:
        _, cost = state.exchange.requirement(orders[0])
        raise rules.refused(state, refusal, draft, asset, cost)


def _record(state: State, draft: Draft, asset: Asset, client_order_id: str) -> OrderRecord:
    record = OrderRecord(
        order_id=state.ids.uuid(),
        client_order_id=client_order_id,
        asset=asset,
        side=draft.side,
        terms=draft.terms,
        time=state.stamp(),
        sequence=len(state.records) + 1,
    )
    closed = state.exchange.session is Session.CLOSED and asset.kind is not AssetClass.CRYPTO
    record.status = "accepted" if closed else "pending_new"
    record.intent = rules.intent_of(state, draft.side, asset)
    record.expires_at = state.lifetime(record)
    if draft.terms.order_class == "oco":
        record.role = "take_profit"
    for role, prices in (("take_profit", draft.take_profit), ("stop_loss", draft.stop_loss)):
        if prices is not None and not (draft.terms.order_class == "oco" and role == "take_profit"):
            record.legs.append(_leg(state, record, role, prices, len(record.legs)))
    return record


def _leg(state: State, parent: OrderRecord, role: str, prices: Exit, index: int) -> OrderRecord:
    exit_of_entry = parent.terms.order_class != "oco"
    side = _OPPOSITE[parent.side] if exit_of_entry else parent.side
    kind = "limit" if role == "take_profit" else "stop" if prices.limit_price is None else "stop_limit"
    leg = OrderRecord(
        order_id=state.ids.uuid(),
        client_order_id=state.ids.uuid(),
        asset=parent.asset,
        side=side,
        terms=Terms(
            type=kind,
            time_in_force=parent.terms.time_in_force,
            quantity=parent.terms.quantity,
            limit_price=prices.limit_price,
            stop_price=prices.stop_price,
            order_class=parent.terms.order_class,
        ),
        time=parent.created_at,
        sequence=parent.sequence + 1 + index,
    )
    leg.status = "held"
    leg.role = role
    leg.parent = parent
    leg.intent = f"{side}_to_close"
    leg.expires_at = parent.expires_at
    return leg


def _announce(state: State, record: OrderRecord) -> dict[str, Any]:
    """Take the records into the books, tell of the first status, and return the answer."""
    for each in (record, *record.legs):
        state.register(each)
        state.chains[each.chain] = each
    extras = {"execution_id": state.ids.uuid()} if record.status == "accepted" else {}
    state.emit(record.status, record, state.stamp(), **extras)
    return record.rest_json()
