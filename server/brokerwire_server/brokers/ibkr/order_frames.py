"""The two long messages, openOrder (5) and completedOrder (101), for server versions 157 to 178.

Both libraries would make floats of their numbers. Layout: the libraries' decoders, checked against recorded frames.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.fields import Fields
from brokerwire_server.brokers.ibkr.records import CompletedOrder, OpenOrder
from brokerwire_server.domain.decimals import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

_CONDITION_FIELDS = {1: 6, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5}
"""How many fields a condition of a type has, its type apart."""

_PEGGED_TO_BENCHMARK = ("PEG BENCH", "PEGBENCH")
_MARGINS = (
    "initial_margin_before",
    "maintenance_margin_before",
    "equity_with_loan_before",
    "initial_margin_change",
    "maintenance_margin_change",
    "equity_with_loan_change",
    "initial_margin_after",
    "maintenance_margin_after",
    "equity_with_loan_after",
    "commission",
    "minimum_commission",
    "maximum_commission",
)


def read_contract(fields: Fields) -> Any:  # noqa: ANN401
    """Read the eleven fields that name a contract in a message about an order, an execution or a position."""
    contract = library.Contract(conId=fields.whole(), symbol=fields.text(), secType=fields.text())
    contract.lastTradeDateOrContractMonth = fields.text()
    contract.strike = fields.number() or ZERO
    contract.right = fields.text()
    if contract.right in ("?", "0"):
        contract.right = ""
    contract.multiplier = fields.text()
    contract.exchange = fields.text()
    contract.currency = fields.text()
    contract.localSymbol = fields.text()
    contract.tradingClass = fields.text()
    return contract


def open_order(message: Sequence[str], version: int) -> OpenOrder:
    """Read an openOrder. Raises `ValueError`."""
    fields = Fields(message, 1)
    values: dict[str, Any] = {"order_id": fields.whole(), "contract": read_contract(fields)}
    _terms(fields, values)
    values["client_id"] = fields.whole()
    values["perm_id"] = fields.whole()
    values["outside_rth"] = fields.flag()
    fields.skip(7)  # hidden to faPercentage
    fields.skip(1 if version < 177 else 0)  # faProfile
    fields.skip(23)  # modelCode to nbboPriceCap
    values["parent_id"] = fields.whole()
    fields.skip(3)  # triggerMethod, volatility, volatilityType
    delta_neutral = fields.text()
    fields.skip(9 if delta_neutral else 1)
    fields.skip(2)  # continuousUpdate, referencePriceType
    trail = fields.number()
    values["trailing_percent"] = fields.number()
    fields.skip(2)  # basis points
    _legs(fields, values["contract"])
    _scale_and_hedge(fields)
    fields.skip(4)  # optOutSmartRouting to notHeld
    _delta_neutral_and_algo(fields)
    fields.skip(1)  # solicited
    values["what_if"] = fields.flag()
    values["status"] = fields.text()
    values.update((name, fields.number()) for name in _MARGINS)
    values["commission_currency"] = fields.text()
    values["warning"] = fields.text()
    fields.skip(2)  # randomizeSize, randomizePrice
    _benchmark_and_conditions(fields, values["type"])
    fields.skip(2)  # adjustedOrderType, triggerPrice
    later = fields.number()
    values["trail_stop_price"] = trail if later is None else later
    fields.skip(8)  # lmtPriceOffset to softDollarTier
    values["cash_quantity"] = fields.number()
    return OpenOrder(**values)


def completed_order(message: Sequence[str], version: int) -> CompletedOrder:
    """Read a completedOrder. Raises `ValueError`."""
    fields = Fields(message, 1)
    values: dict[str, Any] = {"contract": read_contract(fields)}
    _terms(fields, values)
    values["perm_id"] = fields.whole()
    values["outside_rth"] = fields.flag()
    fields.skip(6)  # hidden to faPercentage
    fields.skip(1 if version < 177 else 0)  # faProfile
    fields.skip(21)  # modelCode to volatilityType
    delta_neutral = fields.text()
    fields.skip(5 if delta_neutral else 1)
    fields.skip(2)  # continuousUpdate, referencePriceType
    trail = fields.number()
    values["trailing_percent"] = fields.number()
    _legs(fields, values["contract"])
    _scale_and_hedge(fields)
    fields.skip(3)  # clearingAccount to notHeld
    _delta_neutral_and_algo(fields)
    fields.skip(1)  # solicited
    values["status"] = fields.text()
    fields.skip(2)  # randomizeSize, randomizePrice
    _benchmark_and_conditions(fields, values["type"])
    later = fields.number()
    values["trail_stop_price"] = trail if later is None else later
    fields.skip(1)  # lmtPriceOffset
    values["cash_quantity"] = fields.number()
    fields.skip(3)  # dontUseAutoPriceForHedge, isOmsContainer, autoCancelDate
    values["filled"] = fields.number() or ZERO
    fields.skip(6)  # refFuturesConId to parentPermId
    values["completed_time"] = fields.text()
    values["completed_status"] = fields.text().strip()
    return CompletedOrder(**values)


def _terms(fields: Fields, values: dict[str, Any]) -> None:
    values["action"] = fields.text()
    values["quantity"] = fields.number() or ZERO
    values["type"] = fields.text()
    values["limit_price"] = fields.number()
    values["aux_price"] = fields.number()
    values["tif"] = fields.text()
    values["oca_group"] = fields.text()
    values["account"] = fields.text()
    fields.skip(2)  # openClose, origin
    values["order_ref"] = fields.text()


def _legs(fields: Fields, contract: Any) -> None:  # noqa: ANN401
    fields.skip(1)  # comboLegsDescrip
    contract.comboLegs = [_leg(fields) for _ in range(fields.whole())]
    fields.skip(fields.whole())  # a price per leg
    fields.skip(2 * fields.whole())  # routing: tag and value


def _leg(fields: Fields) -> Any:  # noqa: ANN401
    leg = library.ComboLeg(conId=fields.whole(), ratio=fields.whole(), action=fields.text(), exchange=fields.text())
    fields.skip(4)  # openClose to exemptCode
    return leg


def _scale_and_hedge(fields: Fields) -> None:
    fields.skip(2)  # scaleInitLevelSize, scaleSubsLevelSize
    increment: Decimal | None = fields.number()
    fields.skip(7 if increment is not None and increment > 0 else 0)
    fields.skip(1 if fields.text() else 0)  # hedgeType, hedgeParam


def _delta_neutral_and_algo(fields: Fields) -> None:
    fields.skip(3 if fields.flag() else 0)
    if fields.text():
        fields.skip(2 * fields.whole())


def _benchmark_and_conditions(fields: Fields, order_type: str) -> None:
    fields.skip(5 if order_type in _PEGGED_TO_BENCHMARK else 0)
    count = fields.whole()
    for _ in range(count):
        kind = fields.whole()
        if kind not in _CONDITION_FIELDS:
            raise ValueError(f"a condition of type {kind}")
        fields.skip(_CONDITION_FIELDS[kind])
    fields.skip(2 if count else 0)
