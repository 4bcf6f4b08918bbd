"""Accounts, balances and activities as messages."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brokerwire.v1 import accounts_pb2
from brokerwire_server.api.convert.enums import ACCOUNT_STATUS, ACCOUNT_TYPE, ACTIVITY_TYPE, ENVIRONMENT
from brokerwire_server.api.convert.values import NANOS, decimal_text, set_date, set_decimal, set_money, set_time
from brokerwire_server.domain.accounts import Account, AccountState, AccountStatus, AccountType, Activity, Balances
from brokerwire_server.domain.decimals import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

_AMOUNTS = tuple(
    name
    for name in Balances.__struct_fields__
    if name in accounts_pb2.Balances.DESCRIPTOR.fields_by_name and name not in ("currency", "day_trading_buying_power")
)
VISIBLE_DIGITS = 4
"""How much of a broker's account number is shown."""


def account_message(
    account: Account, state: AccountState | None, *, sequence: int, sync_time: int = 0
) -> accounts_pb2.Account:
    """Return an account with its balances, where they are known."""
    m = accounts_pb2.Account(
        account_id=account.account_id,
        connection_id=account.connection_id,
        broker=account.broker,
        environment=ENVIRONMENT.to_wire[account.environment],
        status=ACCOUNT_STATUS.to_wire[account.status],
        type=ACCOUNT_TYPE.to_wire[account.type],
        sequence=sequence,
        display_name=account.name,
        can_trade_equities=account.status is not AccountStatus.CLOSED,
        can_trade_options=account.can_trade_options,
        can_trade_crypto=account.can_trade_crypto,
        can_trade_margin=account.type is AccountType.MARGIN,
        can_short=account.can_short and account.type is AccountType.MARGIN,
        broker_account_number=masked(account.broker_account_id),
    )
    if sync_time:
        set_time(m.last_sync_time, sync_time)
    if account.open_time:
        set_date(m.opened_date, _opened(account.open_time))
    if state is not None:
        fill_balances(m.balances, state.balances, state.time, account.type)
    return m


def masked(number: str) -> str:
    """Return a broker's account number with all but its last characters hidden."""
    return "*" * max(len(number) - VISIBLE_DIGITS, 0) + number[-VISIBLE_DIGITS:]


def _opened(nanos: int) -> str:
    return datetime.fromtimestamp(nanos // NANOS, UTC).date().isoformat()


def fill_balances(m: accounts_pb2.Balances, balances: Balances, time: int, kind: AccountType) -> None:
    """Write balances into an empty message."""
    m.currency_code = balances.currency
    for name in _AMOUNTS:
        getattr(m, name).value = decimal_text(getattr(balances, name))
    m.reserved_cash.value = decimal_text(balances.reserved)
    m.available_cash.value = decimal_text(balances.cash - balances.reserved)
    m.market_value.value = decimal_text(balances.long_market_value + balances.short_market_value)
    m.margin_balance.value = decimal_text(max(-balances.cash, ZERO))
    if kind is AccountType.MARGIN:
        m.margin_buying_power.value = decimal_text(balances.buying_power)
        m.day_trading_buying_power.value = decimal_text(balances.day_trading_buying_power)
    if time:
        set_time(m.update_time, time)


def sum_balances(states: Iterable[tuple[AccountType, AccountState]]) -> list[accounts_pb2.Balances]:
    """Return one sum per currency, ordered by its code."""
    totals: dict[str, dict[str, Decimal]] = {}
    times: dict[str, int] = {}
    for _, state in states:
        balances = state.balances
        total = totals.setdefault(balances.currency, {})
        for name in (*_AMOUNTS, "reserved", "day_trading_buying_power"):
            total[name] = total.get(name, ZERO) + getattr(balances, name)
        times[balances.currency] = max(times.get(balances.currency, 0), state.time)
    messages = []
    for currency, total in sorted(totals.items()):
        del total["multiplier"]
        m = accounts_pb2.Balances()
        fill_balances(m, Balances(currency=currency, **total), times[currency], AccountType.MARGIN)
        m.ClearField("multiplier")
        messages.append(m)
    return messages


def activity_message(activity: Activity, sequence: int = 0) -> accounts_pb2.Activity:
    """Return a movement of cash or units; `sequence` is its journal entry's, where that is at hand."""
    m = accounts_pb2.Activity(
        activity_id=activity.activity_id,
        account_id=activity.account_id,
        type=ACTIVITY_TYPE.to_wire[activity.type],
        sequence=sequence,
        symbol=activity.symbol,
        order_id=activity.order_id,
        fill_id=activity.fill_id,
        description=activity.description,
    )
    if activity.amount or not activity.quantity:
        set_money(m.amount, activity.amount, activity.currency)
    if activity.quantity:
        set_decimal(m.quantity, activity.quantity)
    if activity.price:
        set_decimal(m.price, activity.price)
    if activity.time:
        set_time(m.time, activity.time)
    return m
