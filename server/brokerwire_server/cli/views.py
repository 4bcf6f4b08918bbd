"""Which facts of each thing are worth a column, and how they read."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from brokerwire.types import Account, CorporateAction, Order, OrderEvent, Position, Preview, Quote
from brokerwire.types.enums import Environment
from brokerwire_server.cli.output import Cell, Column, attribute, text_of


def _size(order: Order) -> Cell:
    return text_of(order.notional if order.quantity is None else order.quantity)


def _price(order: Order) -> Cell:
    """Return what the order asks for: `LIMIT 10.5`, `STOP 9`, `TRAIL 1.5%`."""
    parts = [order.type.value.upper().replace("_", "-")]
    if order.limit_price is not None:
        parts.append(str(order.limit_price))
    if order.stop_price is not None:
        parts.append(f"@{order.stop_price}")
    if order.trail_amount is not None:
        parts.append(f"trail {order.trail_amount}")
    if order.trail_percent is not None:
        parts.append(f"trail {order.trail_percent}%")
    return " ".join(parts)


def state_of(order: Order) -> Cell:
    """Return an order's state, with what was asked of it and not answered yet."""
    state = text_of(order.state)
    if order.pending_action.value in {"none", "unspecified"}:
        return state
    return Text.assemble(state, (f" ({order.pending_action.value} pending)", "yellow"))


def _profit(value: object) -> Cell:
    text = str(text_of(value))
    return Text(text, style="red" if text.startswith("-") else "green" if text.strip("0.") else "")


def profit(name: str, title: str = "P&L") -> Column:
    """Return a column of gains and losses, coloured."""
    read = attribute(name)
    return title, lambda item: _profit(read(item))


ORDERS: tuple[Column, ...] = (
    ("CLIENT ORDER ID", attribute("client_order_id")),
    ("ACCOUNT", attribute("account_id")),
    ("SYMBOL", attribute("symbol")),
    ("SIDE", attribute("side")),
    ("QTY", _size),
    ("TYPE", _price),
    ("TIF", attribute("time_in_force")),
    ("STATE", state_of),
    ("FILLED", attribute("filled_quantity")),
    ("AVG", attribute("average_fill_price")),
    ("UPDATED", attribute("update_time")),
)

FILLS: tuple[Column, ...] = (
    ("TIME", attribute("execution_time")),
    ("ACCOUNT", attribute("account_id")),
    ("CLIENT ORDER ID", attribute("client_order_id")),
    ("SYMBOL", attribute("symbol")),
    ("SIDE", attribute("side")),
    ("QTY", attribute("quantity")),
    ("PRICE", attribute("price")),
    ("KIND", attribute("kind")),
    ("SOURCE", attribute("source")),
)

POSITIONS: tuple[Column, ...] = (
    ("ACCOUNT", attribute("account_id")),
    ("SYMBOL", attribute("instrument.symbol")),
    ("QTY", attribute("quantity")),
    ("AVG", attribute("average_cost")),
    ("PRICE", attribute("current_price")),
    ("VALUE", attribute("market_value")),
    profit("unrealized_profit_loss"),
    ("REALIZED", attribute("realized_profit_loss")),
)

ACCOUNTS: tuple[Column, ...] = (
    ("ACCOUNT", attribute("account_id")),
    ("NAME", attribute("display_name")),
    ("BROKER", attribute("broker")),
    ("ENVIRONMENT", attribute("environment")),
    ("STATUS", attribute("status")),
    ("TRADING", attribute("trading_state")),
    ("TYPE", attribute("type")),
    ("CASH", attribute("balances.cash")),
    ("EQUITY", attribute("balances.equity")),
    profit("balances.total_profit_loss"),
)


def _error(item: Any) -> Cell:  # noqa: ANN401 - a result within a batch
    return "" if item.error is None else Text(str(item.error), style="red")


CANCELS: tuple[Column, ...] = (
    ("CLIENT ORDER ID", attribute("order.client_order_id")),
    ("SYMBOL", attribute("order.symbol")),
    ("STATE", lambda item: state_of(item.order)),
    ("OUTCOME", attribute("outcome")),
    ("ERROR", _error),
)

CLOSES: tuple[Column, ...] = (
    ("ACCOUNT", attribute("account_id")),
    ("SYMBOL", attribute("symbol")),
    ("CLIENT ORDER ID", attribute("order.client_order_id")),
    ("STATE", attribute("order.state")),
    ("ERROR", _error),
)

BALANCES: tuple[Column, ...] = (
    ("CURRENCY", attribute("currency_code")),
    ("CASH", attribute("cash")),
    ("BUYING POWER", attribute("buying_power")),
    ("VALUE", attribute("market_value")),
    ("EQUITY", attribute("equity")),
    profit("day_profit_loss", "DAY P&L"),
    profit("total_profit_loss"),
)

QUOTES: tuple[Column, ...] = (
    ("SYMBOL", attribute("symbol")),
    ("BID SIZE", attribute("bid_size")),
    ("BID", attribute("bid_price")),
    ("ASK", attribute("ask_price")),
    ("ASK SIZE", attribute("ask_size")),
    ("LAST", attribute("last_price")),
    ("TIME", attribute("quote_time")),
)

BARS: tuple[Column, ...] = (
    ("TIME", attribute("start_time")),
    ("OPEN", attribute("open_price")),
    ("HIGH", attribute("high_price")),
    ("LOW", attribute("low_price")),
    ("CLOSE", attribute("close_price")),
    ("VOLUME", attribute("volume")),
    ("VWAP", attribute("vwap")),
    ("TRADES", attribute("trade_count")),
)

CHAIN: tuple[Column, ...] = (
    ("SYMBOL", attribute("symbol")),
    ("TYPE", attribute("instrument.option.type")),
    ("EXPIRATION", attribute("instrument.option.expiration_date")),
    ("STRIKE", attribute("instrument.option.strike_price")),
    ("BID", attribute("quote.bid_price")),
    ("ASK", attribute("quote.ask_price")),
    ("LAST", attribute("quote.last_price")),
    ("IV", attribute("implied_volatility")),
    ("DELTA", attribute("greeks.delta")),
    ("GAMMA", attribute("greeks.gamma")),
    ("THETA", attribute("greeks.theta")),
    ("VEGA", attribute("greeks.vega")),
    ("OPEN INTEREST", attribute("open_interest")),
)


def _action(action: CorporateAction) -> Cell:
    return attribute("type")(action) if action.type.number > 0 else action.broker_type


ACTIONS: tuple[Column, ...] = (
    ("PROCESSED", attribute("process_date")),
    ("SYMBOL", attribute("symbol")),
    ("ACTION", _action),
    ("CASH", attribute("cash_rate")),
    ("NEW", attribute("new_rate")),
    ("FOR OLD", attribute("old_rate")),
    ("NEW SYMBOL", attribute("new_symbol")),
    ("EX", attribute("ex_date")),
    ("RECORD", attribute("record_date")),
    ("PAYABLE", attribute("payable_date")),
)

TRADING_DAYS: tuple[Column, ...] = (
    ("DATE", attribute("date")),
    ("PRE-MARKET", attribute("pre_open_time")),
    ("OPEN", attribute("open_time")),
    ("CLOSE", attribute("close_time")),
    ("POST-MARKET", attribute("post_close_time")),
    ("HALF DAY", attribute("half_day")),
)


def facts(record: object, *names: str) -> Iterator[tuple[str, Cell]]:
    """Yield the named attributes of a record, with names for people."""
    for name in names:
        yield name.rpartition(".")[2].replace("_", " "), attribute(name)(record)


def order_facts(order: Order) -> Iterator[tuple[str, Cell]]:
    """Yield what a person wants to know of one order; empty values included."""
    yield "state", state_of(order)
    yield "reason", attribute("state_reason")(order) if order.state_reason.number > 0 else ""
    yield "broker says", order.broker_message
    yield "order", f"{order.side.value.upper()} {_size(order)} {order.symbol} {_price(order)}"
    yield from facts(
        order,
        "time_in_force",
        "filled_quantity",
        "average_fill_price",
        "remaining_quantity",
        "commission",
        "account_id",
        "client_order_id",
        "order_id",
        "broker_order_ids",
        "parent_order_id",
        "child_order_ids",
        "replaces_order_id",
        "replaced_by_order_id",
        "origin",
        "version",
        "tags",
        "create_time",
        "update_time",
    )


def order_line(event: OrderEvent) -> Cell:
    """Return an order event as one line."""
    order, fill = event.order, event.fill
    when = event.time.astimezone().strftime("%H:%M:%S.%f")[:-3] if event.time else ""
    what = f"{order.side.value.upper()} {_size(order)} {order.symbol}"
    head = f"{when}  {order.client_order_id or order.order_id:<24} {what:<20} "
    if fill is not None:
        tail = f"  {fill.kind.value} {fill.quantity} @ {fill.price}, {order.filled_quantity} filled"
    else:
        tail = f"  {event.reason or order.broker_message}" if event.reason or order.broker_message else ""
    return Text.assemble(head, state_of(order), tail)


def position_line(position: Position) -> Cell:
    """Return a position as one line."""
    if position.closed:
        return f"{position.account_id}  {position.instrument.symbol}  flat, realized {position.realized_profit_loss}"
    return Text.assemble(
        f"{position.account_id}  {position.instrument.symbol}  {position.quantity} @ {position.average_cost}"
        f"  price {text_of(position.current_price)}  P&L ",
        _profit(position.unrealized_profit_loss),
    )


def account_facts(account: Account) -> Iterator[tuple[str, Cell]]:
    """Yield what a person wants to know of one account."""
    yield from facts(account, "account_id", "display_name", "environment", "broker", "status", "type", "trading_state")
    if account.environment is not Environment.PAPER:
        yield "armed until", attribute("armed_until_time")(account) or Text("not armed", style="bold red")
    if account.balances is not None:
        for name in (
            "currency_code",
            "cash",
            "available_cash",
            "reserved_cash",
            "buying_power",
            "equity",
            "market_value",
            "day_profit_loss",
            "total_profit_loss",
            "realized_profit_loss",
            "unrealized_profit_loss",
            "initial_margin",
            "maintenance_margin",
        ):
            yield name.replace("_", " "), attribute(name)(account.balances)


def preview_facts(preview: Preview) -> Iterator[tuple[str, Cell]]:
    """Yield what an order would do."""
    yield "valid", Text("yes", style="green") if preview.valid else Text("no", style="bold red")
    yield from facts(
        preview,
        "estimated_price",
        "estimated_quantity",
        "estimated_cost",
        "estimated_commission",
        "buying_power_before",
        "buying_power_after",
        "buying_power_effect",
        "initial_margin_effect",
    )
    for kind, issues in (("violation", preview.violations), ("warning", preview.warnings)):
        for issue in issues:
            where = f"{issue.field}: " if issue.field else ""
            supported = f" (supported: {', '.join(issue.supported)})" if issue.supported else ""
            yield kind, f"{where}{issue.message}{supported} [{issue.reason}]"


def quote_line(quote: Quote) -> Cell:
    """Return a quote as one line."""
    return (
        f"{quote.symbol:<8} {text_of(quote.bid_size):>8} {text_of(quote.bid_price):>10} | "
        f"{text_of(quote.ask_price):<10} {text_of(quote.ask_size):<8} last {text_of(quote.last_price)}"
    )
