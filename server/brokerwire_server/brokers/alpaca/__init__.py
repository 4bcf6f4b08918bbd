"""Alpaca: equities, options and crypto. See README.md for its quirks, with sources."""

from collections.abc import Mapping

from brokerwire_server.brokers.alpaca.adapter import AlpacaBroker
from brokerwire_server.brokers.alpaca.settings import CREDENTIAL, SETTINGS, read_settings
from brokerwire_server.brokers.base import BrokerKind, Tools
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret

__all__ = ["KIND", "AlpacaBroker", "create"]


def create(spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> AlpacaBroker:
    """Return a connection; nothing is sent yet. Raises `InvalidRequestError` where settings or keys do not fit."""
    return AlpacaBroker(spec, read_settings(spec, credential), credential, tools)


KIND = BrokerKind(
    broker="alpaca",
    display_name="Alpaca",
    notes="Commission-free US equities and options, and crypto; paper accounts for everybody",
    environments=(Environment.PAPER, Environment.LIVE),
    credential=CREDENTIAL,
    settings=SETTINGS,
    create=create,
)
