"""The two long messages about orders: openOrder (5) and completedOrder (101).

Each layout below names the fields in their order, with what the service sends where nobody set anything: as recorded
from it, not as ordered. `#` stands for an unset double, `%` for an unset integer.
"""

from collections.abc import Mapping
from functools import cache

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.margins import Preview
from brokerwire_sandbox.tws.messages import Fields
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.tickets import Ticket
from brokerwire_sandbox.tws.wire import UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG, double, flag, number
from brokerwire_server.domain.decimals import ZERO

_OPEN_FRONT = "action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account openClose origin=0 orderRef"
_OPEN_FLAGS = "outsideRth=0 hidden=0 discretionaryAmt=0 goodAfterTime sharesAllocation faGroup faMethod faPercentage"
_OPEN_MIDDLE = (
    "modelCode goodTillDate rule80A percentOffset settlingFirm shortSaleSlot=0 designatedLocation exemptCode=-1 "
    "auctionStrategy=0 startingPrice stockRefPrice delta stockRangeLower stockRangeUpper displaySize=% blockOrder=0 "
    "sweepToFill=0 allOrNone=0 minQty ocaType=3 eTradeOnly=0 firmQuoteOnly=0 nbboPriceCap parentId=0 triggerMethod=0 "
    "volatility volatilityType=0 deltaNeutralOrderType=None deltaNeutralAuxPrice deltaNeutralConId=0 "
    "deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent deltaNeutralOpenClose=? "
    "deltaNeutralShortSale=0 deltaNeutralShortSaleSlot=0 deltaNeutralDesignatedLocation continuousUpdate=0 "
    "referencePriceType=0 trailStopEcho trailingPercent basisPoints basisPointsType"
)
_COMPLETED_FLAGS = "outsideRth=0 hidden=0 discretionaryAmt=0 goodAfterTime faGroup faMethod faPercentage"
_COMPLETED_MIDDLE = (
    "modelCode goodTillDate rule80A percentOffset settlingFirm shortSaleSlot=0 designatedLocation exemptCode=-1 "
    "startingPrice stockRefPrice delta stockRangeLower stockRangeUpper displaySize=% sweepToFill=0 allOrNone=0 minQty "
    "ocaType=3 triggerMethod=0 volatility volatilityType=0 deltaNeutralOrderType=None deltaNeutralAuxPrice "
    "deltaNeutralConId=0 deltaNeutralShortSale=0 deltaNeutralShortSaleSlot=0 deltaNeutralDesignatedLocation "
    "continuousUpdate=0 referencePriceType=0 trailStopEcho trailingPercent"
)
_SCALE = "scaleInitLevelSize=% scaleSubsLevelSize=% scalePriceIncrement"
_CLEARING = "clearingAccount clearingIntent=IB notHeld=0"
_ADJUSTED = (
    "adjustedOrderType=None triggerPrice=# trailStopPrice=# lmtPriceOffset=# adjustedStopPrice=# "
    "adjustedStopLimitPrice=# adjustedTrailingAmount=# adjustableTrailingUnit=0 softDollarTierName softDollarTierValue "
    "softDollarTierDisplay cashQty=0 dontUseAutoPriceForHedge=1 isOmsContainer=0 discretionaryUpToLimitPrice=0 "
    "usePriceMgmtAlgo=0"
)
_COMPETING = "minTradeQty minCompeteSize=100 competeAgainstBestOffset=0.02 midOffsetAtWhole midOffsetAtHalf"
_COMPLETED_COMPETING = "minTradeQty minCompeteSize competeAgainstBestOffset midOffsetAtWhole midOffsetAtHalf"
_NO_MARGINS = [UNSET_DOUBLE] * 9
_NOT_HOLDER = "Not an insider or substantial shareholder"
_ECHOED = (
    "action orderType tif account openClose origin orderRef outsideRth hidden goodAfterTime faGroup faMethod "
    "faPercentage faProfile modelCode goodTillDate rule80A settlingFirm shortSaleSlot designatedLocation exemptCode "
    "blockOrder "
    "sweepToFill allOrNone minQty triggerMethod trailingPercent clearingAccount notHeld duration postToAts "
    "autoCancelParent usePriceMgmtAlgo solicited randomizeSize randomizePrice"
)
"""The order's fields that come back as they were sent, where they were set."""


def open_order(order: TwsOrder, version: int, preview: Preview | None = None) -> Fields:
    """Return openOrder; with a `preview` it answers a what-if."""
    ticket, values = order.ticket, _values(order)
    values["parentId"] = str(0 if order.parent is None else order.parent.order_id)
    values["sharesAllocation"] = f"{order.permanent_id}.0/{order.account}/100"
    values["totalQuantity"] = number(order.quantity)
    fields = ["5", str(order.order_id), *_contract(order.contract), *_laid_out(_OPEN_FRONT, values)]
    fields += [str(order.client_id), str(order.permanent_id), *_laid_out(_OPEN_FLAGS, values)]
    fields += _profile(values, version) + _laid_out(_OPEN_MIDDLE, values)
    fields += _combination(order.contract, ticket) + _laid_out(_SCALE + " hedgeType", values)
    fields += _laid_out("optOutSmartRouting=0 " + _CLEARING, values) + _delta_neutral(ticket)
    fields += [*_algorithm(ticket), values.get("solicited", "0"), flag(value=preview is not None)]
    fields += _state(order, preview) + _laid_out("randomizeSize=0 randomizePrice=0", values)
    fields += _conditions(ticket) + _laid_out(_ADJUSTED, values)
    for since, layout in ((159, "duration"), (160, "postToAts"), (162, "autoCancelParent=0"), (170, _COMPETING)):
        if version >= since:
            fields += _laid_out(layout, values)
    return fields


def completed_order(order: TwsOrder, version: int, end_time: str) -> Fields:
    """Return completedOrder: no order id, no client id, and no quantity on a filled one."""
    ticket, values = order.ticket, _values(order)
    filled = order.remaining <= ZERO
    ended = "Filled" if filled else "Cancelled"
    values["totalQuantity"] = "0" if filled else number(order.quantity)
    fields = ["101", *_contract(order.contract), *_laid_out(_OPEN_FRONT, values), str(order.permanent_id)]
    fields += _laid_out(_COMPLETED_FLAGS, values) + _profile(values, version) + _laid_out(_COMPLETED_MIDDLE, values)
    fields += _combination(order.contract, ticket) + _laid_out(_SCALE + " hedgeType " + _CLEARING, values)
    fields += _delta_neutral(ticket) + _algorithm(ticket) + [values.get("solicited", "0"), ended]
    fields += _laid_out("randomizeSize=0 randomizePrice=0", values) + _conditions(ticket)
    fields += [values.get("trailStopPrice", UNSET_DOUBLE), UNSET_DOUBLE, values.get("cashQty", "0"), "1", "0", ""]
    fields += [number(order.filled), UNSET_INTEGER, "0", _NOT_HOLDER, "0", "0"]
    fields += [UNSET_LONG if order.parent is None else str(order.parent.permanent_id), end_time, order.end_text]
    return fields + (_laid_out(_COMPLETED_COMPETING, {}) if version >= 170 else [])


def _values(order: TwsOrder) -> dict[str, str]:
    """Return what an order sets of the fields, as the service would say it back."""
    ticket = order.ticket
    values = {name: text for name, _ in _parsed(_ECHOED) if (text := ticket.text(name))}
    values["openClose"] = "" if ticket.text("openClose") == "O" else ticket.text("openClose")
    values["account"] = order.account
    for name in ("lmtPrice", "auxPrice"):
        values[name] = double(ticket.number(name) or ZERO)
    if order.echoed_price is not None:
        values["lmtPrice"] = double(order.echoed_price)
        values["trailStopPrice"] = double(order.echoed_price + 1)
    values["cashQty"] = number(ticket.number("cashQty") or ZERO)
    values["ocaGroup"], values["ocaType"] = order.oca_group, str(order.oca_type)
    if order.stop is not None and order.type == "TRAIL":
        values["trailStopPrice"] = values["trailStopEcho"] = double(order.stop)
    return values


def _laid_out(layout: str, values: Mapping[str, str]) -> Fields:
    return [values.get(name, default) for name, default in _parsed(layout)]


@cache
def _parsed(layout: str) -> tuple[tuple[str, str], ...]:
    pairs = (item.partition("=") for item in layout.split())
    signs = {"#": UNSET_DOUBLE, "%": UNSET_INTEGER}
    return tuple((name, signs.get(default, default)) for name, _, default in pairs)


def _profile(values: Mapping[str, str], version: int) -> Fields:
    return [values.get("faProfile", "")] if version < 177 else []


def _contract(contract: Contract) -> Fields:
    return [
        str(contract.con_id),
        contract.symbol,
        contract.security,
        contract.expiry,
        number(contract.strike),
        contract.right or "?",
        contract.multiplier,
        contract.exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
    ]


def _combination(contract: Contract, ticket: Ticket) -> Fields:
    described = ",".join(f"{leg.con_id}|{leg.ratio if leg.action == 'BUY' else -leg.ratio}" for leg in contract.legs)
    fields = [described, str(len(contract.legs))]
    for leg in contract.legs:
        fields += [str(leg.con_id), str(leg.ratio), leg.action, leg.exchange]
        fields += [leg.open_close, leg.short_sale_slot, leg.designated_location, leg.exempt_code]
    prices = ticket.leg_prices or ("",) * len(contract.legs)
    fields += [str(len(prices)), *prices]
    return [*fields, str(len(ticket.routing)), *(text for pair in ticket.routing for text in pair)]


def _delta_neutral(ticket: Ticket) -> Fields:
    return [flag(value=bool(ticket.delta_neutral)), *ticket.delta_neutral]


def _algorithm(ticket: Ticket) -> Fields:
    strategy = ticket.text("algoStrategy")
    if not strategy:
        return [""]
    return [strategy, str(len(ticket.algo)), *(text for pair in ticket.algo for text in pair)]


def _conditions(ticket: Ticket) -> Fields:
    fields = [str(len(ticket.conditions)), *(text for condition in ticket.conditions for text in condition)]
    if ticket.conditions:
        fields += [ticket.text("conditionsIgnoreRth") or "0", ticket.text("conditionsCancelOrder") or "0"]
    return fields


def _state(order: TwsOrder, preview: Preview | None) -> Fields:
    """Return status, margins, commission, its bounds and currency, and a warning."""
    if preview is not None:
        margins = [str(value) for value in (*preview.before, *preview.change, *preview.after)]
        return [order.status.value, *margins, number(preview.commission), "", "", preview.currency, preview.warning]
    if order.commission is None:
        return [order.status.value, *_NO_MARGINS, "", "", "", "", ""]
    return [order.status.value, *_NO_MARGINS, number(order.commission), "", "", order.contract.currency, ""]
