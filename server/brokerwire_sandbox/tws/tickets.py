"""What a client orders: the fields of placeOrder, read by the layout that the server version and the order demand.

There is no count in the message: what version, security type, order type and the counts inside say must come out to
the last field. A NUL inside a text makes one field more, and the message is refused (error 320), as is a field that
is not of its kind: such a message names another order than its sender meant.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache

from msgspec import Struct

from brokerwire_sandbox.tws.contracts import ContractQuery, Leg
from brokerwire_sandbox.tws.wire import Malformed, read_flag, read_integer, read_number

_FRONT = (
    "action:s totalQuantity:n orderType:s lmtPrice:n auxPrice:n tif:s ocaGroup:s account:s openClose:s origin:i "
    "orderRef:s transmit:f parentId:i blockOrder:f sweepToFill:f displaySize:i triggerMethod:i outsideRth:f hidden:f"
)
_LEG = "conId:i ratio:i action:s exchange:s openClose:i shortSaleSlot:i designatedLocation:s exemptCode:i"
_SHARES = "sharesAllocation:s discretionaryAmt:n goodAfterTime:s goodTillDate:s faGroup:s faMethod:s faPercentage:s"
_MIDDLE = (
    "modelCode:s shortSaleSlot:i designatedLocation:s exemptCode:i ocaType:i rule80A:s settlingFirm:s allOrNone:f "
    "minQty:i percentOffset:n eTradeOnly:f firmQuoteOnly:f nbboPriceCap:n auctionStrategy:i startingPrice:n "
    "stockRefPrice:n delta:n stockRangeLower:n stockRangeUpper:n overridePercentageConstraints:f volatility:n "
    "volatilityType:i deltaNeutralOrderType:s deltaNeutralAuxPrice:n"
)
_NEUTRAL = (
    "deltaNeutralConId:i deltaNeutralSettlingFirm:s deltaNeutralClearingAccount:s deltaNeutralClearingIntent:s "
    "deltaNeutralOpenClose:s deltaNeutralShortSale:f deltaNeutralShortSaleSlot:i deltaNeutralDesignatedLocation:s"
)
_TRAIL = (
    "continuousUpdate:f referencePriceType:i trailStopPrice:n trailingPercent:n "
    "scaleInitLevelSize:i scaleSubsLevelSize:i scalePriceIncrement:n"
)
_SCALE = (
    "scalePriceAdjustValue:n scalePriceAdjustInterval:i scaleProfitOffset:n scaleAutoReset:f scaleInitPosition:i "
    "scaleInitFillQty:i scaleRandomPercent:f"
)
_TABLE = "scaleTable:s activeStartTime:s activeStopTime:s hedgeType:s"
_CLEARING = "optOutSmartRouting:f clearingAccount:s clearingIntent:s notHeld:f deltaNeutral:f"
_WHATIF = "algoId:s whatIf:f orderMiscOptions:s solicited:f randomizeSize:f randomizePrice:f"
_PEGGED = (
    "referenceContractId:i isPeggedChangeAmountDecrease:f peggedChangeAmount:n referenceChangeAmount:n "
    "referenceExchangeId:s"
)
_ADJUSTED = (
    "adjustedOrderType:s triggerPrice:n lmtPriceOffset:n adjustedStopPrice:n adjustedStopLimitPrice:n "
    "adjustedTrailingAmount:n adjustableTrailingUnit:i extOperator:s softDollarTierName:s softDollarTierValue:s "
    "cashQty:n mifid2DecisionMaker:s mifid2DecisionAlgo:s mifid2ExecutionTrader:s mifid2ExecutionAlgo:s "
    "dontUseAutoPriceForHedge:f isOmsContainer:f discretionaryUpToLimitPrice:f usePriceMgmtAlgo:f"
)
_LATER = (
    (158, "duration:i"),
    (160, "postToAts:i"),
    (162, "autoCancelParent:f"),
    (166, "advancedErrorOverride:s"),
    (169, "manualOrderTime:s"),
)
CONDITION_FIELDS = {1: "fnisi", 3: "fs", 4: "fi", 5: "sss", 6: "fiis", 7: "fnis"}
"""The kinds of the fields of a condition after its type and conjunction, by type."""

_CONTROL = re.compile(r"[\x00-\x1f]")
_READERS: Mapping[str, Callable[[str], object]] = {"n": read_number, "i": read_integer, "f": read_flag, "s": str}


class Ticket(Struct, frozen=True, kw_only=True):
    """One placeOrder. `fields` are the order's own by their names in the libraries, as text."""

    order_id: int
    query: ContractQuery
    fields: Mapping[str, str]
    legs: tuple[Leg, ...] = ()
    leg_prices: tuple[str, ...] = ()
    routing: tuple[tuple[str, str], ...] = ()
    algo: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, ...], ...] = ()
    delta_neutral: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """Return a field as it came, empty where the version has none."""
        return self.fields.get(name, "")

    def number(self, name: str) -> Decimal | None:
        """Return a number, `None` where it is empty or unset."""
        return read_number(self.text(name))

    def integer(self, name: str) -> int:
        """Return an integer, 0 where it is empty."""
        return read_integer(self.text(name))

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        return read_flag(self.text(name))


@cache
def _parsed(layout: str) -> tuple[tuple[str, str], ...]:
    """Return names and kinds."""
    pairs = (item.partition(":") for item in layout.split())
    return tuple((name, kind) for name, _, kind in pairs)


class _Cursor:
    """Takes fields one after the other, and checks each against its kind."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = fields
        self._next = 0

    def take(self, kind: str = "s") -> str:
        if self._next >= len(self._fields):
            raise Malformed(f"The order has {len(self._fields)} fields, which are too few for its kind.")
        text = self._fields[self._next]
        self._next += 1
        if _CONTROL.search(text):
            raise Malformed("Unable to parse data. A field has control characters.")
        _READERS[kind](text)
        return text

    def named(self, layout: str) -> dict[str, str]:
        return {name: self.take(kind) for name, kind in _parsed(layout)}

    def count(self) -> int:
        number = read_integer(self.take("i"))
        if not 0 <= number <= len(self._fields):
            raise Malformed(f"Unable to parse data. {number} is no count.")
        return number

    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple((self.take(), self.take()) for _ in range(self.count()))

    def finish(self) -> None:
        if self._next != len(self._fields):
            raise Malformed(f"The order has {len(self._fields)} fields where its kind has {self._next}.")


def read_ticket(message: Sequence[str], version: int) -> Ticket:
    """Read a placeOrder, message id included.

    Raises:
        Malformed: the number of fields, or one of them, is wrong.
    """
    cursor = _Cursor(message)
    cursor.take()
    order_id = read_integer(cursor.take("i"))
    identity = [cursor.take() for _ in range(14)]
    query = ContractQuery.read(identity[:12])
    fields = cursor.named(_FRONT)
    legs, prices, routing = _read_combination(cursor) if query.security == "BAG" else ((), (), ())
    fields |= cursor.named(_SHARES)
    if version < 177:
        fields |= cursor.named("faProfile:s")
    fields |= cursor.named(_MIDDLE)
    fields |= _read_blocks(cursor, fields)
    neutral = tuple(cursor.take(kind) for kind in "inn") if read_flag(fields["deltaNeutral"]) else ()
    fields["algoStrategy"] = cursor.take()
    algo = cursor.pairs() if fields["algoStrategy"] else ()
    fields |= cursor.named(_WHATIF)
    if fields["orderType"] in ("PEG BENCH", "PEGBENCH"):
        fields |= cursor.named(_PEGGED)
    conditions = _read_conditions(cursor)
    if conditions:
        fields |= cursor.named("conditionsIgnoreRth:f conditionsCancelOrder:f")
    fields |= cursor.named(_ADJUSTED)
    fields |= _read_tail(cursor, fields["orderType"], query.exchange, version)
    cursor.finish()
    return Ticket(
        order_id=order_id,
        query=query,
        fields=fields,
        legs=legs,
        leg_prices=prices,
        routing=routing,
        algo=algo,
        conditions=conditions,
        delta_neutral=neutral,
    )


def _read_combination(cursor: _Cursor) -> tuple[tuple[Leg, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    legs = []
    for _ in range(cursor.count()):
        leg = cursor.named(_LEG)
        legs.append(
            Leg(
                con_id=read_integer(leg["conId"]),
                ratio=read_integer(leg["ratio"]),
                action=leg["action"],
                exchange=leg["exchange"],
                open_close=leg["openClose"],
                short_sale_slot=leg["shortSaleSlot"],
                designated_location=leg["designatedLocation"],
                exempt_code=leg["exemptCode"],
            )
        )
    prices = tuple(cursor.take("n") for _ in range(cursor.count()))
    return tuple(legs), prices, cursor.pairs()


def _read_blocks(cursor: _Cursor, fields: Mapping[str, str]) -> dict[str, str]:
    """Read from the delta-neutral block to the clearing fields."""
    found = cursor.named(_NEUTRAL) if fields["deltaNeutralOrderType"] else {}
    found |= cursor.named(_TRAIL)
    if (read_number(found["scalePriceIncrement"]) or 0) > 0:
        found |= cursor.named(_SCALE)
    found |= cursor.named(_TABLE)
    if found["hedgeType"]:
        found |= cursor.named("hedgeParam:s")
    return found | cursor.named(_CLEARING)


def _read_conditions(cursor: _Cursor) -> tuple[tuple[str, ...], ...]:
    conditions = []
    for _ in range(cursor.count()):
        kind = cursor.take("i")
        layout = CONDITION_FIELDS.get(read_integer(kind))
        if layout is None:
            raise Malformed(f"Unable to parse data. {kind} is no type of condition.")
        conditions.append((kind, cursor.take(), *(cursor.take(letter) for letter in layout)))
    return tuple(conditions)


def _read_tail(cursor: _Cursor, order_type: str, exchange: str, version: int) -> dict[str, str]:
    """Read what newer versions added."""
    found: dict[str, str] = {}
    for since, layout in _LATER:
        if version >= since:
            found |= cursor.named(layout)
    if version < 170:
        return found
    if exchange == "IBKRATS":
        found |= cursor.named("minTradeQty:i")
    if order_type in ("PEG BEST", "PEGBEST"):
        found |= cursor.named("minCompeteSize:i competeAgainstBestOffset:s")
        if found["competeAgainstBestOffset"] in ("Infinite", "Infinity"):
            found |= cursor.named("midOffsetAtWhole:n midOffsetAtHalf:n")
    elif order_type in ("PEG MID", "PEGMID"):
        found |= cursor.named("midOffsetAtWhole:n midOffsetAtHalf:n")
    return found
