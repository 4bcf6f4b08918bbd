"""What Alpaca's refusals prove and mean.

One code stands for many cases and the HTTP status is not derived from it (a duplicate id is 422 with 40010001), so a
refusal is classified by its extra fields first, then by its message. The body is kept as it came.

Source of the rows: Alpaca's API reference, recorded answers, and the threads named beside them.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

import msgspec

from brokerwire_server.brokers.http import Answer
from brokerwire_server.domain.orders import StateReason

_KEPT = 400
"""Characters of a body that are kept in an order's message."""


class Fault(Enum):
    """What an answer other than 2xx proves."""

    REFUSED = auto()
    """Alpaca decided against it."""
    DUPLICATE_ID = auto()
    NOT_FOUND = auto()
    """No proof that an order just sent does not exist: reads lag behind."""
    DENIED = auto()
    """The keys were not accepted; nothing was carried out."""
    LIMITED = auto()
    """Refused at the rate limiter, before anything was carried out."""
    UNPROVEN = auto()
    """5xx, a redirect, a proxy's page: it may have been carried out."""


class ApiError(Exception):
    """Alpaca, or something before it, answered other than 2xx."""

    def __init__(self, answer: Answer) -> None:
        """Take the answer apart; a body that is not Alpaca's JSON has neither code nor extras."""
        self.status = answer.status
        self.body = answer.body[: 2 * _KEPT].decode("utf-8", "replace")
        self.extras = _json_object(answer.body)
        code, message = self.extras.pop("code", None), self.extras.pop("message", None)
        self.code = code if isinstance(code, int) else 0
        self.words = message if isinstance(message, str) else ""
        self.headers = answer.headers
        self.kept_as = answer.kept_as
        self.fault = _fault(self)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """Alpaca's words and the raw answer, trimmed."""
        raw = f"HTTP {self.status} {self.body.strip()}"[:_KEPT]
        return f"{self.words} ({raw})" if self.words else raw

    @property
    def reason(self) -> StateReason:
        """What a refusal means for an order."""
        if self.fault in (Fault.DENIED, Fault.LIMITED):
            return StateReason.BROKER_UNAVAILABLE
        return reason_of(self.words, self.extras)


_EXTRAS: tuple[tuple[frozenset[str], StateReason], ...] = (
    # 403/40310000 with what the order costs and what there is.
    (frozenset({"buying_power", "cost_basis"}), StateReason.INSUFFICIENT_BUYING_POWER),
    # 403/40310000: units held, and those reserved by other orders.
    (frozenset({"existing_qty", "held_for_orders"}), StateReason.INSUFFICIENT_POSITION),
    # 403/40310000, a covered call without its shares (Alpaca-API issue 271).
    (frozenset({"required_qty", "underlying_asset_id"}), StateReason.INSUFFICIENT_POSITION),
    # 403/40310000, an opposite order is open: a wash trade; named by its reject_reason.
    (frozenset({"existing_order_id"}), StateReason.BROKER),
)

_WORDS: tuple[tuple[str, StateReason], ...] = (
    (r"insufficient (options )?buying power|insufficient balance", StateReason.INSUFFICIENT_BUYING_POWER),
    (r"insufficient (underlying )?qty|position not found", StateReason.INSUFFICIENT_POSITION),
    # "position intent mismatch": the sale would open, or the purchase too (Alpaca-API issue 250).
    (r"position.intent mismatch", StateReason.INSUFFICIENT_POSITION),
    # Shorting refused by asset or by account configuration.
    (r"cannot be sold short|not allowed to short|shorting|not shortable", StateReason.NOT_SHORTABLE),
    # "ioc orders are only accepted during market hours" [recorded]; auctions outside their windows.
    (r"market hours|market is closed|not accepted .* between|only accepted between", StateReason.MARKET_CLOSED),
    # 422/42210000 "sub-penny increment does not fulfill minimum pricing criteria" (docs, orders).
    (r"sub-penny|pricing criteria|(limit|stop|trail)_?[ ]?(price|percent)|base_price", StateReason.PRICE_INVALID),
    # Before quantities: "asset X is not tradable", "asset X not found".
    (r"not tradable|is not active|asset .*not found|could not find asset", StateReason.INSTRUMENT_NOT_TRADABLE),
    # 403 'asset "X" is not fractionable', 422/40010001 "qty must be integer", "qty or notional is required".
    (r"fractionable|fractional|\bqty\b|\bnotional\b|quantity", StateReason.QUANTITY_INVALID),
)


def reason_of(words: str, extras: Mapping[str, Any] | None = None) -> StateReason:
    """Return the reason that a refusal's extra fields, then its words, name; `BROKER` where they name none."""
    for names, reason in _EXTRAS:
        if extras and names <= extras.keys():
            return reason
    for pattern, reason in _WORDS:
        if re.search(pattern, words, re.IGNORECASE):
            return reason
    return StateReason.BROKER


def _fault(error: ApiError) -> Fault:
    spoken = bool(error.words or error.code)
    if error.status == 401 or (error.status == 403 and spoken and not error.code):
        return Fault.DENIED
    if error.status == 429:
        ours = error.code == 42910000 or "x-ratelimit-limit" in error.headers
        return Fault.LIMITED if ours else Fault.UNPROVEN
    if not 400 <= error.status < 500 or error.status == 408 or not spoken:
        return Fault.UNPROVEN
    if error.code == 40010001 and "client_order_id" in error.words and "unique" in error.words:
        return Fault.DUPLICATE_ID
    return Fault.NOT_FOUND if error.status == 404 else Fault.REFUSED


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
