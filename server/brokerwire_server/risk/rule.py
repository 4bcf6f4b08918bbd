"""What a rule is, and how all of them are asked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from enum import IntEnum, StrEnum
from operator import attrgetter

from msgspec import Struct

from brokerwire_server.domain.decimals import format_decimal
from brokerwire_server.risk.limits import Limits
from brokerwire_server.risk.snapshot import Snapshot
from brokerwire_server.risk.verdict import Finding, Severity


class Cost(IntEnum):
    """How dear a rule is: fields of the order, look-ups, arithmetic over the account."""

    FIELDS = 0
    LOOK_UP = 1
    ARITHMETIC = 2


class Need(StrEnum):
    """Data that a rule can't do without. Where it is missing, the rule rejects."""

    STANDING = "trading state"
    ARMING = "arming"
    LINK = "link state"
    DETAILS = "instrument details"
    CURRENCY = "currency"
    SESSION = "market session"
    CLOCK = "market clock"
    QUOTE = "quote"
    VALUE = "price of the order"
    BASKET = "price of the batch"
    POSITION_VALUE = "price of the position"
    ACCOUNT_VALUE = "price of every open order and position"
    BALANCES = "balances"
    VOLUME = "average daily volume"
    QUANTITY = "quantity of the order"


_PRESENT: dict[Need, Callable[[Snapshot], bool]] = {
    Need.STANDING: lambda s: s.standing is not None,
    Need.ARMING: lambda s: s.armed is not None,
    Need.LINK: lambda s: s.link is not None,
    Need.DETAILS: lambda s: all(leg.details is not None for leg in s.legs),
    Need.CURRENCY: lambda s: bool(s.account.currency) and all(leg.instrument.currency for leg in s.legs),
    Need.SESSION: lambda s: s.session is not None,
    Need.CLOCK: lambda s: bool(s.date) and s.hour is not None,
    Need.QUOTE: lambda s: all(leg.quote is not None for leg in s.legs),
    Need.VALUE: lambda s: s.value is not None,
    Need.BASKET: lambda s: s.basket is not None,
    Need.POSITION_VALUE: lambda s: all(leg.worst is not None for leg in s.legs),
    Need.ACCOUNT_VALUE: lambda s: s.totals.gross is not None and s.totals.due is not None,
    Need.BALANCES: lambda s: s.balances is not None,
    Need.VOLUME: lambda s: all(leg.adv is not None for leg in s.legs),
    Need.QUANTITY: lambda s: all(leg.quantity is not None for leg in s.legs),
}


class Broken(Struct, frozen=True, gc=False):
    """What a rule's function says where it is violated. Texts for people, but for numbers, which are written out."""

    message: str
    limit: Decimal | int | str = ""
    value: Decimal | int | str = ""
    symbol: str = ""


Check = Callable[[Snapshot], Iterable[Broken]]


def always(_: object) -> bool:
    """Under all limits; for every order."""
    return True


def limited(*names: str) -> Callable[[Limits], bool]:
    """Return whether one of these limits is set."""
    return lambda limits: any(getattr(limits, name) is not None for name in names)


class Rule(Struct, frozen=True, kw_only=True):
    """One check: a pure function from a snapshot to what is broken.

    `on` says whether the limits ask for the rule, `applies` whether the order is of its kind. Only then must the data
    be there that it needs.
    """

    code: str
    name: str
    severity: Severity
    cost: Cost
    about: str
    check: Check
    on: Callable[[Limits], bool] = always
    applies: Callable[[Snapshot], bool] = always
    needs: tuple[Need, ...] = ()

    def concerns(self, snapshot: Snapshot) -> bool:
        """Whether the rule has anything to ask about the order."""
        return self.on(snapshot.limits) and self.applies(snapshot)

    def findings(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Yield what the rule finds in an order that it concerns."""
        for need in self.needs:
            if not _PRESENT[need](snapshot):
                yield self._finding(
                    Broken(f"{need.value} is missing, so {self.about} can't be checked", value=need.value), True
                )
                return
        for broken in self.check(snapshot):
            yield self._finding(broken, False)

    def _finding(self, broken: Broken, missing: bool) -> Finding:
        return Finding(
            code=self.code,
            rule=self.name,
            severity=self.severity,
            message=broken.message,
            limit=_text(broken.limit),
            value=_text(broken.value),
            symbol=broken.symbol,
            missing=missing,
        )


def _text(value: Decimal | int | str) -> str:
    return format_decimal(value) if isinstance(value, Decimal) else str(value)


def cheap_first(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules in the order in which they are asked."""
    return tuple(sorted(rules, key=attrgetter("cost")))


def in_force(rules: Iterable[Rule], limits: Limits) -> tuple[Rule, ...]:
    """Return the rules that `limits` ask for; the others have nothing to say of any order."""
    return tuple(rule for rule in rules if rule.on(limits))


def evaluate(rules: Sequence[Rule], snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return all findings of all rules."""
    return tuple(finding for rule in rules if rule.concerns(snapshot) for finding in rule.findings(snapshot))
