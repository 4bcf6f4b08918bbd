"""The paper broker: the embedded default, standing on the simulator. See README.md for its rules."""

from collections.abc import Awaitable, Callable, Mapping

from brokerwire_server.brokers.base import BrokerKind, Tools
from brokerwire_server.brokers.paper.adapter import PaperBroker
from brokerwire_server.brokers.paper.capabilities import paper_capabilities
from brokerwire_server.brokers.paper.settings import MarketHours, PaperSettings, PriceSource
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.simulator import Rules

__all__ = ["KIND", "MarketHours", "PaperBroker", "PaperSettings", "PriceSource", "create"]


def create(
    connection_id: str = "paper",
    *,
    settings: PaperSettings | None = None,
    clock: Callable[[], int],
    sleep: Callable[[float], Awaitable[None]],
) -> PaperBroker:
    """Return a paper connection; `clock` is real time in nanoseconds, `sleep` waits in real seconds."""
    return PaperBroker(connection_id, settings=settings or PaperSettings(), clock=clock, sleep=sleep)


def _from_spec(spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> PaperBroker:
    return create(spec.connection_id, clock=tools.now, sleep=tools.sleep)


KIND = BrokerKind(
    broker="paper",
    display_name="Paper broker",
    notes="A simulated exchange inside the gateway: no real money.",
    environments=(Environment.PAPER,),
    credential=(),
    settings=(),
    create=_from_spec,
    capabilities=paper_capabilities(None, Rules()),
    built_in=True,
)
