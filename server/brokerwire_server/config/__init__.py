"""Configuration: frozen and typed, from defaults, one TOML file, the environment and flags, later ones first."""

from brokerwire_server.config.connections import ConnectionConfig, implied, variable
from brokerwire_server.config.load import Effective, load
from brokerwire_server.config.settings import (
    AccessConfig,
    ClientCertificates,
    Config,
    LogConfig,
    LogFormat,
    LogLevel,
    MarketHours,
    PaperConfig,
    PriceSource,
    ReconcileConfig,
    ServerConfig,
    TlsConfig,
    TlsVersion,
    TracingConfig,
    environment_name,
)
from brokerwire_server.config.values import Address, ConfigError, Speed

__all__ = [
    "AccessConfig",
    "Address",
    "ClientCertificates",
    "Config",
    "ConfigError",
    "ConnectionConfig",
    "Effective",
    "LogConfig",
    "LogFormat",
    "LogLevel",
    "MarketHours",
    "PaperConfig",
    "PriceSource",
    "ReconcileConfig",
    "ServerConfig",
    "Speed",
    "TlsConfig",
    "TlsVersion",
    "TracingConfig",
    "environment_name",
    "implied",
    "load",
    "variable",
]
