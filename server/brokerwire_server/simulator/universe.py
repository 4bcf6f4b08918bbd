"""The built-in instruments of the random walk: well-known US listings with plausible, invented prices."""

from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails


class Listing(Struct, frozen=True, kw_only=True):
    """An instrument and the price at which a simulation starts it."""

    details: InstrumentDetails
    price: Decimal


_TABLE = (
    ("AAPL", "Apple Inc.", "NASDAQ", "228.50"),
    ("ABBV", "AbbVie Inc.", "NYSE", "182.40"),
    ("AMD", "Advanced Micro Devices Inc.", "NASDAQ", "158.20"),
    ("AMZN", "Amazon.com Inc.", "NASDAQ", "205.75"),
    ("AVGO", "Broadcom Inc.", "NASDAQ", "176.30"),
    ("BAC", "Bank of America Corp.", "NYSE", "44.60"),
    ("COST", "Costco Wholesale Corp.", "NASDAQ", "915.00"),
    ("CVX", "Chevron Corp.", "NYSE", "151.10"),
    ("DIA", "SPDR Dow Jones Industrial Average ETF", "ARCA", "428.90"),
    ("DIS", "Walt Disney Co.", "NYSE", "101.35"),
    ("F", "Ford Motor Co.", "NYSE", "11.15"),
    ("GE", "GE Aerospace", "NYSE", "188.20"),
    ("GLD", "SPDR Gold Shares", "ARCA", "245.80"),
    ("GOOGL", "Alphabet Inc. Class A", "NASDAQ", "171.60"),
    ("INTC", "Intel Corp.", "NASDAQ", "24.35"),
    ("IWM", "iShares Russell 2000 ETF", "ARCA", "227.45"),
    ("JNJ", "Johnson & Johnson", "NYSE", "156.70"),
    ("JPM", "JPMorgan Chase & Co.", "NYSE", "238.90"),
    ("KO", "Coca-Cola Co.", "NYSE", "63.80"),
    ("META", "Meta Platforms Inc.", "NASDAQ", "561.25"),
    ("MSFT", "Microsoft Corp.", "NASDAQ", "421.90"),
    ("NFLX", "Netflix Inc.", "NASDAQ", "766.40"),
    ("NVDA", "NVIDIA Corp.", "NASDAQ", "138.65"),
    ("PFE", "Pfizer Inc.", "NYSE", "26.75"),
    ("PG", "Procter & Gamble Co.", "NYSE", "169.30"),
    ("QQQ", "Invesco QQQ Trust", "NASDAQ", "501.15"),
    ("SPY", "SPDR S&P 500 ETF Trust", "ARCA", "590.30"),
    ("T", "AT&T Inc.", "NYSE", "22.40"),
    ("TLT", "iShares 20+ Year Treasury Bond ETF", "NASDAQ", "91.20"),
    ("TSLA", "Tesla Inc.", "NASDAQ", "329.80"),
    ("V", "Visa Inc.", "NYSE", "307.60"),
    ("WMT", "Walmart Inc.", "NYSE", "85.45"),
    ("XOM", "Exxon Mobil Corp.", "NYSE", "119.25"),
)


def details_of(symbol: str, name: str = "", exchange: str = "") -> InstrumentDetails:
    """Return US equity reference data for a symbol."""
    instrument = Instrument(symbol=symbol, asset_class=AssetClass.EQUITY, exchange=exchange)
    return InstrumentDetails(instrument=instrument, name=name or symbol)


UNIVERSE: tuple[Listing, ...] = tuple(
    Listing(details=details_of(symbol, name, exchange), price=Decimal(price))
    for symbol, name, exchange, price in _TABLE
)
