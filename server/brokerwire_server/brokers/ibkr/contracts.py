"""Our instruments and the broker's contracts: pure functions.

A contract has one symbol here. A share in dollars on an exchange of the United States has the broker's own, with a dot
for its space (BRK.B); one elsewhere says its primary exchange (SAP@IBIS); an option has its OCC symbol, a future its
exchange's (ESZ6), a pair is BASE/QUOTE. Where that names several contracts, their numbers tell them apart: ABC#265598.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.instruments import (
    AssetClass,
    FutureContract,
    Instrument,
    InstrumentDetails,
    OptionContract,
    OptionType,
    PriceTick,
    option_of,
)

CLASSES: Mapping[str, AssetClass] = {
    "STK": AssetClass.EQUITY,
    "OPT": AssetClass.OPTION,
    "FUT": AssetClass.FUTURE,
    "CASH": AssetClass.FOREX,
    "CRYPTO": AssetClass.CRYPTO,
}
"""Contract.secType, of what is supported."""

SMART = "SMART"
FOREX_EXCHANGE = "IDEALPRO"
CRYPTO_EXCHANGES = ("PAXOS", "ZEROHASH")
"""Where an account's crypto trades depends on when it was permitted (reference: contract examples)."""

US_EXCHANGES = frozenset(
    (
        *("AMEX", "ARCA", "BATS", "BEX", "BYX", "CBOE", "CHX", "EDGEA", "EDGX", "IEX"),
        *("ISLAND", "LTSE", "MEMX", "NASDAQ", "NYSE", "NYSENAT", "PEARL", "PINK", "PSX"),
    )
)
"""Primary exchanges whose shares need no exchange in their symbol."""

MARKET_CODES: Mapping[str, str] = {
    # ISO 10383, as far as a caller is likely to direct an order there; the broker's own names are taken as they are.
    "XNAS": "ISLAND",
    "XNYS": "NYSE",
    "ARCX": "ARCA",
    "XASE": "AMEX",
    "BATS": "BATS",
    "IEXG": "IEX",
    "XCME": "CME",
    "XCBT": "CBOT",
    "XNYM": "NYMEX",
    "XCEC": "COMEX",
}

_MONTHS = "FGHJKMNQUVXZ"
_FUTURE = re.compile(rf"([A-Z0-9]{{1,8}})([{_MONTHS}])(\d{{1,2}})", re.ASCII)
_BY_NUMBER = re.compile(r".+#(\d{1,10})", re.ASCII)
_STANDARD_MULTIPLIER = Decimal(100)


def contract_number(symbol: str) -> int:
    """Return the conId that a symbol names, 0 where it names none."""
    match = _BY_NUMBER.fullmatch(symbol)
    return int(match[1]) if match else 0


def by_number(con_id: int) -> Any:  # noqa: ANN401
    """Return the question for one contract."""
    return library.Contract(conId=con_id)


def questions(symbol: str, asset_class: AssetClass, year: int) -> Iterator[Any]:
    """Yield the contracts to ask for, one after the other until the broker knows one. `year` is the present one."""
    match asset_class:
        case AssetClass.EQUITY:
            yield from _shares(symbol)
        case AssetClass.OPTION:
            yield from _options(symbol)
        case AssetClass.FUTURE:
            yield from _futures(symbol, year)
        case AssetClass.FOREX | AssetClass.CRYPTO:
            yield from _pairs(symbol, asset_class)


def _shares(symbol: str) -> Iterator[Any]:
    name, at, primary = symbol.partition("@")
    if not at:
        yield _contract("STK", name.replace(".", " "), SMART, currency="USD")
        return
    for spelling in dict.fromkeys((name, name.replace(".", " "))):
        yield _contract("STK", spelling, SMART, primaryExchange=primary)
        yield _contract("STK", spelling, primary)


def _options(symbol: str) -> Iterator[Any]:
    terms = option_of(symbol)
    if terms is None:
        return
    yield _contract(
        "OPT",
        terms.underlying,
        SMART,
        currency="USD",
        lastTradeDateOrContractMonth=terms.expiration.replace("-", ""),
        strike=terms.strike,
        right="C" if terms.type is OptionType.CALL else "P",
        multiplier=str(_STANDARD_MULTIPLIER),
        tradingClass=terms.underlying,
    )
    # A root that is no symbol, such as SPXW, and an adjusted contract.
    local = symbol[: len(symbol) - 15].ljust(6) + symbol[-15:]
    yield _contract("OPT", "", SMART, currency="USD", localSymbol=local)


def _futures(symbol: str, year: int) -> Iterator[Any]:
    match = _FUTURE.fullmatch(symbol)
    if match is None:
        return
    yield _contract("FUT", "", "", localSymbol=symbol)
    root, month, digits = match.groups()
    while str(year)[-len(digits) :] != digits:
        year += 1
    yield _contract("FUT", root, "", lastTradeDateOrContractMonth=f"{year}{_MONTHS.index(month) + 1:02d}")


def _pairs(symbol: str, asset_class: AssetClass) -> Iterator[Any]:
    base, slash, quote = symbol.partition("/")
    if not (base and slash and quote):
        return
    if asset_class is AssetClass.FOREX:
        yield _contract("CASH", base, FOREX_EXCHANGE, currency=quote)
        return
    for exchange in CRYPTO_EXCHANGES:
        yield _contract("CRYPTO", base, exchange, currency=quote)


def _contract(kind: str, symbol: str, exchange: str, **fields: object) -> Any:  # noqa: ANN401
    return library.Contract(secType=kind, symbol=symbol, exchange=exchange, **fields)


def symbol_of(contract: Any, month: str = "") -> str:  # noqa: ANN401
    """Return the one symbol of a contract; `month` (YYYYMM) is a future's, where its own symbol does not say."""
    match CLASSES.get(contract.secType):
        case AssetClass.OPTION if _has_occ_symbol(contract):
            return "".join(contract.localSymbol.split())
        case AssetClass.FUTURE:
            return _future_symbol(contract, month)
        case AssetClass.FOREX | AssetClass.CRYPTO:
            return f"{contract.symbol}/{contract.currency}"
        case AssetClass.EQUITY:
            name = contract.symbol.replace(" ", ".")
            primary = contract.primaryExchange or ("" if contract.exchange == SMART else contract.exchange)
            local = contract.currency == "USD" and (not primary or primary in US_EXCHANGES)
            return name if local or not primary else f"{name}@{primary}"
    return f"{contract.symbol.replace(' ', '.') or contract.secType}#{contract.conId}"


def _has_occ_symbol(contract: Any) -> bool:  # noqa: ANN401
    return contract.currency == "USD" and option_of("".join(contract.localSymbol.split())) is not None


def _future_symbol(contract: Any, month: str) -> str:  # noqa: ANN401
    if _FUTURE.fullmatch(contract.localSymbol):
        return str(contract.localSymbol)
    stamp = month or contract.lastTradeDateOrContractMonth
    return f"{contract.tradingClass or contract.symbol}{_MONTHS[int(stamp[4:6]) - 1]}{stamp[3:4]}".replace(" ", ".")


def instrument_of(contract: Any, *, symbol: str = "", magnifier: int = 1, month: str = "") -> Instrument:  # noqa: ANN401
    """Return the instrument of a contract. Raises `ValueError` for a kind that is not supported.

    `magnifier` is how many units of the price make one of money: 100 for what is quoted in cents. Only a contract's
    details have it, so a position's or an order's contract is looked up first.
    """
    asset_class = CLASSES.get(contract.secType)
    if asset_class is None:
        raise ValueError(f"contracts of the kind {contract.secType!r} are not supported")
    multiplier = (number(contract.multiplier) or ONE) / max(magnifier, 1)
    option = future = None
    if asset_class is AssetClass.OPTION:
        option = OptionContract(
            underlying=contract.symbol,
            type=OptionType.PUT if contract.right.startswith("P") else OptionType.CALL,
            strike=number(contract.strike) or ZERO,
            expiration=iso_date(contract.lastTradeDateOrContractMonth),
            multiplier=multiplier,
        )
    elif asset_class is AssetClass.FUTURE:
        future = FutureContract(
            root=contract.tradingClass or contract.symbol,
            expiration=iso_date(contract.lastTradeDateOrContractMonth),
            multiplier=multiplier,
        )
    routed = asset_class in (AssetClass.EQUITY, AssetClass.OPTION)
    return Instrument(
        symbol=symbol or symbol_of(contract, month),
        asset_class=asset_class,
        exchange="" if routed else contract.exchange,
        currency=contract.currency or "USD",
        option=option,
        future=future,
    )


def number(value: object) -> Decimal | None:
    """Return a number of a contract, which may be text; `None` where there is none."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value or "").strip()
    return Decimal(text) if text and Decimal(text).is_finite() else None


def iso_date(stamp: str) -> str:
    """Return the day of YYYYMMDD, with or without a time, as an ISO date; a mere month is given its first."""
    digits = stamp.replace("-", "")[:8].strip()
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8] or '01'}"


def route_of(details: Any) -> str:  # noqa: ANN401
    """Return the exchange that orders and questions about a contract go to."""
    exchanges = details.validExchanges.split(",")
    contract = details.contract
    if SMART in exchanges:
        return SMART
    return str(contract.exchange or contract.primaryExchange or exchanges[0])


def rule_of(details: Any, exchange: str) -> int | None:  # noqa: ANN401
    """Return the id of the market rule of an exchange: the two lists go together."""
    exchanges, rules = details.validExchanges.split(","), details.marketRuleIds.split(",")
    if len(exchanges) != len(rules) or exchange not in exchanges:
        return None
    rule = rules[exchanges.index(exchange)]
    return int(rule) if rule.isdecimal() else None


def details_of(details: Any, symbol: str, rule: Sequence[tuple[Decimal, Decimal]]) -> InstrumentDetails:  # noqa: ANN401
    """Return a contract's rules. `rule` are its price steps, (lowest price, step); without them minTick counts.

    Sizes come from server version 164 on; without them quantities are whole. Whether an account may trade fractions of
    what has a fractional step, and borrow what it sells short, the broker says with the order.
    """
    contract = details.contract
    steps = [PriceTick(low, step) for low, step in sorted(rule) if step > ZERO]
    if not steps:
        steps = [PriceTick(ZERO, number(details.minTick) or Decimal("0.01"))]
    instrument = instrument_of(
        contract, symbol=symbol, magnifier=int(details.priceMagnifier or 1), month=details.contractMonth
    )
    increment = number(details.sizeIncrement) or ONE
    pair = instrument.asset_class in (AssetClass.FOREX, AssetClass.CRYPTO)
    return InstrumentDetails(
        instrument=instrument,
        name=details.longName,
        ticks=tuple(steps),
        quantity_increment=increment,
        minimum_quantity=number(details.minSize) or increment,
        shortable=instrument.asset_class is not AssetClass.CRYPTO,
        fractionable=increment < ONE,
        marginable=not pair,
    )
