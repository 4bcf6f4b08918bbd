"""Account, positions and portfolio history as the service shows them."""

from collections import deque
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.formats import SECOND, new_york, nine, number, parse_time, rfc3339_micro
from brokerwire_sandbox.alpaca.state import ACCOUNT, State
from brokerwire_server.domain.accounts import Balances
from brokerwire_server.domain.decimals import ZERO, divide
from brokerwire_server.domain.positions import Position

_CENT = Decimal("0.01")
_MICRO = Decimal("0.000001")
_TWO = Decimal(2)
_SAMPLE_GAP = 30 * SECOND


class Sample(Struct, frozen=True):
    """The account's value at a moment."""

    time: int
    equity: Decimal


class Views:
    """Reads the state. With a position lag, positions are shown as they were that long ago."""

    def __init__(self, state: State) -> None:
        """Begin with the account's opening value."""
        self._state = state
        self.samples: list[Sample] = []
        self._past: deque[tuple[int, dict[str, Position]]] = deque()
        self._seen_executions = -1
        self.day_start = self._balances().equity
        self._day = state.calendar.day_at(state.now).date
        self._lastday: dict[str, Decimal] = {}
        self.sample()

    def sample(self) -> None:
        """Note the present value, now and then, for the portfolio history; and a day's end when it has come."""
        state = self._state
        if state.position_lag and len(state.executions) != self._seen_executions:
            self._seen_executions = len(state.executions)
            self._past.append((state.now, self._positions()))
        if self.samples and state.now - self.samples[-1].time < _SAMPLE_GAP:
            return
        equity = self._balances().equity
        self.samples.append(Sample(state.now, equity))
        day = state.calendar.day_at(state.now).date
        if day != self._day:
            self._day, self.day_start = day, equity
            self._lastday = {a.symbol: price for a in state.assets.listed if (price := state.mark(a)) is not None}

    def account(self) -> dict[str, Any]:
        """Return `/v2/account`."""
        state, balances = self._state, self._balances()
        settings = state.settings
        cash, equity, power = _money(balances.cash), _money(balances.equity), _money(balances.buying_power)
        free = _money(max(equity - balances.initial_margin - balances.reserved, ZERO))
        trading = not state.configuration["suspend_trade"]
        return {
            "id": state.account_id,
            "admin_configurations": {},
            "user_configurations": None,
            "account_number": state.account_number,
            "status": "ACTIVE",
            "crypto_status": "ACTIVE",
            "options_approved_level": settings.options_level,
            "options_trading_level": settings.options_level,
            "currency": "USD",
            "buying_power": number(power),
            "regt_buying_power": number(_money(min(power, free * _TWO))),
            "effective_buying_power": number(power),
            "non_marginable_buying_power": number(free),
            "options_buying_power": number(free),
            "cash": number(cash),
            "accrued_fees": "0",
            "portfolio_value": number(equity),
            "trading_blocked": False,
            "transfers_blocked": False,
            "account_blocked": False,
            "created_at": rfc3339_micro(state.start),
            "trade_suspended_by_user": not trading,
            "multiplier": str(settings.multiplier),
            "shorting_enabled": settings.shorting and not state.configuration["no_shorting"],
            "equity": number(equity),
            "last_equity": number(_money(self.day_start)),
            "long_market_value": number(_money(balances.long_market_value)),
            "short_market_value": number(_money(balances.short_market_value)),
            "position_market_value": number(_money(balances.long_market_value + balances.short_market_value)),
            "initial_margin": number(_money(balances.initial_margin)),
            "maintenance_margin": number(_money(balances.maintenance_margin)),
            "last_maintenance_margin": "0",
            "sma": number(equity),
            "balance_asof": datetime.fromtimestamp(state.now // SECOND - 86_400, UTC).date().isoformat(),
            "crypto_tier": 1,
            "intraday_adjustments": "0",
            "pending_reg_taf_fees": "0",
        }

    def held_assets(self) -> list[Asset]:
        """Return the assets that are held, by symbol."""
        return [asset for asset, _ in self._held()]

    def positions(self) -> list[dict[str, Any]]:
        """Return `/v2/positions`."""
        return [self.position(asset, position) for asset, position in self._held(lagging=True)]

    def position_of(self, asset: Asset) -> dict[str, Any] | None:
        """Return one position, `None` where nothing is held."""
        return next((self.position(a, p) for a, p in self._held(lagging=True) if a is asset), None)

    def position(self, asset: Asset, position: Position) -> dict[str, Any]:
        """Return a position as the service shows it."""
        state = self._state
        quantity, cost = position.quantity, position.cost_basis
        price = state.mark(asset) or position.average_cost
        value = quantity * price * asset.instrument.multiplier
        gain = value - cost
        last = self._lastday.get(asset.symbol) or asset.price or price
        intraday = (price - max(last, ZERO)) * quantity * asset.instrument.multiplier
        bought_today = position.open_time >= state.calendar.day_at(state.now).pre_open
        intraday = gain if bought_today else intraday
        available = state.closable(asset.symbol, buying=quantity < 0)
        return {
            "asset_id": asset.id,
            "symbol": asset.position_symbol,
            "exchange": asset.exchange,
            "asset_class": asset.asset_class,
            "asset_marginable": asset.details.marginable,
            "qty": number(quantity),
            "avg_entry_price": nine(position.average_cost),
            "side": "long" if quantity > 0 else "short",
            "market_value": number(value.quantize(_MICRO)),
            "cost_basis": number(cost.quantize(_MICRO)),
            "unrealized_pl": number(gain.quantize(_MICRO)),
            "unrealized_plpc": _ratio(gain, abs(cost)),
            "unrealized_intraday_pl": number(intraday.quantize(_MICRO)),
            "unrealized_intraday_plpc": _ratio(intraday, abs(cost)),
            "current_price": number(price),
            "lastday_price": number(last),
            "change_today": _ratio(price - last, last),
            "qty_available": number(available if quantity > 0 else -available),
        }

    def _held(self, *, lagging: bool = False) -> list[tuple[Asset, Position]]:
        positions = self._lagged() if lagging else self._positions()
        found = [(self._state.assets.find(s), p) for s, p in sorted(positions.items()) if p.quantity]
        return [(asset, position) for asset, position in found if asset is not None]

    def _positions(self) -> dict[str, Position]:
        ledger = self._state.exchange.ledger(ACCOUNT)
        return {} if ledger is None else dict(ledger.positions)

    def _lagged(self) -> dict[str, Position]:
        lag = int(self._state.position_lag * SECOND)
        if not lag:
            return self._positions()
        self.sample()
        visible = self._state.now - lag
        while len(self._past) > 1 and self._past[1][0] <= visible:
            self._past.popleft()
        return self._past[0][1] if self._past and self._past[0][0] <= visible else {}

    def _balances(self) -> Balances:
        return self._state.exchange.account_state(ACCOUNT).balances


class History(Struct, frozen=True, kw_only=True):
    """A question to `/v2/account/portfolio/history`; times in nanoseconds, `step` in seconds."""

    start: int
    end: int
    step: int
    name: str


_PERIODS = {"D": 1, "W": 7, "M": 30, "A": 365}
_STEPS = {"1Min": 60, "5Min": 300, "15Min": 900, "1H": 3600, "1D": 86_400}


def read_history(now: int, parameters: dict[str, str]) -> History:
    """Read the query. Raises `ValueError` where a parameter is wrong."""
    period = parameters.get("period") or "1M"
    days = int(period[:-1]) * _PERIODS[period[-1]] if period != "all" else 365
    name = parameters.get("timeframe") or ("1D" if days >= 30 else "15Min" if days > 1 else "1Min")
    last = parameters.get("end") or parameters.get("date_end")
    first = parameters.get("start")
    end = parse_time(last) if last else now
    start = parse_time(first) if first else end - days * 86_400 * SECOND
    step = _STEPS[name]
    if (end - start) // SECOND // step > 20_000:
        raise ValueError("too many points")
    return History(start=start, end=end, step=step, name=name)


def history_json(views: Views, query: History, flows: list[tuple[str, int, Decimal]]) -> dict[str, Any]:
    """Return the account's value at each step at which it was open; `flows` are kind, time and amount."""
    samples = views.samples
    step = query.step * SECOND
    times, equity = [], []
    index, moment = 0, max(query.start, samples[0].time) // step * step
    while moment <= query.end:
        while index + 1 < len(samples) and samples[index + 1].time < moment + step:
            index += 1
        times.append(moment // SECOND)
        equity.append(samples[index].equity)
        moment += step
    base = samples[0].equity
    profit = [value - base for value in equity]
    return {
        "timestamp": times,
        "equity": [_float(value) for value in equity],
        "profit_loss": [_float(value) for value in profit],
        "profit_loss_pct": [_float(divide(p, base), 4) if base else 0 for p in profit],
        "base_value": _float(base),
        "base_value_asof": new_york(samples[0].time).date().isoformat(),
        "timeframe": query.name,
        "cashflow": _cash_flows(times, query.step, flows),
    }


def _cash_flows(times: list[int], step: int, flows: list[tuple[str, int, Decimal]]) -> dict[str, list[float]]:
    result: dict[str, list[float]] = {}
    for kind, time, amount in flows:
        row = result.setdefault(kind, [0.0] * len(times))
        for index, start in enumerate(times):
            if start <= time // SECOND < start + step:
                row[index] += _float(amount)
    return result


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)


def _float(amount: Decimal, digits: int = 2) -> float:
    """The one place where the service itself answers in JSON numbers."""
    return round(float(amount), digits)


def _ratio(part: Decimal, whole: Decimal) -> str | None:
    return number(divide(part, whole).quantize(_MICRO)) if whole else "0"
