"""The contracts that every sandbox lists, with plausible, invented prices; ids of well-known ones are the real ones."""

from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.option_model import greeks

_CENT = Decimal("0.01")
_STOCK_TYPES = (
    "ACTIVETIM,AD,ADJUST,ALERT,ALGO,ALLOC,AON,AVGCOST,BASKET,BENCHPX,CASHQTY,COND,CONDORDER,DAY,DEACT,DIS,DUR,GAT,GTC,"
    "GTD,GTT,HID,IBKRATS,ICE,IOC,LIT,LMT,LOC,MIDPX,MIT,MKT,MOC,MTL,NGCOMB,NONALGO,OCA,OPG,PEGBENCH,PEGMID,POSTONLY,REL,"
    "RTH,SCALE,STP,STPLMT,SWEEP,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
)
_FUTURE_TYPES = "ACTIVETIM,AD,ALERT,ALGO,ALLOC,COND,DAY,GTC,GTD,ICE,IOC,LIT,LMT,MIT,MKT,MTL,OCA,STP,STPLMT,TRAIL,WHATIF"
_OPTION_TYPES = (
    "ACTIVETIM,AD,ALERT,ALGO,AON,COND,DAY,FOK,GTC,GTD,ICE,IOC,LIT,LMT,MIT,MKT,OCA,OPENCLOSE,STP,TRAIL,WHATIF"
)
_CASH_TYPES = "ACTIVETIM,AD,ADJUST,ALERT,ALGO,ALLOC,COND,DAY,GTC,GTD,IOC,LIT,LMT,MIT,MKT,OCA,STP,STPLMT,TRAIL,WHATIF"
_CRYPTO_TYPES = "ALERT,CASHQTY,DAY,GTC,IOC,LMT,MKT,WHATIF"
_STOCK_VENUES = (
    "SMART",
    "AMEX",
    "NYSE",
    "CBOE",
    "PHLX",
    "ISE",
    "CHX",
    "ARCA",
    "NASDAQ",
    "ISLAND",
    "BATS",
    "IEX",
    "EDGX",
)
_OPTION_VENUES = ("SMART", "AMEX", "CBOE", "PHLX", "PSE", "ISE", "BOX", "BATS", "NASDAQOM", "MIAX")
_STRIKES = tuple(Decimal(strike) for strike in range(180, 285, 5))
_MONTH_CODES = "FGHJKMNQUVXZ"

MARKET_RULES: dict[int, tuple[tuple[Decimal, Decimal], ...]] = {
    26: ((Decimal(0), _CENT),),
    32: ((Decimal(0), Decimal("0.01")), (Decimal(3), Decimal("0.05"))),
    67: ((Decimal(0), Decimal("0.25")),),
    239: ((Decimal(0), Decimal("0.00005")),),
    1707: ((Decimal(0), Decimal("0.25")),),
}
"""Price increments by rule: from which price on, which one."""


class Listing(Struct, frozen=True):
    """A contract and the bid and ask at which a sandbox starts it."""

    contract: Contract
    bid: Decimal
    ask: Decimal


def listings(today: date) -> list[Listing]:
    """Return all built-in contracts; options and futures expire after `today`."""
    return [*_stocks(), *_ambiguous(), *_pairs(), _coin(), *_futures(today), *_options(today)]


def increment_at(rule: int, price: Decimal) -> Decimal:
    """Return the price increment of a market rule at a price."""
    tiers = MARKET_RULES[rule]
    return next((step for edge, step in reversed(tiers) if abs(price) >= edge), tiers[0][1])


def third_friday(year: int, month: int) -> date:
    """Return the day on which a month's standard contracts expire."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


def _spread(price: str, half: str) -> tuple[Decimal, Decimal]:
    return Decimal(price) - Decimal(half), Decimal(price) + Decimal(half)


def _stocks() -> list[Listing]:
    table = (
        (265598, "AAPL", "NMS", "NASDAQ", "APPLE INC", "COMMON", "US0378331005", "228.50", "Technology"),
        (272093, "MSFT", "NMS", "NASDAQ", "MICROSOFT CORP", "COMMON", "US5949181045", "421.90", "Technology"),
        (756733, "SPY", "SPY", "ARCA", "SPDR S&P 500 ETF TRUST", "ETF", "US78462F1030", "590.30", ""),
    )
    return [
        Listing(
            _stock(con_id, symbol, trading, primary=primary, name=name, kind=kind, isin=isin, industry=industry),
            *_spread(price, "0.01"),
        )
        for con_id, symbol, trading, primary, name, kind, isin, price, industry in table
    ]


def _ambiguous() -> list[Listing]:
    """Return two stocks of one symbol, which only their primary exchange tells apart."""
    return [
        Listing(_stock(con_id, "IBKR0", trading, primary=primary, name=name, kind="COMMON"), *_spread("10.00", "0.01"))
        for con_id, trading, primary, name in (
            (900_001, "IBKR0", "NYSE", "AMBIGUOUS ONE INC"),
            (900_002, "IBKRX", "ARCA", "AMBIGUOUS TWO INC"),
        )
    ]


def _stock(
    con_id: int, symbol: str, trading: str, *, primary: str, name: str, kind: str, isin: str = "", industry: str = ""
) -> Contract:
    return Contract(
        con_id=con_id,
        symbol=symbol,
        security="STK",
        primary_exchange=primary,
        local_symbol=symbol,
        trading_class=trading,
        market_name=trading,
        long_name=name,
        exchanges=_STOCK_VENUES,
        order_types=_STOCK_TYPES,
        industry=industry,
        category="Computers" if industry else "",
        subcategory="Computers" if industry else "",
        stock_type=kind,
        isin=isin,
        min_size=Decimal("0.0001"),
        size_increment=Decimal("0.0001"),
    )


def _pairs() -> list[Listing]:
    table = (
        (12_087_792, "EUR", "European Monetary Union Euro", "1.08500"),
        (12_087_797, "GBP", "British pound", "1.26500"),
    )
    return [
        Listing(
            Contract(
                con_id=con_id,
                symbol=symbol,
                security="CASH",
                exchange="IDEALPRO",
                local_symbol=f"{symbol}.USD",
                trading_class=f"{symbol}.USD",
                market_name=f"{symbol}.USD",
                long_name=name,
                min_tick=Decimal("0.00005"),
                market_rule=239,
                exchanges=("IDEALPRO",),
                order_types=_CASH_TYPES,
            ),
            *_spread(price, "0.00005"),
        )
        for con_id, symbol, name, price in table
    ]


def _coin() -> Listing:
    contract = Contract(
        con_id=479_624_278,
        symbol="BTC",
        security="CRYPTO",
        exchange="PAXOS",
        local_symbol="BTC.USD",
        trading_class="BTC",
        market_name="BTC",
        long_name="Bitcoin cryptocurrency",
        min_tick=Decimal("0.25"),
        market_rule=1707,
        exchanges=("PAXOS",),
        order_types=_CRYPTO_TYPES,
        min_size=Decimal("0.00000001"),
        size_increment=Decimal("0.00000001"),
    )
    return Listing(contract, *_spread("97000.00", "5.00"))


def _futures(today: date) -> list[Listing]:
    found = []
    for symbol, name, multiplier, price, base in (
        ("ES", "E-mini S&P 500", "50", "6050.25", 500_000_000),
        ("MES", "Micro E-Mini S&P 500", "5", "6050.25", 510_000_000),
    ):
        for number, expiry in enumerate(_quarters(today)):
            contract = Contract(
                con_id=base + expiry.year * 100 + expiry.month,
                symbol=symbol,
                security="FUT",
                exchange="CME",
                local_symbol=f"{symbol}{_MONTH_CODES[expiry.month - 1]}{expiry.year % 10}",
                trading_class=symbol,
                expiry=expiry.strftime("%Y%m%d"),
                last_trade_time="08:30:00 US/Central",
                multiplier=multiplier,
                market_name=symbol,
                long_name=name,
                min_tick=Decimal("0.25"),
                market_rule=67,
                exchanges=("CME", "QBALGO"),
                order_types=_FUTURE_TYPES,
                under_con_id=11_004_968,
                under_symbol=symbol,
                under_security="IND",
                time_zone="US/Central",
            )
            found.append(Listing(contract, *_spread(str(Decimal(price) + 50 * number), "0.25")))
    return found


def _quarters(today: date) -> list[date]:
    days = [third_friday(year, month) for year in (today.year, today.year + 1) for month in (3, 6, 9, 12)]
    return [day for day in days if day > today][:2]


def _options(today: date) -> list[Listing]:
    months = [(today.year + (today.month + n - 1) // 12, (today.month + n - 1) % 12 + 1) for n in range(4)]
    expiries = [day for day in (third_friday(*month) for month in months) if day > today][:3]
    return [_option(expiry, strike, right, today) for expiry in expiries for strike in _STRIKES for right in "CP"]


def _option(expiry: date, strike: Decimal, right: str, today: date) -> Listing:
    number = (expiry.year % 100 * 12 + expiry.month) * 1_000 + int(strike) * 2 + (right == "P")
    contract = Contract(
        con_id=600_000_000 + number,
        symbol="AAPL",
        security="OPT",
        local_symbol=f"AAPL  {expiry:%y%m%d}{right}{int(strike * 1000):08d}",
        trading_class="AAPL",
        expiry=f"{expiry:%Y%m%d}",
        strike=strike,
        right=right,
        multiplier="100",
        market_name="AAPL",
        long_name="APPLE INC",
        market_rule=32,
        exchanges=_OPTION_VENUES,
        order_types=_OPTION_TYPES,
        under_con_id=265_598,
        under_symbol="AAPL",
        under_security="STK",
    )
    price = greeks(Decimal("228.50"), strike, right, (expiry - today).days).price
    return Listing(contract, price - Decimal("0.05"), price + Decimal("0.05"))
