"""A call as data, for the sync and the asyncio client to carry out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from brokerwire._methods import METHODS

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from brokerwire._methods import Method
    from brokerwire.types._base import Record

T = TypeVar("T")
R = TypeVar("R", bound="Record")

Parse = Callable[[Any], T]


class Need(Enum):
    """What becomes of a call that names no account."""

    ACCOUNT = auto()
    """It works on one account: the client's own, or the only one that there is."""
    FILTER = auto()
    """It works on all accounts, unless the client was made for one."""
    FEED = auto()
    """It works on a market: that of the client's account, or of the only broker that there is."""


@dataclass(frozen=True, slots=True)
class Blank:
    """The place in a request where an account is missing."""

    need: Need
    fill: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One unary call."""

    method: Method
    request: Message = field(repr=False)
    """Hidden: it may hold a credential."""
    parse: Parse[T]
    blank: Blank | None = None
    client_order_id: str = ""
    patience: float = 0
    """Shortest deadline that makes sense, in seconds; the client's own holds if it is longer."""
    metadata: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What goes with this call alone: a code of the second factor."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list to be read page by page."""

    method: Method
    request: Any
    items: str
    """Field of the answer that holds the page."""
    parse: Parse[T]
    blank: Blank | None = None


def call(
    name: str,
    request: Message,
    parse: Parse[T],
    blank: Blank | None = None,
    *,
    client_order_id: str = "",
    patience: float = 0,
    otp: str | None = None,
) -> Call[T]:
    """A call of the method with that name."""
    metadata = (("brokerwire-otp", otp),) if otp else ()
    return Call(METHODS[name], request, parse, blank, client_order_id, patience, metadata)


def listing(name: str, request: Message, items: str, record: type[R], blank: Blank | None = None) -> Listing[R]:
    """A list of `record`s from the method with that name."""
    return Listing(METHODS[name], request, items, record.from_proto, blank)


def one_account(request: Any, account: str | None) -> Blank | None:  # noqa: ANN401 - any request with account_id
    """Names the account of a request, or leaves a blank for the client to fill."""
    if account is None:
        return Blank(Need.ACCOUNT, lambda found: setattr(request, "account_id", found))
    request.account_id = account
    return None


def some_accounts(request: Any, account: str | None, need: Need = Need.FILTER) -> Blank | None:  # noqa: ANN401 - as above
    """The same for a request that takes several."""
    if account is None:
        return Blank(need, request.account_ids.append)
    request.account_ids.append(account)
    return None


def feed(request: Any, account: str | None, broker: str | None) -> Blank | None:  # noqa: ANN401 - as above
    """The same for a request about a market: of an account, or of a broker."""
    if broker is not None:
        request.broker = broker
        return None
    if account is not None:
        request.account_id = account
        return None
    return Blank(Need.FEED, lambda found: setattr(request, "account_id", found))
