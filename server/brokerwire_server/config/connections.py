"""Connections in the file: `[connections.<id>]`. A credential is there by reference only, never itself.

[connections.alpaca-paper]
broker = "alpaca"
credentials = { api_key = "env:MY_KEY", secret_key = "file:/run/secrets/alpaca" }
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from brokerwire_server.config.values import ConfigError, suggestion
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret

_KEYS = ("broker", "environment", "display_name", "settings", "credentials", "allow_withdrawals")


class Reference(Struct, frozen=True, kw_only=True):
    """Where a part of a credential is: a variable or a file."""

    scheme: str
    target: str

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.scheme}:{self.target}"


class ConnectionConfig(Struct, frozen=True, kw_only=True):
    """One configured connection. `references` is `None` where the default variables apply."""

    spec: ConnectionSpec
    place: str
    references: Mapping[str, Reference] | None = None
    allow_withdrawals: bool = False

    def credential(self, fields: Iterable[str], environ: Mapping[str, str]) -> dict[str, Secret]:
        """Fetch the parts of the credential. Parts whose default variable is not set are left out.

        Raises:
            ConfigError: a variable that is named is not set, or a file can't be read.
        """
        if self.references is None:
            names = {field: variable(self.spec.broker, self.spec.environment, field) for field in fields}
            return {field: Secret(environ[name]) for field, name in names.items() if environ.get(name)}
        return {field: self._fetch(field, reference, environ) for field, reference in self.references.items()}

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield keys and values as they are written; a credential shows as its reference."""
        prefix = f"connections.{self.spec.connection_id}"
        yield f"{prefix}.broker", self.spec.broker
        yield f"{prefix}.environment", self.spec.environment.value.lower()
        if self.spec.display_name:
            yield f"{prefix}.display_name", self.spec.display_name
        if self.allow_withdrawals:
            yield f"{prefix}.allow_withdrawals", "true"
        for name, value in self.spec.settings.items():
            yield f"{prefix}.settings.{name}", value
        for name, reference in (self.references or {}).items():
            yield f"{prefix}.credentials.{name}", str(reference)

    def _fetch(self, field: str, reference: Reference, environ: Mapping[str, str]) -> Secret:
        where = f"{self.place}: credentials.{field}"
        if reference.scheme == "env":
            value = environ.get(reference.target, "")
            if not value:
                raise ConfigError(f"{where}: the variable {reference.target} is not set")
            return Secret(value)
        try:
            return Secret(Path(reference.target).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "is not text"
            raise ConfigError(f"{where}: {reference.target} can't be read ({why})") from None


def variable(broker: str, environment: Environment, field: str) -> str:
    """Return the default variable of a credential's part: ALPACA_PAPER_API_KEY."""
    return f"{broker}_{environment.value}_{field}".upper().replace("-", "_")


def implied(
    broker: str, fields: Iterable[str], environ: Mapping[str, str], connections: Iterable[ConnectionConfig]
) -> ConnectionConfig | None:
    """Return the paper connection that the environment alone asks for, or `None`.

    It does where every part's default variable is set and no connection uses them. Live is never implied.
    """
    names = {field: variable(broker, Environment.PAPER, field) for field in fields}
    if not names or not all(environ.get(name) for name in names.values()):
        return None
    connection_id = f"{broker}-paper"
    for each in connections:
        used = {r.target for r in (each.references or {}).values() if r.scheme == "env"}
        by_default = each.references is None and (each.spec.broker, each.spec.environment) == (
            broker,
            Environment.PAPER,
        )
        if by_default or used & set(names.values()) or each.spec.connection_id == connection_id:
            return None
    spec = ConnectionSpec(connection_id=connection_id, broker=broker, environment=Environment.PAPER)
    return ConnectionConfig(spec=spec, place=f"the environment ({', '.join(names.values())})")


def parse_connections(tree: object, path: str, base: Path) -> tuple[ConnectionConfig, ...]:
    """Read the `connections` table of a file at `path`; relative paths start at `base`. Raises `ConfigError`."""
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: connections is a section: write [connections.<id>]")
    return tuple(_connection(name, table, path, base) for name, table in tree.items())


def _connection(name: str, table: object, path: str, base: Path) -> ConnectionConfig:
    place = f"{path}: connections.{name}"
    if not isinstance(table, dict):
        raise ConfigError(f"{place} is a section: write [connections.{name}]")
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"{place}: unknown key {key}{suggestion(key, list(_KEYS))}")
    broker = _text(table.get("broker"), f"{place}.broker")
    environment = _text(table.get("environment", "paper"), f"{place}.environment").upper()
    if environment not in Environment.__members__:
        raise ConfigError(f"{place}.environment expects paper or live")
    spec = ConnectionSpec(
        connection_id=name,
        broker=broker,
        environment=Environment(environment),
        display_name=_text(table.get("display_name", ""), f"{place}.display_name", empty=True),
        settings=_settings(table.get("settings", {}), f"{place}.settings"),
    )
    credentials = table.get("credentials")
    references = None if credentials is None else _references(credentials, f"{place}.credentials", base)
    withdrawals = table.get("allow_withdrawals", False)
    if not isinstance(withdrawals, bool):
        raise ConfigError(f"{place}.allow_withdrawals expects true or false")
    return ConnectionConfig(spec=spec, place=place, references=references, allow_withdrawals=withdrawals)


def _text(value: object, place: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or empty):
        raise ConfigError(f"{place} expects text in quotes")
    return value


def _settings(table: object, place: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ConfigError(f'{place} is a table: settings = {{ name = "value" }}')
    return {name: _plain(value, f"{place}.{name}") for name, value in table.items()}


def _plain(value: object, place: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | Decimal):
        return str(value)
    raise ConfigError(f"{place} expects text, a number, true or false")


def _references(table: object, place: str, base: Path) -> dict[str, Reference]:
    if not isinstance(table, dict):
        raise ConfigError(f'{place} is a table of references: {{ part = "env:NAME" }}')
    return {name: _reference(value, f"{place}.{name}", base) for name, value in table.items()}


def _reference(value: object, place: str, base: Path) -> Reference:
    """Read a reference. What is not one may be the secret itself, so the error does not quote it."""
    scheme, _, target = value.partition(":") if isinstance(value, str) else ("", "", "")
    if scheme not in {"env", "file"} or not target:
        raise ConfigError(
            f'{place} must not hold a secret itself: write "env:NAME" for a variable or "file:/path" for a file'
        )
    return Reference(scheme=scheme, target=str(base / Path(target).expanduser()) if scheme == "file" else target)
