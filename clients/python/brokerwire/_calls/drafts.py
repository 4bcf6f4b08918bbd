"""From what a caller writes to an order request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brokerwire._ids import new_id
from brokerwire._outcome import concerning
from brokerwire._wire import DecimalLike, decimal, enum, money
from brokerwire.types.enums import AssetClass, OptionType, OrderClass, OrderType, PositionEffect, Side, TimeInForce
from brokerwire.types.values import Instrument, Money, OptionContract
from brokerwire.v1 import calendar_date_pb2, instruments_pb2, orders_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Leg", "StopLoss", "draft", "option_terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLoss:
    """The exit at a loss of a group: a stop; a stop-limit with `limit_price`; a trailing stop with a trail."""

    stop_price: DecimalLike | None = None
    limit_price: DecimalLike | None = None
    trail_amount: DecimalLike | None = None
    trail_percent: DecimalLike | None = None
    """1.5 means 1.5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg of a multi-leg order."""

    instrument: str | Instrument | OptionContract
    side: Side | str
    ratio: DecimalLike = 1
    """Units of this leg per combination."""
    effect: PositionEffect | str | None = None


def draft(
    symbol: str | Instrument | None = None,
    side: Side | str | None = None,
    quantity: DecimalLike | None = None,
    *,
    notional: DecimalLike | Money | None = None,
    currency: str = "USD",
    type: OrderType | str | None = None,  # noqa: A002 - the field's term
    limit_price: DecimalLike | None = None,
    stop_price: DecimalLike | None = None,
    trail_amount: DecimalLike | None = None,
    trail_percent: DecimalLike | None = None,
    time_in_force: TimeInForce | str = "day",
    extended_hours: bool = False,
    take_profit: DecimalLike | None = None,
    stop_loss: DecimalLike | StopLoss | None = None,
    order_class: OrderClass | str | None = None,
    legs: Sequence[Leg] = (),
    option: OptionContract | None = None,
    client_order_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    account: str | None = None,
) -> orders_pb2.OrderRequest:
    """An order request with its idempotency key. Clients' `submit` explains the arguments."""
    key = new_id() if client_order_id is None else client_order_id
    inferred = _infer_type(limit_price, stop_price, trail_amount, trail_percent)
    grouped = _infer_class(take_profit, stop_loss, legs)
    with concerning(key):
        return orders_pb2.OrderRequest(
            account_id=account or "",
            client_order_id=key,
            instrument=_instrument(symbol if option is None else option),
            side=enum(Side, side, "order.side"),
            type=enum(OrderType, inferred if type is None else type, "order.type"),
            time_in_force=enum(TimeInForce, time_in_force, "order.time_in_force"),
            quantity=decimal(quantity, "order.quantity"),
            notional=money(notional, "order.notional", currency),
            limit_price=decimal(limit_price, "order.limit_price"),
            stop_price=decimal(stop_price, "order.stop_price"),
            trail_amount=decimal(trail_amount, "order.trail_amount"),
            trail_percent=decimal(trail_percent, "order.trail_percent"),
            extended_hours=extended_hours,
            order_class=enum(OrderClass, grouped if order_class is None else order_class, "order.order_class"),
            take_profit=_take_profit(take_profit),
            stop_loss=_stop_loss(stop_loss),
            legs=[_leg(leg, index) for index, leg in enumerate(legs)],
            tags=tags,
        )


def _infer_type(
    limit: DecimalLike | None, stop: DecimalLike | None, amount: DecimalLike | None, percent: DecimalLike | None
) -> OrderType:
    if amount is not None or percent is not None:
        return OrderType.TRAILING_STOP
    if stop is not None:
        return OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if limit is None else OrderType.LIMIT


def _infer_class(
    take_profit: DecimalLike | None, stop_loss: DecimalLike | StopLoss | None, legs: Sequence[Leg]
) -> OrderClass:
    if legs:
        return OrderClass.MULTI_LEG
    exits = (take_profit is not None) + (stop_loss is not None)
    return (OrderClass.SIMPLE, OrderClass.OTO, OrderClass.BRACKET)[exits]


def _take_profit(price: DecimalLike | None) -> orders_pb2.TakeProfit | None:
    if price is None:
        return None
    return orders_pb2.TakeProfit(limit_price=decimal(price, "order.take_profit.limit_price"))


def _stop_loss(given: DecimalLike | StopLoss | None) -> orders_pb2.StopLoss | None:
    if given is None:
        return None
    exit_ = given if isinstance(given, StopLoss) else StopLoss(stop_price=given)
    return orders_pb2.StopLoss(
        stop_price=decimal(exit_.stop_price, "order.stop_loss.stop_price"),
        limit_price=decimal(exit_.limit_price, "order.stop_loss.limit_price"),
        trail_amount=decimal(exit_.trail_amount, "order.stop_loss.trail_amount"),
        trail_percent=decimal(exit_.trail_percent, "order.stop_loss.trail_percent"),
    )


def _leg(leg: Leg, index: int) -> orders_pb2.OrderLeg:
    path = f"order.legs[{index}]"
    return orders_pb2.OrderLeg(
        instrument=_instrument(leg.instrument),
        side=enum(Side, leg.side, f"{path}.side"),
        ratio_quantity=decimal(leg.ratio, f"{path}.ratio_quantity"),
        position_effect=enum(PositionEffect, leg.effect, f"{path}.position_effect"),
    )


def _instrument(given: str | Instrument | OptionContract | None) -> instruments_pb2.Instrument | None:
    if given is None:
        return None
    if isinstance(given, str):
        return instruments_pb2.Instrument(symbol=given)
    if isinstance(given, OptionContract):
        return instruments_pb2.Instrument(option=option_terms(given))
    return instruments_pb2.Instrument(
        symbol=given.symbol,
        asset_class=enum(AssetClass, given.asset_class, "order.instrument.asset_class"),
        exchange=given.exchange,
        currency_code=given.currency_code,
        option=None if given.option is None else option_terms(given.option),
    )


def option_terms(contract: OptionContract) -> instruments_pb2.OptionContract:
    """The terms that name a listed option."""
    day = contract.expiration_date
    return instruments_pb2.OptionContract(
        underlying_symbol=contract.underlying_symbol,
        type=enum(OptionType, contract.type, "order.instrument.option.type"),
        strike_price=decimal(contract.strike_price, "order.instrument.option.strike_price"),
        expiration_date=calendar_date_pb2.CalendarDate(year=day.year, month=day.month, day=day.day),
    )
