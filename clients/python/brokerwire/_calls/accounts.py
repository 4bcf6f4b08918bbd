"""Calls of AccountService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, Listing, call, listing, one_account, some_accounts
from brokerwire._calls.orders import sort
from brokerwire._wire import Seconds, duration, enum, timestamp
from brokerwire.types.accounts import Account, Activity, Portfolio, PortfolioHistory
from brokerwire.types.enums import ActivityType, Environment
from brokerwire.v1 import account_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def accounts(*, broker: str = "", connection_id: str = "", page_size: int = 0) -> Listing[Account]:
    """Lists accounts, closed ones included, by id."""
    request = pb.ListAccountsRequest(broker=broker, connection_id=connection_id, page_size=page_size)
    return listing("ListAccounts", request, "accounts", Account)


def account(account: str | None = None, *, min_sequence: int = 0) -> Call[Account]:
    """Reads one account with its balances; the client's own if none is named."""
    request = pb.GetAccountRequest(min_sequence=min_sequence)
    blank = one_account(request, account)
    return call("GetAccount", request, lambda response: Account.from_proto(response.account), blank)


def portfolio(*, environment: Environment | str | None = None, account: str | None = None) -> Call[Portfolio]:
    """Sums accounts up, per currency. Paper and live are never summed together.

    Args:
        environment: "paper" or "live"; needed where there are accounts of both.
        account: One account; all that are not closed if absent.
    """
    wanted = enum(Environment, environment, "environment")
    request = pb.GetPortfolioRequest(environment=wanted)
    return call("GetPortfolio", request, Portfolio.from_proto, some_accounts(request, account))


def portfolio_history(
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    period: Seconds | None = None,
    timeframe: Seconds | None = None,
    account: str | None = None,
) -> Call[PortfolioHistory]:
    """Reads an account's value over time.

    Args:
        start: First time, aware. Absent: `end - period`.
        end: Last time, exclusive. Absent: now.
        period: Length if there is no `start`, as a timedelta or in seconds. Absent: one day.
        timeframe: Distance between points, one minute or more. Absent: so that there are about 200.
        account: The account; the client's own if absent.
    """
    request = pb.GetPortfolioHistoryRequest(
        start_time=timestamp(start, "start"),
        end_time=timestamp(end, "end"),
        period=duration(period),
        timeframe=duration(timeframe),
    )
    return call("GetPortfolioHistory", request, PortfolioHistory.from_proto, one_account(request, account))


def activities(
    *,
    types: Sequence[ActivityType | str] = (),
    after: datetime | None = None,
    before: datetime | None = None,
    oldest_first: bool = False,
    page_size: int = 0,
    account: str | None = None,
) -> Listing[Activity]:
    """Lists movements of cash and units, newest first, reading pages as they are needed."""
    request = pb.ListActivitiesRequest(
        types=[enum(ActivityType, kind, "types") for kind in types],
        after_time=timestamp(after, "after"),
        before_time=timestamp(before, "before"),
        sort_order=sort(oldest_first=oldest_first),
        page_size=page_size,
    )
    return listing("ListActivities", request, "activities", Activity, some_accounts(request, account))
