"""What holdings tie up, and what an order would change: plain rates per kind of contract, not the service's models."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec import Struct

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_server.domain.decimals import ZERO

Marks = Callable[[Contract], Decimal]
_STOCK = (Decimal("0.30"), Decimal("0.25"))
_PAIR = (Decimal("0.03"), Decimal("0.025"))
_SHORT_OPTION = (Decimal("0.20"), Decimal("0.15"))
_FUTURES = {"ES": (Decimal(16_500), Decimal(15_000)), "MES": (Decimal(1_650), Decimal(1_500))}
_ALL = (Decimal(1), Decimal(1))


class Preview(Struct, frozen=True, kw_only=True):
    """The answer to a what-if: initial margin, maintenance margin and equity with loan, in the base currency."""

    before: tuple[Decimal, Decimal, Decimal]
    change: tuple[Decimal, Decimal, Decimal]
    after: tuple[Decimal, Decimal, Decimal]
    commission: Decimal
    currency: str
    warning: str = ""


def requirement(contract: Contract, quantity: Decimal, mark: Decimal, underlying: Decimal) -> tuple[Decimal, Decimal]:
    """Return initial and maintenance margin of a holding, in the contract's currency.

    Long options are worth what they tie up; short ones a share of what they are written on (`underlying` is its price).
    """
    value = abs(quantity) * contract.factor
    if contract.security == "FUT":
        rates = _FUTURES[contract.symbol]
        return abs(quantity) * rates[0], abs(quantity) * rates[1]
    if contract.security == "OPT" and quantity < 0:
        return value * (mark + underlying * _SHORT_OPTION[0]), value * (mark + underlying * _SHORT_OPTION[1])
    rates = {"STK": _STOCK, "CASH": _PAIR}.get(contract.security, _ALL)
    return value * mark * rates[0], value * mark * rates[1]


def commission(contract: Contract, quantity: Decimal, price: Decimal) -> Decimal:
    """Return what an order of this size costs, in the contract's currency, by the service's fixed prices."""
    if contract.security == "STK":
        return min(max(quantity * Decimal("0.005"), Decimal("1.00")), max(quantity * price / 100, Decimal("0.01")))
    if contract.security == "OPT":
        return max(quantity * Decimal("0.65"), Decimal("1.00"))
    if contract.security == "FUT":
        return quantity * (Decimal("2.25") if contract.symbol == "ES" else Decimal("0.62"))
    if contract.security == "CASH":
        return max(quantity * price * Decimal("0.00002"), Decimal("2.00"))
    return max(quantity * price * Decimal("0.0018"), Decimal("1.75")) if contract.security == "CRYPTO" else ZERO


def netted(holdings: Mapping[int, Decimal], changes: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Return holdings by conId after changes."""
    return {con_id: holdings.get(con_id, ZERO) + changes.get(con_id, ZERO) for con_id in {*holdings, *changes}}
