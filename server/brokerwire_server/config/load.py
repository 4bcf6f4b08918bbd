"""Gathers the settings: defaults, then one file, then the environment, then flags."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct

from brokerwire_server.config.connections import ConnectionConfig, parse_connections
from brokerwire_server.config.risk import RiskConfig, parse_risk
from brokerwire_server.config.settings import (
    SETTINGS,
    AccessConfig,
    BreakersConfig,
    ClientCertificates,
    Config,
    JournalConfig,
    LogConfig,
    MarketHours,
    PaperConfig,
    PriceSource,
    ReconcileConfig,
    ServerConfig,
    Setting,
    TlsConfig,
    TracingConfig,
    VaultConfig,
    default_data_dir,
    environment_name,
)
from brokerwire_server.config.values import ConfigError, parse, suggestion

DEFAULT_FILE = "brokerwire.toml"
DEFAULT = "default"
CONNECTIONS = "connections"
"""A section that is no list of settings: it has a table for each connection."""

RISK = "risk"
"""As above: a table for each scope."""

_SECTIONS: Mapping[str, type[Struct]] = {
    "server": ServerConfig,
    "tls": TlsConfig,
    "access": AccessConfig,
    "paper": PaperConfig,
    "reconcile": ReconcileConfig,
    "breakers": BreakersConfig,
    "journal": JournalConfig,
    "vault": VaultConfig,
    "log": LogConfig,
    "tracing": TracingConfig,
}
_NOT_SETTINGS = frozenset(
    {
        "BROKERWIRE_ACCOUNT",
        "BROKERWIRE_ADDRESS",
        "BROKERWIRE_CERTIFICATE",
        "BROKERWIRE_CONFIG",
        "BROKERWIRE_KEY",
        "BROKERWIRE_OTP",
        "BROKERWIRE_ROOT_CERTIFICATES",
        "BROKERWIRE_TOKEN",
        "BROKERWIRE_VAULT_KEY",
    }
)
# Kubernetes puts these into every container for a Service of that name.
_SERVICE_LINK = re.compile(r".*_SERVICE_(HOST|PORT.*)|.*_PORT(_[0-9]+_(TCP|UDP).*)?")


class Effective(Struct, frozen=True, kw_only=True):
    """The configuration in force; `values` and `origins` go by dotted key."""

    config: Config
    values: Mapping[str, Any]
    origins: Mapping[str, str]


class _Source(Struct, frozen=True, kw_only=True):
    """Raw values of one place; `places` says how a person finds each key there."""

    origin: str
    raw: Mapping[str, object]
    places: Mapping[str, str]
    base: Path
    connections: tuple[ConnectionConfig, ...] = ()
    risk: tuple[RiskConfig, ...] = ()


def load(
    flags: Mapping[str, object] | None = None,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Effective:
    """Return the configuration in force.

    Args:
        flags: Values by dotted key that win over everything else.
        file: The configuration file; default: `BROKERWIRE_CONFIG`, else `brokerwire.toml` in `directory` if there.
        environ: The environment; default: the process's.
        directory: Where relative paths start; default: the working directory.

    Raises:
        ConfigError: something is unknown, of the wrong kind, or contradicts itself.
    """
    environ = os.environ if environ is None else environ
    directory = directory or Path.cwd()
    values: dict[str, Any] = {key: setting.default for key, setting in SETTINGS.items()}
    values["data_dir"] = default_data_dir(environ)
    ranks = dict.fromkeys(values, 0)
    origins = dict.fromkeys(values, DEFAULT)
    sources = (
        _file_source(file, environ, directory),
        _environment_source(environ, directory),
        _flag_source(flags or {}, directory),
    )
    for rank, source in enumerate(sources, start=1):
        for key, value in _parsed(source):
            values[key], ranks[key] = value, rank
            origins[key] = source.origin if source.places[key] == key else source.places[key]
    _settle_paper(values, origins, ranks)
    config = _build(values, sources[0].connections, sources[0].risk)
    return Effective(config=config, values=values, origins=origins)


def _file_source(file: Path | None, environ: Mapping[str, str], directory: Path) -> _Source:
    named = file or (Path(environ["BROKERWIRE_CONFIG"]) if environ.get("BROKERWIRE_CONFIG") else None)
    path = directory / (named or DEFAULT_FILE)
    if named is None and not path.is_file():
        return _Source(origin="", raw={}, places={}, base=directory)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    connections = parse_connections(tree.pop(CONNECTIONS, {}), str(path), path.parent)
    risk = parse_risk(tree.pop(RISK, {}), str(path))
    raw = dict(_flatten(tree, "", str(path)))
    places = {key: key for key in raw}
    return _Source(origin=str(path), raw=raw, places=places, base=path.parent, connections=connections, risk=risk)


def _flatten(tree: Mapping[str, object], prefix: str, path: str) -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        key = prefix + name
        if key in SETTINGS:
            yield key, value
        elif key in _SECTIONS and isinstance(value, dict):
            yield from _flatten(value, f"{key}.", path)
        elif key in _SECTIONS:
            raise ConfigError(f"{path}: {key} is a section: write [{key}] on a line of its own")
        else:
            raise ConfigError(f"{path}: unknown key {key}{suggestion(key, [*SETTINGS, CONNECTIONS, RISK])}")


def _environment_source(environ: Mapping[str, str], directory: Path) -> _Source:
    names = {environment_name(key): key for key in SETTINGS}
    _refuse_unknown(environ, list(names))
    found = {key: name for name, key in names.items() if name in environ}
    raw: dict[str, object] = {key: environ[name] for key, name in found.items()}
    return _Source(origin="environment", raw=raw, places=found, base=directory)


def _refuse_unknown(environ: Mapping[str, str], known: list[str]) -> None:
    sections = tuple(environment_name(section) + "_" for section in _SECTIONS)
    for name in environ:
        if not name.startswith("BROKERWIRE_") or name in known or name in _NOT_SETTINGS:
            continue
        meant = name.startswith(sections) or get_close_matches(name, known, n=1, cutoff=0.9)
        if meant and not _SERVICE_LINK.fullmatch(name):
            raise ConfigError(f"environment: unknown variable {name}{suggestion(name, known)}")


def _flag_source(flags: Mapping[str, object], directory: Path) -> _Source:
    for key in flags:
        if key not in SETTINGS:
            raise ConfigError(f"unknown key {key}{suggestion(key, list(SETTINGS))}")
    return _Source(origin="flag", raw=flags, places={key: key for key in flags}, base=directory)


def _parsed(source: _Source) -> Iterator[tuple[str, Any]]:
    for key, raw in source.raw.items():
        setting: Setting = SETTINGS[key]
        try:
            yield key, parse(setting.kind, raw, source.base)
        except ValueError as error:
            place = source.places[key]
            raise ConfigError(f"{source.origin}: {place} {error}") from None


def _settle_paper(values: dict[str, Any], origins: dict[str, str], ranks: Mapping[str, int]) -> None:
    """Let files imply a replay, and `auto` market hours follow the source."""
    files, source = values["paper.replay"], values["paper.source"]
    if files and source is not PriceSource.REPLAY:
        if ranks["paper.source"] >= ranks["paper.replay"]:
            raise ConfigError(
                f"paper.replay names files, but paper.source is {source} ({origins['paper.source']}): drop one of them"
            )
        values["paper.source"], origins["paper.source"] = PriceSource.REPLAY, "paper.replay names files"
    if values["paper.source"] is PriceSource.REPLAY and not files:
        raise ConfigError("paper.source is replay, but paper.replay names no files: add --replay FILE")
    if values["paper.market_hours"] is MarketHours.AUTO:
        replayed = values["paper.source"] is PriceSource.REPLAY
        values["paper.market_hours"] = MarketHours.XNYS if replayed else MarketHours.ALWAYS


def _build(
    values: Mapping[str, Any], connections: tuple[ConnectionConfig, ...], risk: tuple[RiskConfig, ...]
) -> Config:
    if not values["server.grpc"] and not values["server.http"]:
        raise ConfigError("server.grpc and server.http are both off: nothing could reach the gateway")
    _check_tls(values)
    sections: dict[str, Any] = {}
    for section, model in _SECTIONS.items():
        prefix = f"{section}."
        sections[section] = model(
            **{key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
        )
    return Config(data_dir=values["data_dir"], connections=connections, risk=risk, **sections)


def _check_tls(values: Mapping[str, Any]) -> None:
    certificate, key, client_ca = values["tls.certificate"], values["tls.key"], values["tls.client_ca"]
    if (certificate is None) is not (key is None):
        raise ConfigError("tls.certificate and tls.key go together: set both, or none")
    required = values["tls.client_certificates"] is ClientCertificates.REQUIRED
    if certificate is None and (required or client_ca is not None):
        raise ConfigError("client certificates need TLS: set tls.certificate and tls.key")
    if required is not (client_ca is not None):
        raise ConfigError(
            'tls.client_ca and tls.client_certificates = "required" go together: whoever must show a certificate must '
            "have one from an authority that is known"
        )
