"""What the broker's message codes mean for an order or the link, as data. A code that is not here is a notice.

Sources: IB's list of message codes, and error-texts collected from issue threads and captures (README.md).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from brokerwire_server.domain.orders import StateReason


class Meaning(StrEnum):
    """What a code is about. None of them changes an order's state by itself but `REJECT`, and only of a new order."""

    REJECT = "REJECT"
    MODIFY_REFUSED = "MODIFY_REFUSED"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    CANCELED = "CANCELED"
    NOTICE = "NOTICE"
    LOST = "LOST"
    RESTORED = "RESTORED"
    RESTORED_WITHOUT_DATA = "RESTORED_WITHOUT_DATA"
    SESSION = "SESSION"
    FARM = "FARM"


CLIENT_ID_IN_USE = 326
READ_ONLY = 321
PACING = 100
PORT_CHANGED = 1300
REQUEST_NOTICES = frozenset({399, 2109, 2161, 10089, 10090, 10167, 10197, 2176})
"""What may be said about a request that goes on all the same."""

_REJECTS = (
    103, 110, 200, 201, 203, 321, 382, 383, 387, 388, 434, 460, 461,
    10052, 10243, 10244, 10255, 10289, 10293, 10318,
)  # fmt: skip
_MODIFY = (104, 105, 329, 462)
_CANCEL = (161, 10147, 10148)

MEANINGS: Mapping[int, Meaning] = MappingProxyType(
    dict.fromkeys(_REJECTS, Meaning.REJECT)
    | dict.fromkeys(_MODIFY, Meaning.MODIFY_REFUSED)
    | dict.fromkeys(_CANCEL, Meaning.CANCEL_REFUSED)
    | dict.fromkeys((202,), Meaning.CANCELED)
    | dict.fromkeys((1100, 2110), Meaning.LOST)
    | {1101: Meaning.RESTORED_WITHOUT_DATA, 1102: Meaning.RESTORED}
    | dict.fromkeys((100, 326, 502, 504, 1300), Meaning.SESSION)
    | dict.fromkeys((2103, 2104, 2105, 2106, 2107, 2108, 2119, 2157, 2158), Meaning.FARM)
)
"""A reject may also be the refusal of a modify: which of them, the order's own state says (`orders already seen`)."""

REASONS: Mapping[int, StateReason] = MappingProxyType(
    {
        110: StateReason.PRICE_INVALID,
        200: StateReason.INSTRUMENT_NOT_TRADABLE,
        203: StateReason.INSTRUMENT_NOT_TRADABLE,
        321: StateReason.BROKER,
        382: StateReason.PRICE_INVALID,
        383: StateReason.QUANTITY_INVALID,
        434: StateReason.QUANTITY_INVALID,
        461: StateReason.PRICE_INVALID,
        10243: StateReason.QUANTITY_INVALID,
        10244: StateReason.QUANTITY_INVALID,
        10318: StateReason.QUANTITY_INVALID,
    }
)
_WITH_REASON = 201
_WORDS: Mapping[str, StateReason] = MappingProxyType(
    {
        "insufficient": StateReason.INSUFFICIENT_BUYING_POWER,
        "initial margin": StateReason.INSUFFICIENT_BUYING_POWER,
        "cash in this account": StateReason.INSUFFICIENT_BUYING_POWER,
        "not available for short sale": StateReason.NOT_SHORTABLE,
        "short sale": StateReason.NOT_SHORTABLE,
        "exchange is closed": StateReason.MARKET_CLOSED,
        "no trading permission": StateReason.INSTRUMENT_NOT_TRADABLE,
        "minimum price variation": StateReason.PRICE_INVALID,
    }
)
"""What 201 says in words only."""


def meaning(code: int) -> Meaning:
    """Return what a code is about."""
    return MEANINGS.get(code, Meaning.NOTICE)


def reason(code: int, text: str) -> StateReason:
    """Return why an order was refused."""
    if code in REASONS:
        return REASONS[code]
    if code != _WITH_REASON:
        return StateReason.BROKER
    lower = text.lower()
    return next((found for words, found in _WORDS.items() if words in lower), StateReason.BROKER)
