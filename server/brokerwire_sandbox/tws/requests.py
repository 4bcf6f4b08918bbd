"""What clients may ask: the names of the messages, and how a request is described."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from brokerwire_sandbox.tws.faults import Target
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.wire import Malformed, read_integer

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session

_NAMES = {
    "71": Target.START_API,
    "4": Target.CANCEL_ORDER,
    "58": Target.GLOBAL_CANCEL,
    "5": Target.REQ_OPEN_ORDERS,
    "16": Target.REQ_ALL_OPEN_ORDERS,
    "99": Target.REQ_COMPLETED_ORDERS,
    "7": Target.REQ_EXECUTIONS,
    "61": Target.REQ_POSITIONS,
    "6": Target.REQ_ACCOUNT_UPDATES,
    "62": Target.REQ_ACCOUNT_SUMMARY,
    "9": Target.REQ_CONTRACT_DETAILS,
    "1": Target.REQ_MARKET_DATA,
    "20": Target.REQ_HISTORICAL_DATA,
    "49": Target.REQ_CURRENT_TIME,
}
_PLACE = "3"


class Request(Struct, frozen=True):
    """How a message is answered: `index` is where its id stands, for errors; `needs_link` that the broker is asked."""

    handle: Callable[["Session", Sequence[str]], None]
    index: int | None = None
    needs_link: bool = False


def name_of(fields: Sequence[str], find: Callable[[int], TwsOrder | None]) -> str:
    """Return a message's name, its number where it has none here; `find` tells changes from new orders.

    Raises:
        Malformed: the message id or the order id is no number.
    """
    read_integer(fields[0])
    if fields[0] != _PLACE:
        return _NAMES.get(fields[0], fields[0])
    if len(fields) < 2:
        raise Malformed("The order has no id.")
    known = find(read_integer(fields[1]))
    return Target.MODIFY_ORDER if known is not None and known.open else Target.PLACE_ORDER


def at_least(fields: Sequence[str], count: int) -> Sequence[str]:
    """Return the fields, which must be so many.

    Raises:
        Malformed: they are fewer.
    """
    if len(fields) < count:
        raise Malformed(f"Message {fields[0]} has {len(fields)} fields, which are too few.")
    return fields
