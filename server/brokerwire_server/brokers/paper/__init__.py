"""The paper broker: the embedded default, standing on the simulator. See README.md for its rules."""

from collections.abc import Awaitable, Callable

from brokerwire_server.brokers.paper.adapter import PaperBroker
from brokerwire_server.brokers.paper.settings import MarketHours, PaperSettings, PriceSource

__all__ = ["MarketHours", "PaperBroker", "PaperSettings", "PriceSource", "create"]


def create(
    connection_id: str = "paper",
    *,
    settings: PaperSettings | None = None,
    clock: Callable[[], int],
    sleep: Callable[[float], Awaitable[None]],
) -> PaperBroker:
    """Return a paper connection; `clock` is real time in nanoseconds, `sleep` waits in real seconds."""
    return PaperBroker(connection_id, settings=settings or PaperSettings(), clock=clock, sleep=sleep)
