"""Messages about contracts."""

from collections.abc import Sequence
from datetime import date, timedelta

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.messages import Fields
from brokerwire_sandbox.tws.wire import UNSET_INTEGER, number

_HOURS = {
    "STK": ("0400", "2000", "0930", "1600"),
    "OPT": ("0930", "1600", "0930", "1600"),
    "FUT": ("1700", "1600", "0830", "1600"),
    "CASH": ("1715", "1700", "1715", "1700"),
    "CRYPTO": ("0000", "2359", "0000", "2359"),
}


def contract_details(contract: Contract, request_id: int, today: date, version: int) -> Fields:
    """Return contractDetails (10)."""
    head = ["10"] if version >= 164 else ["10", "8"]
    trading, liquid = _sessions(contract, today)
    expiry = " ".join(filter(None, (contract.expiry, contract.last_trade_time)))
    fields = [
        *head,
        str(request_id),
        contract.symbol,
        contract.security,
        expiry,
        number(contract.strike),
        contract.right,
        contract.exchange,
        contract.currency,
        contract.local_symbol,
        contract.market_name,
        contract.trading_class,
        str(contract.con_id),
        number(contract.min_tick),
        *([] if version >= 164 else [""]),
        contract.multiplier,
        contract.order_types,
        ",".join(contract.exchanges),
        "1",
        str(contract.under_con_id),
        contract.long_name,
        contract.primary_exchange,
        contract.expiry[:6],
        contract.industry,
        contract.category,
        contract.subcategory,
        contract.time_zone,
        trading,
        liquid,
        "",
        "",
        *(["1", "ISIN", contract.isin] if contract.isin else ["0"]),
        "1" if contract.security == "STK" else UNSET_INTEGER,
        contract.under_symbol,
        contract.under_security,
        ",".join(str(contract.market_rule) for _ in contract.exchanges),
        contract.expiry,
        contract.stock_type,
    ]
    sizes = [number(contract.min_size), number(contract.size_increment)]
    suggested = "100" if contract.security == "STK" else number(contract.size_increment)
    if version >= 164:
        return [*fields, *sizes, suggested]
    return [*fields, suggested] if version == 163 else fields


def symbol_samples(contracts: Sequence[Contract], request_id: int, version: int) -> Fields:
    """Return symbolSamples (79)."""
    fields = ["79", str(request_id), str(len(contracts))]
    for contract in contracts:
        fields += [
            str(contract.con_id),
            contract.symbol,
            contract.security,
            contract.primary_exchange,
            contract.currency,
        ]
        fields += ["2", "OPT", "FUT"] if contract.security == "STK" else ["0"]
        if version >= 176:
            fields += [contract.long_name, ""]
    return fields


def option_parameters(options: Sequence[Contract], exchange: str, request_id: int) -> Fields:
    """Return securityDefinitionOptionParameter (75) of one exchange."""
    first = options[0]
    expiries = sorted({option.expiry for option in options})
    strikes = sorted({option.strike for option in options})
    fields = ["75", str(request_id), exchange, str(first.under_con_id), first.trading_class, first.multiplier]
    return [*fields, str(len(expiries)), *expiries, str(len(strikes)), *map(number, strikes)]


def _sessions(contract: Contract, today: date) -> tuple[str, str]:
    """Return the coming days' trading and liquid hours."""
    opening, closing, first, last = _HOURS[contract.security]
    trading, liquid = [], []
    for day in (today + timedelta(days=n) for n in range(6)):
        shown = f"{day:%Y%m%d}"
        if day.weekday() > 4 and contract.security != "CRYPTO":
            trading.append(f"{shown}:CLOSED")
            liquid.append(f"{shown}:CLOSED")
            continue
        before = f"{day - timedelta(days=opening > closing):%Y%m%d}"
        trading.append(f"{before}:{opening}-{shown}:{closing}")
        liquid.append(f"{before if first > last else shown}:{first}-{shown}:{last}")
    return ";".join(trading), ";".join(liquid)
