"""Interactive Brokers: equities, options, futures, forex and crypto, through TWS or IB Gateway. See README.md."""

from collections.abc import Mapping

from brokerwire_server.brokers.base import BrokerKind, Tools
from brokerwire_server.brokers.ibkr.adapter import IbkrBroker
from brokerwire_server.brokers.ibkr.capabilities import ibkr_capabilities
from brokerwire_server.brokers.ibkr.settings import MESSAGES_PER_SECOND, SETTINGS, read_settings
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret

__all__ = ["KIND", "IbkrBroker", "create"]


def create(spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> IbkrBroker:
    """Return a connection; nothing is sent yet. Raises `InvalidRequestError` where settings do not fit."""
    return IbkrBroker(spec, read_settings(spec), tools)


KIND = BrokerKind(
    broker="ibkr",
    display_name="Interactive Brokers",
    notes="150 markets, through a TWS or IB Gateway that runs beside the gateway and is logged in there",
    environments=(Environment.PAPER, Environment.LIVE),
    credential=(),
    settings=SETTINGS,
    create=create,
    capabilities=ibkr_capabilities(None, 60 * MESSAGES_PER_SECOND),
)
