"""What `connections test` tries: each thing that a connection is for, with what to do where it fails."""

from collections.abc import Awaitable, Callable, Sequence

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.accounts import restriction
from brokerwire_server.brokers.alpaca.catchup import FAILURES
from brokerwire_server.brokers.alpaca.client import Client
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.alpaca.link import Health
from brokerwire_server.brokers.alpaca.market_data import MarketData
from brokerwire_server.brokers.http import TransportError
from brokerwire_server.domain.connections import Check, Environment, LinkState
from brokerwire_server.domain.errors import BrokerwireError

_FEW_REQUESTS = 40
_KNOWN = "SPY"
"""A symbol that always trades."""


async def run_checks(
    client: Client, health: Health, market: MarketData, *, host: str, environment: Environment
) -> Sequence[Check]:
    """Try everything, change nothing."""
    try:
        account = await client.account()
    except FAILURES as error:
        return (Check(name="account", ok=False, detail=what_to_do(error)), _stream(health))
    kind = environment.value.lower()
    blocked = restriction(account)
    return (
        Check(name="account", ok=True, detail=f"{account.account_number or account.id}, {account.status}"),
        Check(name="environment", ok=True, detail=f"{host} takes these keys for {kind} trading"),
        Check(name="trading", ok=not blocked, detail=blocked or "not blocked"),
        await _try("orders", client.open_order_count, lambda count: f"{count} open"),
        _stream(health),
        await _market(market),
        _rate(client),
    )


async def _try(name: str, work: Callable[[], Awaitable[int]], words: Callable[[int], str]) -> Check:
    try:
        return Check(name=name, ok=True, detail=words(await work()))
    except FAILURES as error:
        return Check(name=name, ok=False, detail=what_to_do(error))


def _stream(health: Health) -> Check:
    if health.state in (LinkState.UP, LinkState.DEGRADED):
        return Check(name="events", ok=True, detail="connected, and trade_updates confirmed")
    return Check(name="events", ok=False, detail=health.detail)


async def _market(market: MarketData) -> Check:
    try:
        found = await market.quotes([_KNOWN])
    except BrokerwireError as error:
        return Check(name="market data", ok=False, detail=error.message)
    problems = [f"{where}: {words}" for where, words in market.stream_problems().items()]
    detail = "; ".join([f"{_KNOWN} has a quote" if found else f"readable, but {_KNOWN} has no quote", *problems])
    return Check(name="market data", ok=not problems, detail=detail)


def _rate(client: Client) -> Check:
    left, limit = client.budget.remaining, client.budget.limit
    detail = f"{left} of {limit} requests left in this minute"
    if left > _FEW_REQUESTS:
        return Check(name="rate limit", ok=True, detail=detail)
    return Check(name="rate limit", ok=False, detail=f"{detail}: see what else uses these keys, or wait a minute")


def what_to_do(error: Exception) -> str:
    """Say what failed and what to do about it."""
    match error:
        case ApiError(fault=Fault.DENIED):
            return f"the keys were refused: make new ones at Alpaca and set them here ({error.message})"
        case ApiError():
            return f"Alpaca answered {error.message}"
        case TransportError():
            return f"{error.message}: check the network, and status.alpaca.markets"
        case wire.UndecodableError():
            return f"the answer could not be read: is a proxy in between? {error}"
    return str(error)
