"""Requests checked against the order model, the account's capabilities and the instrument, before anything is sent.

Every violation names its field and what would be right; all are returned together.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from brokerwire_server.domain.capabilities import AssetCapabilities, Capabilities, Combination
from brokerwire_server.domain.decimals import ONE, ZERO, format_decimal, is_multiple
from brokerwire_server.domain.errors import Violation
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.domain.orders import (
    ExitTerms,
    Order,
    OrderClass,
    OrderRequest,
    OrderTerms,
    OrderType,
)

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", re.ASCII)
"""What a caller may use as `client_order_id`."""

_PRICES: dict[OrderType, frozenset[str]] = {
    OrderType.MARKET: frozenset(),
    OrderType.LIMIT: frozenset({"limit_price"}),
    OrderType.STOP: frozenset({"stop_price"}),
    OrderType.STOP_LIMIT: frozenset({"limit_price", "stop_price"}),
    OrderType.TRAILING_STOP: frozenset({"trail"}),
}


def check_request(request: OrderRequest, capabilities: Capabilities, details: InstrumentDetails) -> list[Violation]:
    """Return everything that is wrong with a request, empty where it may be sent."""
    found = list(_check_shape(request))
    asset = capabilities.asset(request.instrument.asset_class)
    if asset is None:
        supported = tuple(a.asset_class.value for a in capabilities.assets)
        text = f"{capabilities.broker} does not trade {request.instrument.asset_class.value} here"
        return [*found, Violation("instrument.asset_class", "UNSUPPORTED_BY_BROKER", text, supported)]
    found += _check_combination(request, asset)
    found += _check_quantity(request.quantity, request.notional, asset, details, "quantity")
    found += _check_legs(request, asset)
    found += _check_prices(request, details)
    return found


def check_terms(
    order: Order, terms: OrderTerms, capabilities: Capabilities, details: InstrumentDetails
) -> list[Violation]:
    """Return everything that is wrong with a replace of `order` by `terms`."""
    given = [name for name in terms.__struct_fields__ if getattr(terms, name) is not None]
    if not given:
        return [
            Violation(
                "terms",
                "FIELD_REQUIRED",
                "name at least one field to change",
                capabilities.replaceable_fields,
            )
        ]
    found = [
        Violation(
            name,
            "UNSUPPORTED_BY_BROKER",
            f"{capabilities.broker} can't replace it",
            capabilities.replaceable_fields,
        )
        for name in given
        if name not in capabilities.replaceable_fields
    ]
    allowed = _PRICES[order.type]
    found += [
        Violation(name, "INVALID_FIELD", f"a {order.type.value} order has none")
        for name in given
        if name.endswith("_price") and name not in allowed
    ]
    if order.type is not OrderType.TRAILING_STOP:
        found += [
            Violation(name, "INVALID_FIELD", f"a {order.type.value} order has none")
            for name in given
            if name.startswith("trail")
        ]
    net = order.order_class is OrderClass.MULTI_LEG
    for name in ("limit_price", "stop_price", "trail_amount"):
        found += _check_price(name, getattr(terms, name), details, net=net)
    asset = capabilities.asset(order.instrument.asset_class)
    if asset is not None and terms.quantity is not None:
        found += _check_quantity(terms.quantity, None, asset, details, "quantity")
        if terms.quantity <= order.filled_quantity:
            text = f"the new total must be above what is filled already ({format_decimal(order.filled_quantity)})"
            found.append(Violation("quantity", "INVALID_FIELD", text))
    return found


def _check_shape(request: OrderRequest) -> Iterator[Violation]:
    if CLIENT_ORDER_ID.fullmatch(request.client_order_id) is None:
        text = "1 to 64 of A-Z a-z 0-9 . _ : / - and starting with a letter or digit"
        yield Violation("client_order_id", "INVALID_FIELD", text)
    if (request.quantity is None) == (request.notional is None) and request.order_class is not OrderClass.MULTI_LEG:
        yield Violation("quantity", "FIELD_REQUIRED", "set exactly one of quantity and notional")
    yield from _check_price_fields(request)
    yield from _check_class(request)


def _check_price_fields(request: OrderRequest) -> Iterator[Violation]:
    needed = _PRICES[request.type]
    for name in ("limit_price", "stop_price"):
        given = getattr(request, name) is not None
        if name in needed and not given:
            yield Violation(name, "FIELD_REQUIRED", f"a {request.type.value} order needs it")
        elif given and name not in needed:
            yield Violation(name, "INVALID_FIELD", f"a {request.type.value} order has none")
    trails = (request.trail_amount is not None) + (request.trail_percent is not None)
    if "trail" in needed and trails != 1:
        yield Violation("trail_amount", "FIELD_REQUIRED", "set exactly one of trail_amount and trail_percent")
    elif "trail" not in needed and trails:
        yield Violation("trail_amount", "INVALID_FIELD", f"a {request.type.value} order has none")
    if request.trail_percent is not None and not ZERO < request.trail_percent < Decimal(100):
        yield Violation("trail_percent", "INVALID_FIELD", "between 0 and 100, both excluded")


def _check_class(request: OrderRequest) -> Iterator[Violation]:
    exits = (request.take_profit is not None) + (request.stop_loss is not None)
    match request.order_class:
        case OrderClass.BRACKET if exits != 2:
            yield Violation("take_profit", "FIELD_REQUIRED", "a bracket needs both take_profit and stop_loss")
        case OrderClass.OTO if exits != 1:
            yield Violation("take_profit", "FIELD_REQUIRED", "an OTO order needs one of take_profit and stop_loss")
        case OrderClass.OCO if request.stop_loss is None or request.take_profit is not None:
            yield Violation(
                "stop_loss", "FIELD_REQUIRED", "an OCO order is the take-profit limit order and a stop_loss"
            )
        case OrderClass.OCO if request.type is not OrderType.LIMIT:
            yield Violation(
                "type",
                "UNSUPPORTED_COMBINATION",
                "an OCO order is a LIMIT order with a stop_loss",
                ("LIMIT",),
            )
        case OrderClass.SIMPLE | OrderClass.MULTI_LEG if exits:
            yield Violation("order_class", "INVALID_FIELD", "take_profit and stop_loss need class BRACKET, OTO or OCO")
        case OrderClass.MULTI_LEG if len(request.legs) < 2:
            yield Violation("legs", "FIELD_REQUIRED", "a multi-leg order needs at least two legs")
    if request.legs and request.order_class is not OrderClass.MULTI_LEG:
        yield Violation("legs", "INVALID_FIELD", "only a MULTI_LEG order has legs")
    if exits and request.notional is not None:
        yield Violation("notional", "UNSUPPORTED_COMBINATION", "a group of orders is sized by quantity")
    yield from _check_exits(request)


def _check_exits(request: OrderRequest) -> Iterator[Violation]:
    profit, loss = request.take_profit, request.stop_loss
    if profit is not None and profit.limit_price is None:
        yield Violation("take_profit.limit_price", "FIELD_REQUIRED", "the price at which to take the profit")
    if loss is None:
        return
    trails = (loss.trail_amount is not None) + (loss.trail_percent is not None)
    if (loss.stop_price is not None) + trails != 1:
        yield Violation("stop_loss.stop_price", "FIELD_REQUIRED", "set exactly one of stop_price and a trail")
    upper = profit.limit_price if profit else request.limit_price if request.order_class is OrderClass.OCO else None
    if upper is None or loss.stop_price is None:
        return
    exit_sells = (request.side.sign > 0) != (request.order_class is OrderClass.OCO)
    if (upper <= loss.stop_price) if exit_sells else (upper >= loss.stop_price):
        above = "above" if exit_sells else "below"
        yield Violation("take_profit.limit_price", "INVALID_FIELD", f"must be {above} the stop price of the stop loss")


def _check_combination(request: OrderRequest, asset: AssetCapabilities) -> Iterator[Violation]:
    if request.side not in asset.sides:
        yield Violation("side", "UNSUPPORTED_BY_BROKER", "not offered", tuple(s.value for s in asset.sides))
    offered = [c for c in asset.combinations if request.type in c.types]
    if not offered:
        types = dict.fromkeys(t.value for c in asset.combinations for t in c.types)
        yield Violation("type", "UNSUPPORTED_ORDER_TYPE", f"{request.type.value} is not offered", tuple(types))
        return
    offered = [c for c in offered if request.time_in_force in c.times_in_force]
    if not offered:
        yield _unsupported_time_in_force(request, asset)
        return
    if any(_fits(request, combination) for combination in offered):
        return
    yield _why_not(request, offered)


def _unsupported_time_in_force(request: OrderRequest, asset: AssetCapabilities) -> Violation:
    times = dict.fromkeys(t.value for c in asset.combinations if request.type in c.types for t in c.times_in_force)
    text = f"{request.time_in_force.value} does not go with {request.type.value}"
    return Violation("time_in_force", "UNSUPPORTED_TIME_IN_FORCE", text, tuple(times))


def _is_fractional(quantity: Decimal | None) -> bool:
    return quantity is not None and not is_multiple(quantity, Decimal(1))


def _fits(request: OrderRequest, combination: Combination) -> bool:
    return (
        request.order_class in combination.classes
        and (combination.extended_hours or not request.extended_hours)
        and (combination.notional or request.notional is None)
        and (combination.fractional or not _is_fractional(request.quantity))
    )


def _why_not(request: OrderRequest, offered: list[Combination]) -> Violation:
    kind = f"{request.type.value} {request.time_in_force.value}"
    if all(request.order_class not in c.classes for c in offered):
        classes = tuple(dict.fromkeys(k.value for c in offered for k in c.classes))
        text = f"{request.order_class.value} does not go with {kind}"
        return Violation("order_class", "UNSUPPORTED_COMBINATION", text, classes)
    if request.extended_hours and not any(c.extended_hours for c in offered):
        return Violation("extended_hours", "UNSUPPORTED_COMBINATION", f"not with {kind}", ("false",))
    if request.notional is not None and not any(c.notional for c in offered):
        return Violation("notional", "UNSUPPORTED_COMBINATION", f"not with {kind}: set quantity")
    if _is_fractional(request.quantity) and not any(c.fractional for c in offered):
        return Violation("quantity", "QUANTITY_NOT_ON_STEP", f"whole units only with {kind}", ("1",))
    return Violation("order_class", "UNSUPPORTED_COMBINATION", f"these features do not go together with {kind}")


def _check_quantity(
    quantity: Decimal | None,
    notional: Decimal | None,
    asset: AssetCapabilities,
    details: InstrumentDetails,
    field: str,
) -> Iterator[Violation]:
    if notional is not None and (notional <= ZERO or notional < asset.minimum_notional):
        least = f"at least {format_decimal(asset.minimum_notional)}" if asset.minimum_notional else "must be above 0"
        yield Violation("notional", "NOTIONAL_OUT_OF_RANGE", least)
    if quantity is None:
        return
    minimum = max(asset.minimum_quantity, details.minimum_quantity)
    step = max(asset.quantity_increment, details.quantity_increment) if details.fractionable else Decimal(1)
    if quantity <= ZERO or quantity < minimum:
        yield Violation(
            field, "QUANTITY_BELOW_MINIMUM", f"at least {format_decimal(minimum)}", (format_decimal(minimum),)
        )
    elif quantity > asset.maximum_quantity:
        text = f"at most {format_decimal(asset.maximum_quantity)}"
        yield Violation(field, "INVALID_FIELD", text, (format_decimal(asset.maximum_quantity),))
    elif not is_multiple(quantity, step):
        yield Violation(field, "QUANTITY_NOT_ON_STEP", f"in steps of {format_decimal(step)}", (format_decimal(step),))


def _check_legs(request: OrderRequest, asset: AssetCapabilities) -> Iterator[Violation]:
    if request.order_class is not OrderClass.MULTI_LEG:
        return
    if len(request.legs) > asset.maximum_legs:
        yield Violation("legs", "INVALID_FIELD", f"at most {asset.maximum_legs}", (str(asset.maximum_legs),))
    symbols = [leg.instrument.symbol for leg in request.legs]
    if len(set(symbols)) < len(symbols):
        yield Violation("legs", "INVALID_FIELD", "each leg trades another instrument: sum up those of the same one")
    for index, leg in enumerate(request.legs):
        if leg.instrument.asset_class is not asset.asset_class:
            text = f"all legs are of one asset class, here {asset.asset_class.value}"
            yield Violation(f"legs[{index}].instrument.asset_class", "UNSUPPORTED_COMBINATION", text)
        if leg.side not in asset.sides:
            offered = tuple(side.value for side in asset.sides)
            yield Violation(f"legs[{index}].side", "UNSUPPORTED_BY_BROKER", "not offered", offered)
        if not is_multiple(leg.ratio, asset.quantity_increment):
            step = format_decimal(asset.quantity_increment)
            yield Violation(f"legs[{index}].ratio_quantity", "QUANTITY_NOT_ON_STEP", f"in steps of {step}", (step,))


def _check_prices(request: OrderRequest, details: InstrumentDetails) -> Iterator[Violation]:
    net = request.order_class is OrderClass.MULTI_LEG
    for name in ("limit_price", "stop_price", "trail_amount"):
        yield from _check_price(name, getattr(request, name), details, net=net)
    for field, terms in (("take_profit", request.take_profit), ("stop_loss", request.stop_loss)):
        if terms is not None:
            yield from _check_exit_prices(field, terms, details)


def _check_exit_prices(field: str, terms: ExitTerms, details: InstrumentDetails) -> Iterator[Violation]:
    for name in ("limit_price", "stop_price", "trail_amount"):
        yield from _check_price(f"{field}.{name}", getattr(terms, name), details)
    if terms.trail_percent is not None and not ZERO < terms.trail_percent < Decimal(100):
        yield Violation(f"{field}.trail_percent", "INVALID_FIELD", "between 0 and 100, both excluded")


def _check_price(
    field: str, price: Decimal | None, details: InstrumentDetails, *, net: bool = False
) -> Iterator[Violation]:
    """Check one price; a `net` one, of a combination, may be received (below zero) or be nothing."""
    if price is None:
        return
    if price <= ZERO and not net:
        yield Violation(field, "INVALID_FIELD", "must be above 0")
        return
    tick = details.tick_at(ONE) if net else details.tick_at(price)
    if not is_multiple(price, tick):
        yield Violation(field, "PRICE_NOT_ON_TICK", f"in steps of {format_decimal(tick)}", (format_decimal(tick),))
