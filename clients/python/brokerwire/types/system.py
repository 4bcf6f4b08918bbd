"""What a gateway is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import Environment

__all__ = ["Listener", "ServerInfo", "VaultRotation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener(Record):
    """An address that the gateway listens on."""

    protocol: str
    address: str
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo(Record):
    """What a gateway is."""

    version: str
    api_revision: int
    instance_id: str
    start_time: datetime | None
    journal_epoch: str
    features: tuple[str, ...]
    environment: Environment
    """LIVE if any account is."""
    banner: str
    listeners: tuple[Listener, ...]
    runtime_versions: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRotation(Record):
    """How many secrets are sealed under the new key, and its name, which says nothing about it."""

    sealed_count: int
    key_id: str
