"""Accounts, balances and activities as messages."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from msgspec.structs import replace

from brokerwire.v1 import accounts_pb2
from brokerwire_server.api.convert.enums import ACCOUNT_STATUS, ACCOUNT_TYPE, ACTIVITY_TYPE, ENVIRONMENT
from brokerwire_server.api.convert.values import NANOS, decimal_text, set_date, set_decimal, set_money, set_time
from brokerwire_server.domain.accounts import (
    Account,
    AccountState,
    AccountStatus,
    AccountType,
    Activity,
    Balances,
    CurrencyBalance,
    per_equity,
)
from brokerwire_server.domain.decimals import ZERO

_APART = ("currencies", "day_trading_buying_power")
_AMOUNTS = tuple(
    name
    for name in Balances.__struct_fields__
    if name in accounts_pb2.Balances.DESCRIPTOR.fields_by_name and name not in _APART
)
_RATIOS = ("multiplier", "cushion", "leverage")
_OF_CURRENCY = tuple(name for name in CurrencyBalance.__struct_fields__ if name != "currency")
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
        set_decimal_of(m, name, getattr(balances, name))
    m.reserved_cash.value = decimal_text(balances.reserved)
    m.available_cash.value = decimal_text(balances.cash - balances.reserved)
    m.market_value.value = decimal_text(balances.long_market_value + balances.short_market_value)
    m.margin_balance.value = decimal_text(max(-balances.cash, ZERO))
    if kind is AccountType.MARGIN:
        m.margin_buying_power.value = decimal_text(balances.buying_power)
        m.day_trading_buying_power.value = decimal_text(balances.day_trading_buying_power)
    for one in sorted(balances.currencies, key=lambda c: c.currency):
        part = m.currencies.add(currency_code=one.currency)
        for name in _OF_CURRENCY:
            set_decimal_of(part, name, getattr(one, name))
        if one.net_value is not None and one.exchange_rate is not None:
            set_decimal(part.net_value_converted, one.net_value * one.exchange_rate)
    if time:
        set_time(m.update_time, time)


def set_decimal_of(m: accounts_pb2.Balances | accounts_pb2.CurrencyBalance, name: str, value: Decimal | None) -> None:
    """Write the number of a field where there is one; touching it would make it present."""
    if value is not None:
        getattr(m, name).value = decimal_text(value)


def sum_balances(states: Iterable[tuple[AccountType, AccountState]]) -> list[accounts_pb2.Balances]:
    """Return one sum per currency, ordered by its code."""
    groups: dict[str, list[AccountState]] = {}
    for _, state in states:
        groups.setdefault(state.balances.currency, []).append(state)
    messages = []
    for currency, group in sorted(groups.items()):
        m = accounts_pb2.Balances()
        total = _sum_of(currency, [state.balances for state in group])
        fill_balances(m, total, max(state.time for state in group), AccountType.MARGIN)
        m.ClearField("multiplier")
        messages.append(m)
    return messages


def _sum_of(currency: str, parts: list[Balances]) -> Balances:
    """Return the sum of balances in one currency; what one of them lacks, the sum lacks."""
    names = [name for name in (*_AMOUNTS, "reserved", "day_trading_buying_power") if name not in _RATIOS]
    total = {name: _plus(getattr(part, name) for part in parts) for name in names}
    currencies: dict[str, list[CurrencyBalance]] = {}
    for part in parts:
        for one in part.currencies:
            currencies.setdefault(one.currency, []).append(one)
    whole = Balances(
        currency=currency,
        currencies=tuple(_sum_of_currency(code, some) for code, some in currencies.items()),
        **total,  # type: ignore[arg-type] # only fields that may be None can be
    )
    gross = [part.leverage * part.equity for part in parts if part.leverage is not None]
    return replace(
        whole,
        cushion=None if whole.excess_liquidity is None else per_equity(whole.excess_liquidity, whole.equity),
        leverage=per_equity(sum(gross, ZERO), whole.equity) if len(gross) == len(parts) else None,
    )


def _sum_of_currency(code: str, parts: list[CurrencyBalance]) -> CurrencyBalance:
    names = [name for name in _OF_CURRENCY if name != "exchange_rate"]
    total = {name: _plus(getattr(part, name) for part in parts) for name in names}
    rates = {part.exchange_rate for part in parts}
    rate = rates.pop() if len(rates) == 1 else None
    return CurrencyBalance(currency=code, exchange_rate=rate, **total)  # type: ignore[arg-type]


def _plus(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


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
