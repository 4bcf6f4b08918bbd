"""What a case may need of an adapter: each is read from the capabilities that the adapter declares."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from brokerwire_server.domain.capabilities import Capabilities, Combination, ReplaceMode
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import OrderClass, OrderType, Side, TimeInForce

if TYPE_CHECKING:
    from collections.abc import Callable


class Feature(StrEnum):
    """A capability. The value is how its lack is worded in the table."""

    REPLACE = "replaces orders"
    BRACKET = "takes bracket orders"
    OCO = "takes one-cancels-the-other orders"
    OTO = "takes one-triggers-the-other orders"
    IOC = "takes immediate-or-cancel orders"
    NOTIONAL = "takes orders by amount"
    FRACTIONAL = "takes fractional quantities"
    SHORT = "sells short"


def has(capabilities: Capabilities, feature: Feature) -> bool:
    """Tell whether equities can be traded that way."""
    asset = capabilities.asset(AssetClass.EQUITY)
    if asset is None:
        return False
    if feature is Feature.REPLACE:
        return capabilities.replace_mode is not ReplaceMode.NONE
    if feature is Feature.SHORT:
        return Side.SELL_SHORT in asset.sides
    wanted = _COMBINATIONS[feature]
    return any(wanted(combination) for combination in asset.combinations if OrderType.LIMIT in combination.types)


_COMBINATIONS: dict[Feature, Callable[[Combination], bool]] = {
    Feature.BRACKET: lambda c: OrderClass.BRACKET in c.classes,
    Feature.OCO: lambda c: OrderClass.OCO in c.classes,
    Feature.OTO: lambda c: OrderClass.OTO in c.classes,
    Feature.IOC: lambda c: TimeInForce.IOC in c.times_in_force,
    Feature.NOTIONAL: lambda c: c.notional,
    Feature.FRACTIONAL: lambda c: c.fractional,
}
