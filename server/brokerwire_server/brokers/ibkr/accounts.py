"""Account values in our terms, and the reader that gets them: one question per account, several accounts on one login.

The values come as rows of key, text and currency (IBApi, account values). Totals carry the account's own currency, the
ledger has one row per currency and one, BASE, for all of them.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.brokers.ibkr.asking import collect
from brokerwire_server.brokers.ibkr.fields import number
from brokerwire_server.brokers.ibkr.session import Message, Session, Subscription
from brokerwire_server.domain.accounts import Account, AccountState, AccountType, Balances, CurrencyBalance, per_equity
from brokerwire_server.domain.connections import ConnectionSpec
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.errors import UnavailableError

BASE = "BASE"

_POSITIONS = (
    # What the ledger counts as positions, by kind.
    "StockMarketValue",
    "OptionMarketValue",
    "FutureOptionValue",
    "FundValue",
    "MutualFundValue",
    "MoneyMarketFundValue",
    "CorporateBondValue",
    "TBondValue",
    "TBillValue",
    "WarrantValue",
    "IssuerOptionValue",
    "Cryptocurrency",
)

_FUTURES = "FuturesPNL"
"""What open futures gained or lost: the rest of their value is not the account's."""

Rows = Mapping[tuple[str, str], str]
"""Texts by key and currency; the currency is empty for what is no amount."""


class ProfitLoss(Struct, frozen=True):
    """An account's gains as the broker streams them (pnl); `None` where it does not say."""

    daily: Decimal | None = None
    unrealized: Decimal | None = None
    realized: Decimal | None = None


class Accounts:
    """Reads the accounts of one login."""

    def __init__(self, session: Session, spec: ConnectionSpec) -> None:
        """Ask through `session`."""
        self._session = session
        self._spec = spec
        self._gains: dict[str, ProfitLoss] = {}
        self._streams: dict[str, Subscription] = {}

    def account_id(self, broker_account_id: str) -> str:
        """Return our id of one of the broker's accounts."""
        return f"{self._spec.connection_id}-{broker_account_id}".lower()

    def broker_account_id(self, account_id: str) -> str:
        """Return the broker's id of an account. Raises `UnavailableError` where the login does not have it."""
        for one in self._session.accounts:
            if self.account_id(one) == account_id:
                return one
        raise UnavailableError("BROKER_UNAVAILABLE", f"the login does not have the account {account_id}")

    async def state(self, account_id: str, time: int) -> AccountState:
        """Return an account with its balances; `time` is the broker's clock before this.

        Raises `UnavailableError` where what comes is not whole, and what `collect` raises.
        """
        number = self.broker_account_id(account_id)
        self._follow_gains(number)
        answers = await collect(
            self._session,
            ("reqAccountUpdatesMulti", "cancelAccountUpdatesMulti"),
            (number, "", False),
            answers=("accountUpdateMulti",),
            end="accountUpdateMultiEnd",
        )
        rows = rows_of(answers)
        account = account_of(number, self.account_id(number), rows, self._spec)
        return AccountState(account=account, balances=balances_of(rows, self._gains.get(number)), time=time)

    def close(self) -> None:
        """End the streams of gains."""
        for stream in self._streams.values():
            stream.cancel()
        self._streams.clear()

    def _follow_gains(self, account: str) -> None:
        """Have the day's gains streamed; they are not among the account's values."""
        if account in self._streams:
            return

        def take(message: Message) -> None:
            if message.name == "pnl":
                daily, unrealized, realized = (_amount(value) for value in message.arguments[1:4])
                self._gains[account] = ProfitLoss(daily, unrealized, realized)

        self._streams[account] = self._session.subscribe(
            "reqPnL", "cancelPnL", account, "", on=take, on_error=lambda _: self._forget_gains(account)
        )

    def _forget_gains(self, account: str) -> None:
        self._gains.pop(account, None)


def _amount(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def rows_of(answers: Iterable[Message]) -> Rows:
    """Return accountUpdateMulti messages (request, account, model, key, value, currency) as rows; the latest counts."""
    rows: dict[tuple[str, str], str] = {}
    for answer in answers:
        key, value, currency = (str(one) for one in answer.arguments[3:6])
        rows[key, currency] = value
    return rows


def account_of(number: str, account_id: str, rows: Rows, spec: ConnectionSpec) -> Account:
    """Return the account. The broker states no permissions: an order without one is refused, with its reason."""
    kind = _kind(rows)
    return Account(
        account_id=account_id,
        connection_id=spec.connection_id,
        broker=spec.broker,
        environment=spec.environment,
        name=f"{spec.display_name or spec.connection_id} {number[-4:]}",
        broker_account_id=number,
        type=kind,
        currency=_total(rows, "NetLiquidation")[1],
        can_short=kind is AccountType.MARGIN,
        can_trade_options=True,
        can_trade_crypto=True,
    )


def _kind(rows: Rows) -> AccountType:
    texts = {key: value.upper() for (key, _), value in rows.items() if key in ("AccountType", "TradingType-S")}
    if "IRA" in texts.get("AccountType", "").replace("-", " ").split():
        return AccountType.IRA
    return AccountType.CASH if "CASH" in texts.get("TradingType-S", "") else AccountType.MARGIN


def balances_of(rows: Rows, gains: ProfitLoss | None = None) -> Balances:
    """Return the balances. Raises `UnavailableError` where the broker says that they are not ready, or totals lack.

    Nothing is stated of withdrawable cash and of what orders reserve (the margins include them): those stay 0. Realised
    gains are the day's. Long and short value follow from the gross and the net value of positions.
    """
    if any(key == "AccountReady" and value == "false" for (key, _), value in rows.items()):
        raise UnavailableError("BROKER_UNAVAILABLE", "Interactive Brokers is restarting: the account is not ready")
    equity, currency = _total(rows, "NetLiquidation")
    cash, _ = _total(rows, "TotalCashValue")
    initial, _ = _total(rows, "InitMarginReq")
    maintenance, _ = _total(rows, "MaintMarginReq")
    power, _ = _total(rows, "BuyingPower")
    funds, excess = _any(rows, "AvailableFunds"), _any(rows, "ExcessLiquidity")
    gross, net = _any(rows, "GrossPositionValue") or ZERO, _held(rows, BASE) or ZERO
    gains = gains or ProfitLoss()
    unrealized = _any(rows, "UnrealizedPnL", BASE) if gains.unrealized is None else gains.unrealized
    realized = _any(rows, "RealizedPnL", BASE) if gains.realized is None else gains.realized
    return Balances(
        currency=currency,
        cash=cash,
        settled_cash=_any(rows, "SettledCash") or ZERO,
        buying_power=power,
        day_trading_buying_power=power,
        multiplier=max((power / funds).quantize(ONE), ONE) if funds and funds > ZERO else ONE,
        equity=equity,
        long_market_value=max((gross + net) / 2, ZERO),
        short_market_value=min((net - gross) / 2, ZERO),
        initial_margin=initial,
        maintenance_margin=maintenance,
        day_profit_loss=gains.daily or ZERO,
        realized_profit_loss=realized or ZERO,
        unrealized_profit_loss=unrealized or ZERO,
        available_funds=funds,
        excess_liquidity=excess,
        cushion=_first(_any(rows, "Cushion", ""), per_equity(excess, equity) if excess is not None else None),
        leverage=_first(_any(rows, "Leverage-S", ""), _any(rows, "Leverage", ""), per_equity(gross, equity)),
        currencies=currencies_of(rows),
    )


def currencies_of(rows: Rows) -> tuple[CurrencyBalance, ...]:
    """Return the ledger, by currency."""
    codes = sorted({currency for key, currency in rows if key in ("CashBalance", "TotalCashBalance")} - {BASE, ""})
    return tuple(
        CurrencyBalance(
            currency=code,
            cash=_first(_any(rows, "TotalCashBalance", code), _any(rows, "CashBalance", code)) or ZERO,
            market_value=_held(rows, code, _FUTURES),
            net_value=_any(rows, "NetLiquidationByCurrency", code),
            exchange_rate=_any(rows, "ExchangeRate", code),
            realized_profit_loss=_any(rows, "RealizedPnL", code),
            unrealized_profit_loss=_any(rows, "UnrealizedPnL", code),
        )
        for code in codes
    )


def _held(rows: Rows, currency: str, *more: str) -> Decimal | None:
    """Return the value of positions in a currency of the ledger; `None` where it has no line on them."""
    values = [value for key in (*_POSITIONS, *more) if (value := _any(rows, key, currency)) is not None]
    return sum(values, ZERO) if values else None


def _total(rows: Rows, key: str) -> tuple[Decimal, str]:
    """Return an account's total and its currency. Raises `UnavailableError` where it lacks: it is never taken as 0."""
    for (name, currency), text in rows.items():
        if name == key and currency not in ("", BASE) and (value := number(text)) is not None:
            return value, currency
    raise UnavailableError("BROKER_UNAVAILABLE", f"Interactive Brokers did not state the account's {key}")


def _any(rows: Rows, key: str, currency: str | None = None) -> Decimal | None:
    """Return a number, in one currency or in whatever one it is."""
    for (name, where), text in rows.items():
        if name == key and (where == currency if currency is not None else where != BASE):
            return number(text)
    return None


def _first(*values: Decimal | None) -> Decimal | None:
    return next((value for value in values if value is not None), None)
