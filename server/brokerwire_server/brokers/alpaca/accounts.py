"""Alpaca's account, positions and history in our terms: pure functions, driven by tables."""

from collections.abc import Iterable
from decimal import Decimal

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.mapping import exact
from brokerwire_server.brokers.alpaca.symbols import instrument_of
from brokerwire_server.domain.accounts import (
    Account,
    AccountState,
    AccountStatus,
    AccountType,
    Activity,
    ActivityType,
    Balances,
)
from brokerwire_server.domain.connections import ConnectionSpec
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.positions import Position

OPTIONS_LEVEL = "options_trading_level"
CRYPTO_STATUS = "crypto_status"

_ACTIVITIES: dict[str, ActivityType] = {
    # Trading API specification, ActivityType.
    "CSD": ActivityType.DEPOSIT,
    "CSW": ActivityType.WITHDRAWAL,
    "FEE": ActivityType.FEE,
    "CFEE": ActivityType.FEE,
    "PTC": ActivityType.FEE,
    "DIVFEE": ActivityType.FEE,
    "INT": ActivityType.INTEREST,
    "INTNRA": ActivityType.INTEREST,
    "INTTW": ActivityType.INTEREST,
    "MA": ActivityType.CORPORATE_ACTION,
    "NC": ActivityType.CORPORATE_ACTION,
    "OPASN": ActivityType.CORPORATE_ACTION,
    "OPCA": ActivityType.CORPORATE_ACTION,
    "OPEXC": ActivityType.CORPORATE_ACTION,
    "OPEXP": ActivityType.CORPORATE_ACTION,
    "REORG": ActivityType.CORPORATE_ACTION,
    "SPIN": ActivityType.CORPORATE_ACTION,
    "SPLIT": ActivityType.CORPORATE_ACTION,
    "SC": ActivityType.CORPORATE_ACTION,
    "SSO": ActivityType.CORPORATE_ACTION,
    "SSP": ActivityType.CORPORATE_ACTION,
}
_TRANSFERS = frozenset({"TRANS", "JNL", "JNLC"})
"""Cash that goes either way; its sign tells which."""


def account_of(found: wire.Account, spec: ConnectionSpec) -> Account:
    """Return the account of a connection. What its capabilities depend on is kept in `settings`."""
    level = str(found.options_trading_level or 0)
    crypto = found.crypto_status or ""
    return Account(
        account_id=spec.connection_id,
        connection_id=spec.connection_id,
        broker=spec.broker,
        environment=spec.environment,
        name=spec.display_name or spec.connection_id,
        broker_account_id=found.account_number or found.id,
        type=AccountType.CASH if found.multiplier == ONE else AccountType.MARGIN,
        status=_status(found),
        currency=found.currency or "USD",
        can_short=bool(found.shorting_enabled),
        can_trade_options=level != "0",
        can_trade_crypto=crypto == "ACTIVE",
        open_time=wire.nanos(found.created_at),
        settings={OPTIONS_LEVEL: level, CRYPTO_STATUS: crypto},
    )


def _status(found: wire.Account) -> AccountStatus:
    if found.status in ("ACCOUNT_CLOSED", "CLOSED"):
        return AccountStatus.CLOSED
    blocked = found.trading_blocked or found.account_blocked or found.trade_suspended_by_user
    return AccountStatus.RESTRICTED if blocked or found.status != "ACTIVE" else AccountStatus.ACTIVE


def restriction(found: wire.Account) -> str:
    """Return why the account may not trade, in words, or nothing."""
    if found.trade_suspended_by_user:
        return "trading is suspended in the account's own configuration: set suspend_trade to false at Alpaca"
    if found.trading_blocked or found.account_blocked:
        return "Alpaca has blocked trading in this account: ask its support"
    return "" if found.status == "ACTIVE" else f"the account is {found.status}, not ACTIVE: complete it at Alpaca"


def account_state(found: wire.Account, account: Account, time: int, held: Iterable[wire.Position] = ()) -> AccountState:
    """Return the balances. Alpaca states no settled or withdrawable cash, nothing reserved: those stay 0."""
    equity = exact(found.equity)
    unrealized = sum((exact(position.unrealized_pl) for position in held), ZERO)
    balances = Balances(
        currency=account.currency,
        cash=exact(found.cash),
        buying_power=exact(found.buying_power),
        day_trading_buying_power=exact(found.daytrading_buying_power),
        multiplier=exact(found.multiplier) or ONE,
        equity=equity,
        long_market_value=exact(found.long_market_value),
        short_market_value=exact(found.short_market_value),
        initial_margin=exact(found.initial_margin),
        maintenance_margin=exact(found.maintenance_margin),
        day_profit_loss=equity - exact(found.last_equity) if found.last_equity is not None else ZERO,
        unrealized_profit_loss=unrealized,
    )
    return AccountState(account=account, balances=balances.derived(), time=time)


def position_of(found: wire.Position, account_id: str) -> Position:
    """Return a holding: quantity and average cost."""
    return Position(
        account_id=account_id,
        instrument=instrument_of(found.symbol, found.asset_class),
        quantity=exact(found.qty),
        average_cost=abs(exact(found.avg_entry_price)),
    )


def activity_of(found: wire.Activity, account_id: str) -> Activity | None:
    """Return a movement of cash or shares; `None` for one that was called off or is an execution."""
    if found.activity_type == "FILL" or found.status in ("canceled", "pending"):
        return None
    amount = exact(found.net_amount)
    words = (found.activity_type, found.activity_sub_type, found.description, found.status)
    return Activity(
        activity_id=found.id,
        account_id=account_id,
        type=_activity_type(found.activity_type, amount),
        amount=amount,
        currency=found.currency or "USD",
        symbol=found.symbol or "",
        quantity=exact(found.qty),
        price=exact(found.price if found.price is not None else found.per_share_amount),
        description=" ".join(word for word in words if word)[:500],
        time=wire.nanos(found.transaction_time) or wire.nanos(found.created_at) or wire.nanos(found.date),
    )


def _activity_type(name: str, amount: Decimal) -> ActivityType:
    if name in _TRANSFERS:
        return ActivityType.DEPOSIT if amount >= ZERO else ActivityType.WITHDRAWAL
    if name.startswith("DIV") and name not in _ACTIVITIES:
        return ActivityType.DIVIDEND
    return _ACTIVITIES.get(name, ActivityType.ADJUSTMENT)
