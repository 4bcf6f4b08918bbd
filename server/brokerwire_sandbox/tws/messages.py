"""The server's messages but for orders' long ones: each function returns the fields of one, message id first."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.records import Execution, TwsOrder
from brokerwire_sandbox.tws.wire import UNSET_DOUBLE, number

Fields = list[str]


def error(code: int, text: str, request_id: int, version: int) -> Fields:
    """Return error (4)."""
    fields = ["4", "2", str(request_id), str(code), text]
    return [*fields, ""] if version >= 166 else fields


def order_status(order: TwsOrder) -> Fields:
    """Return orderStatus (3)."""
    parent = 0 if order.parent is None else order.parent.order_id
    return [
        "3",
        str(order.order_id),
        order.status.value,
        number(order.filled),
        number(order.remaining),
        number(order.average),
        str(order.permanent_id),
        str(parent),
        number(order.last_price),
        str(order.client_id),
        order.why_held,
        "0",
    ]


def execution_details(execution: Execution, time: str, request_id: int, venue: str, version: int) -> Fields:
    """Return execDetails (11); `request_id` is -1 for one that is pushed."""
    order, contract = execution.order, execution.contract
    fields = [
        "11",
        str(request_id),
        str(order.order_id),
        *_described(contract, strike=_dotted(contract.strike), right=contract.right, exchange=venue),
        execution.execution_id,
        time,
        order.account,
        venue,
        "BOT" if execution.buying else "SLD",
        number(execution.quantity),
        number(execution.price),
        str(order.permanent_id),
        str(order.client_id),
        "0",
        number(execution.cumulative),
        number(execution.average),
        order.ticket.text("orderRef"),
        "",
        "",
        order.ticket.text("modelCode"),
        str(execution.liquidity),
    ]
    return [*fields, "0"] if version >= 178 else fields


def commission_report(execution: Execution) -> Fields:
    """Return commissionReport (59)."""
    return [
        "59",
        "1",
        execution.execution_id,
        number(execution.commission),
        execution.contract.currency,
        number(execution.realized),
        UNSET_DOUBLE,
        "",
    ]


def position(account: str, contract: Contract, quantity: Decimal, cost: Decimal) -> Fields:
    """Return position (61)."""
    exchange = "" if contract.security == "FUT" else contract.primary_exchange
    described = _described(contract, strike=_dotted(contract.strike), right=contract.right, exchange=exchange)
    return ["61", "3", account, *described, number(quantity), number(cost)]


def position_multi(
    request_id: int, account: str, contract: Contract, *, quantity: Decimal, cost: Decimal, model: str
) -> Fields:
    """Return positionMulti (71)."""
    described = position(account, contract, quantity, cost)[2:]
    return ["71", "1", str(request_id), *described, model]


def portfolio_value(account: str, contract: Contract, values: Sequence[Decimal]) -> Fields:
    """Return portfolioValue (7); `values` are position, price, market value, average cost, unrealized, realized."""
    return [
        "7",
        "8",
        str(contract.con_id),
        contract.symbol,
        contract.security,
        contract.expiry,
        number(contract.strike),
        contract.right or "0",
        contract.multiplier,
        contract.primary_exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
        *map(number, values),
        account,
    ]


def market_rule(rule: int, tiers: Iterable[tuple[Decimal, Decimal]]) -> Fields:
    """Return marketRule (93)."""
    rows = [number(value) for tier in tiers for value in tier]
    return ["93", str(rule), str(len(rows) // 2), *rows]


def profit(request_id: int, values: Sequence[Decimal]) -> Fields:
    """Return pnl (94): daily, unrealized, realized."""
    return ["94", str(request_id), *map(number, values)]


def profit_single(request_id: int, values: Sequence[Decimal]) -> Fields:
    """Return pnlSingle (95): position, daily, unrealized, realized, value."""
    return ["95", str(request_id), *map(number, values)]


def _described(contract: Contract, *, strike: str, right: str, exchange: str) -> Fields:
    """Return the eleven contract fields of positions and executions."""
    return [
        str(contract.con_id),
        contract.symbol,
        contract.security,
        contract.expiry,
        strike,
        right,
        contract.multiplier,
        exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
    ]


def _dotted(strike: Decimal) -> str:
    return number(strike) if strike % 1 else f"{int(strike)}.0"
