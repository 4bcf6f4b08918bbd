"""An account's value over time: from the journal, and before its first point from the broker."""

from collections.abc import Sequence
from decimal import Decimal

from brokerwire.v1 import account_service_pb2 as pb
from brokerwire_server.api.convert.values import (
    NANOS,
    decimal_text,
    invalid,
    optional_duration,
    optional_time,
    set_decimal,
    set_duration,
    set_time,
)
from brokerwire_server.domain.accounts import PortfolioPoint
from brokerwire_server.domain.decimals import HUNDRED, ZERO, divide
from brokerwire_server.domain.errors import BrokerwireError, UnsupportedError
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.gateway import Gateway

MAX_POINTS = 10_000
USUAL_POINTS = 200
MINUTE = 60 * NANOS
DAY = 86_400 * NANOS


async def portfolio_history(
    gateway: Gateway, account: ManagedAccount, request: pb.GetPortfolioHistoryRequest
) -> pb.GetPortfolioHistoryResponse:
    """Answer GetPortfolioHistory, but for its ReadInfo.

    Raises:
        InvalidRequestError: times out of order, or too many points.
    """
    start, end, step = _range(request, gateway.seams.now())
    response = pb.GetPortfolioHistoryResponse(currency_code=account.book.account.currency)
    set_duration(response.timeframe, step)
    ours = await gateway.store.portfolio_history(account.account_id, start, end)
    known_from = ours[0].time if ours else end
    theirs: Sequence[PortfolioPoint] = ()
    if known_from - start >= step and not account.adapter.embedded:
        try:
            theirs = await account.adapter.portfolio_history(account.account_id, start, known_from, step)
        except UnsupportedError:
            pass
        except BrokerwireError:
            response.unreachable.append(account.account_id)
    _fill(response, _thinned(theirs, start, step), _thinned(ours, start, step))
    return response


def _range(request: pb.GetPortfolioHistoryRequest, now: int) -> tuple[int, int, int]:
    """Return start, end and step of a history, in nanoseconds."""
    start = optional_time(request, "start_time")
    end = optional_time(request, "end_time") or now
    period = optional_duration(request, "period")
    if start and period is not None:
        raise invalid("period", "does not go with start_time")
    if not start:
        start = max(end - (DAY if period is None else period), 0)
    if start >= end:
        raise invalid("start_time", "must be before end_time")
    step = optional_duration(request, "timeframe")
    if step is None:
        step = max((end - start) // USUAL_POINTS // MINUTE, 1) * MINUTE
    if step < MINUTE:
        raise invalid("timeframe", "1 minute or longer")
    if (end - start) // step > MAX_POINTS:
        raise invalid("timeframe", f"gives more than {MAX_POINTS} points")
    return start, end, step


def _thinned(points: Sequence[PortfolioPoint], start: int, step: int) -> list[PortfolioPoint]:
    """Return the last known point of each step, oldest first."""
    last: dict[int, PortfolioPoint] = {}
    for point in points:
        last[(point.time - start) // step] = point
    return list(last.values())


def _fill(m: pb.GetPortfolioHistoryResponse, theirs: list[PortfolioPoint], ours: list[PortfolioPoint]) -> None:
    """Write both parts. Each counts gains from a beginning of its own, so ours go on where theirs end."""
    if not theirs and not ours:
        return
    base = (theirs or ours)[0]
    m.base_value.value = decimal_text(base.equity)
    set_time(m.base_time, base.time)
    gained = ZERO
    for source, points in (
        (pb.PORTFOLIO_POINT_SOURCE_BROKER, theirs),
        (pb.PORTFOLIO_POINT_SOURCE_JOURNAL, ours),
    ):
        gain = before = gained
        for point in points:
            gain = before + point.profit_loss - points[0].profit_loss
            _add(m, point, gain, base.equity, source)
        gained = gain


def _add(
    m: pb.GetPortfolioHistoryResponse,
    point: PortfolioPoint,
    gain: Decimal,
    base: Decimal,
    source: pb.PortfolioPointSource,
) -> None:
    entry = m.points.add(source=source)
    set_time(entry.time, point.time)
    entry.equity.value = decimal_text(point.equity)
    set_decimal(entry.cash, point.cash)
    entry.profit_loss.value = decimal_text(gain)
    if base != ZERO:
        entry.profit_loss_percent.value = decimal_text(divide(gain * HUNDRED, base))
