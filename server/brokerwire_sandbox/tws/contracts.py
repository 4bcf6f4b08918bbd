"""Contracts as the service describes them, and the book in which clients look them up."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_sandbox.tws.wire import read_integer, read_number
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails, PriceTick

BAG_CON_ID = 28_812_380
_CLASSES = {
    "STK": AssetClass.EQUITY,
    "OPT": AssetClass.OPTION,
    "FUT": AssetClass.FUTURE,
    "CASH": AssetClass.FOREX,
    "CRYPTO": AssetClass.CRYPTO,
}
_STEP = Decimal("0.00000001")


class Leg(Struct, frozen=True, kw_only=True):
    """One leg of a combination, with all that an order says of it."""

    con_id: int
    ratio: int
    action: str
    exchange: str
    open_close: str = "0"
    short_sale_slot: str = "0"
    designated_location: str = ""
    exempt_code: str = "-1"


class Contract(Struct, frozen=True, kw_only=True):
    """A contract, with its reference data. `expiry` is `YYYYMMDD`; `exchange` is the one that was asked for."""

    con_id: int
    symbol: str
    security: str
    currency: str = "USD"
    exchange: str = "SMART"
    primary_exchange: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    expiry: str = ""
    last_trade_time: str = ""
    strike: Decimal = ZERO
    right: str = ""
    multiplier: str = ""
    market_name: str = ""
    long_name: str = ""
    min_tick: Decimal = Decimal("0.01")
    market_rule: int = 26
    exchanges: tuple[str, ...] = ("SMART",)
    order_types: str = ""
    under_con_id: int = 0
    under_symbol: str = ""
    under_security: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    stock_type: str = ""
    isin: str = ""
    time_zone: str = "US/Eastern"
    min_size: Decimal = ONE
    size_increment: Decimal = ONE
    legs: tuple[Leg, ...] = ()

    @property
    def key(self) -> str:
        """Its name at the simulated exchange."""
        return f"c{self.con_id}"

    @property
    def factor(self) -> Decimal:
        """Units of value per unit of quantity and price."""
        return Decimal(self.multiplier) if self.multiplier else ONE

    def at(self, exchange: str) -> "Contract":
        """Return the contract as named on `exchange`."""
        return replace(self, exchange=exchange) if exchange and exchange != self.exchange else self

    def details(self) -> InstrumentDetails:
        """Return what the simulated exchange needs to know."""
        instrument = Instrument(symbol=self.key, asset_class=_CLASSES[self.security], currency=self.currency)
        return InstrumentDetails(
            instrument=instrument,
            ticks=(PriceTick(ZERO, _STEP),),
            quantity_increment=_STEP,
            minimum_quantity=_STEP,
        )


class ContractQuery(Struct, frozen=True, kw_only=True):
    """The twelve contract fields of a request, and the identifier that may follow."""

    con_id: int = 0
    symbol: str = ""
    security: str = ""
    expiry: str = ""
    strike: Decimal = ZERO
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    sec_id_type: str = ""
    sec_id: str = ""

    @classmethod
    def read(cls, fields: Sequence[str]) -> "ContractQuery":
        """Read the twelve fields.

        Raises:
            Malformed: conId or strike is no number.
        """
        con_id, symbol, security, expiry, strike, right, multiplier, exchange, primary, currency, local, trading = (
            fields
        )
        return cls(
            con_id=read_integer(con_id),
            symbol=symbol,
            security=security,
            expiry=expiry,
            strike=read_number(strike) or ZERO,
            right={"CALL": "C", "PUT": "P", "0": "", "?": ""}.get(right, right),
            multiplier=multiplier,
            exchange=exchange,
            primary_exchange=primary,
            currency=currency,
            local_symbol=local,
            trading_class=trading,
        )

    def matches(self, contract: Contract) -> bool:
        """Tell whether a contract is one of those asked for."""
        if self.exchange and self.exchange not in contract.exchanges:
            return False
        if self.con_id:
            return self.con_id == contract.con_id
        if self.sec_id:
            return self.sec_id_type == "ISIN" and self.sec_id == contract.isin
        wanted = (
            (self.symbol, contract.symbol),
            (self.security, contract.security),
            (self.right, contract.right),
            (self.multiplier, contract.multiplier),
            (self.primary_exchange, contract.primary_exchange),
            (self.currency, contract.currency),
            (self.local_symbol, contract.local_symbol),
            (self.trading_class, contract.trading_class),
        )
        if not (self.symbol or self.local_symbol) or any(want and want != is_ for want, is_ in wanted):
            return False
        return contract.expiry.startswith(self.expiry) and (not self.strike or self.strike == contract.strike)


class ContractBook:
    """All contracts of the sandbox."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        """Take the contracts; the first one with a name owns it."""
        self._by_id: dict[int, Contract] = {}
        self._names: dict[str, Contract] = {}
        for contract in contracts:
            self.add(contract)

    def add(self, contract: Contract) -> None:
        """List a contract."""
        self._by_id[contract.con_id] = contract
        names = (contract.local_symbol, contract.local_symbol.replace(" ", ""), contract.symbol, str(contract.con_id))
        for name in names if contract.security != "OPT" else (*names[:2], names[3]):
            self._names.setdefault(name, contract)

    def __iter__(self) -> Iterator[Contract]:
        """Yield all contracts, as listed."""
        return iter(self._by_id.values())

    def get(self, con_id: int) -> Contract | None:
        """Return a contract by its id."""
        return self._by_id.get(con_id)

    def named(self, name: str) -> Contract:
        """Return a contract by its local symbol (`ESZ6`, `EUR.USD`, an OCC symbol), its symbol, or its conId.

        Raises:
            ValueError: there is none.
        """
        contract = self._names.get(name)
        if contract is None:
            raise ValueError(f"there is no contract {name} in this sandbox")
        return contract

    def find(self, query: ContractQuery) -> list[Contract]:
        """Return what a look-up finds: without an exchange and a conId, a row for every exchange of a contract."""
        known = self._by_id.get(query.con_id)
        candidates = self._by_id.values() if not query.con_id else [] if known is None else [known]
        found = [contract for contract in candidates if query.matches(contract)]
        if query.exchange:
            return [contract.at(query.exchange) for contract in found]
        if query.con_id:
            return found
        return [contract.at(exchange) for contract in found for exchange in contract.exchanges]

    def search(self, pattern: str) -> list[Contract]:
        """Return the stocks, pairs and coins whose symbol or name begins with `pattern`."""
        wanted = pattern.upper()
        return [
            contract
            for contract in self._by_id.values()
            if contract.security in ("STK", "CASH", "CRYPTO")
            and (contract.symbol.startswith(wanted) or contract.long_name.upper().startswith(wanted))
        ]

    def options_of(self, con_id: int) -> list[Contract]:
        """Return the options on an underlying."""
        return [c for c in self._by_id.values() if c.security == "OPT" and c.under_con_id == con_id]
