"""Which account a call means that names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from brokerwire._calls.base import Need
from brokerwire._reasons import ErrorReason
from brokerwire._wire import invalid
from brokerwire.errors import NotFound, Unavailable
from brokerwire.types.enums import AccountStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brokerwire.types.accounts import Account


class DefaultAccount:
    """The account that a client was made for, or the only one that there is, once it has been looked up."""

    def __init__(self, configured: str | None) -> None:
        self._configured = configured
        self._found: dict[Need, str] = {}

    def known(self, need: Need) -> str | None:
        """The account, if no look-up is needed to tell; empty if the call does without one."""
        if self._configured is not None:
            return self._configured
        return "" if need is Need.FILTER else self._found.get(need)

    def choose(self, need: Need, accounts: Sequence[Account], unreachable: Sequence[str]) -> str:
        """The account, given all that there are, and the connections whose accounts could not be read.

        Raises:
            InvalidRequest: there are several; the message names them.
            NotFound: there is none.
            Unavailable: there may be more than could be read.
        """
        if unreachable:
            message = f"cannot tell which account is meant while {', '.join(unreachable)} cannot be reached"
            raise Unavailable(message, code=grpc.StatusCode.UNAVAILABLE)
        usable = [account for account in accounts if account.status != AccountStatus.CLOSED]
        chosen = _feed(usable) if need is Need.FEED else _only(usable)
        if chosen:
            self._found[need] = chosen
        return chosen


def _only(accounts: Sequence[Account]) -> str:
    if len(accounts) == 1:
        return accounts[0].account_id
    if accounts:
        names = ", ".join(account.account_id for account in accounts)
        problem = f"is needed, because the gateway has several accounts: {names}; connect(account=...) sets it"
        raise invalid("account", problem, ErrorReason.FIELD_REQUIRED)
    message = "the gateway has no open account; client.simulator.open_account() opens one on paper"
    raise NotFound(message, code=grpc.StatusCode.NOT_FOUND, reason=ErrorReason.ACCOUNT_NOT_FOUND)


def _feed(accounts: Sequence[Account]) -> str:
    """An account of the only broker; none for the paper broker's feed, where there is no account at all."""
    brokers = sorted({account.broker for account in accounts})
    if len(brokers) > 1:
        problem = f"or broker is needed, because the gateway has several brokers: {', '.join(brokers)}"
        raise invalid("account", problem, ErrorReason.FIELD_REQUIRED)
    return accounts[0].account_id if accounts else ""
