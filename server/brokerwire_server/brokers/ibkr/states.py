"""The broker's order statuses, and what they mean here."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from brokerwire_server.domain.orders import OrderState, PendingAction, StateReason, TimeInForce

_STATES: Mapping[str, OrderState] = MappingProxyType(
    {
        "ApiPending": OrderState.ACCEPTED,
        "PendingSubmit": OrderState.ACCEPTED,
        "PreSubmitted": OrderState.ACCEPTED,
        "Submitted": OrderState.WORKING,
        "PendingCancel": OrderState.WORKING,
        # A filled order's state follows from its fills.
        "Filled": OrderState.WORKING,
        # Rejected, or held and revivable (no shares to borrow): nothing but its end says which.
        "Inactive": OrderState.SUSPENDED,
        "Cancelled": OrderState.CANCELED,
        "ApiCancelled": OrderState.CANCELED,
    }
)
_ENDS = frozenset({"Cancelled", "ApiCancelled", "Filled"})

_KEY = re.compile(r"[0-9a-f]{24}", re.ASCII)


def is_key(order_ref: str) -> bool:
    """Whether an orderRef has the form of our keys. Any other is a person's or a program's, and may repeat."""
    return _KEY.fullmatch(order_ref) is not None


def ended(status: str) -> bool:
    """Whether no further execution is expected under a status."""
    return status in _ENDS


def state_of(status: str) -> OrderState:
    """Return the state of a status; one that is not known is no end."""
    return _STATES.get(status, OrderState.ACCEPTED)


def pending_of(status: str) -> PendingAction:
    """Return what the broker is still working on."""
    return PendingAction.CANCEL if status == "PendingCancel" else PendingAction.NONE


def reason_of_end(status: str, tif: TimeInForce | None, *, asked: bool, grouped: bool, words: str) -> StateReason:
    """Return why an order ended; `asked`: we have asked for a cancel, `grouped`: it is part of a group."""
    if not ended(status) or status == "Filled":
        return StateReason.NONE
    if asked:
        return StateReason.CLIENT
    if grouped:
        return StateReason.GROUP_CANCELED
    if tif is TimeInForce.IOC:
        return StateReason.IOC_REMAINDER
    if tif is TimeInForce.FOK:
        return StateReason.FOK_UNFILLED
    return StateReason.CLIENT if "by trader" in words.lower() else StateReason.BROKER
