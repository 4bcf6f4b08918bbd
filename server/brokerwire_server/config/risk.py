"""Risk limits in the file: `[risk.global]`, and `[risk.<kind>.<name>]` for a narrower scope.

[risk.global]
order_notional = 10000

[risk.account.alpaca-live]
allow_symbols = "SPY,QQQ"

What the limits are is not for this module to know: `brokerwire risk show` lists them.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.config.values import ConfigError, suggestion
from brokerwire_server.domain.trading import Scope, ScopeKind

_GLOBAL = ScopeKind.GLOBAL.value.lower()
_KINDS = tuple(kind.value.lower() for kind in ScopeKind)


class RiskConfig(Struct, frozen=True, kw_only=True):
    """The limits of one scope, as text by name; `place` says where they stand."""

    scope: Scope
    limits: dict[str, str]
    place: str


def parse_risk(tree: object, path: str) -> tuple[RiskConfig, ...]:
    """Read the section. Raises `ConfigError` for what is no scope, or no value."""
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: risk is a section: write [risk.global]")
    return tuple(_scopes(tree, path))


def _scopes(tree: dict[str, object], path: str) -> Iterator[RiskConfig]:
    for kind, below in tree.items():
        if kind not in _KINDS:
            raise ConfigError(f"{path}: unknown key risk.{kind}{suggestion(kind, list(_KINDS))}")
        if not isinstance(below, dict):
            raise ConfigError(f"{path}: risk.{kind} is a section: write [risk.{kind}] on a line of its own")
        if kind == _GLOBAL:
            yield _limits(Scope(ScopeKind.GLOBAL), below, f"{path}: risk.{kind}")
            continue
        for name, table in below.items():
            place = f"{path}: risk.{kind}.{name}"
            if not isinstance(table, dict):
                raise ConfigError(f"{place}: name the {kind}: write [risk.{kind}.NAME]")
            yield _limits(Scope(ScopeKind(kind.upper()), name), table, place)


def _limits(scope: Scope, table: dict[str, object], place: str) -> RiskConfig:
    return RiskConfig(
        scope=scope, limits={name: _text(value, f"{place}.{name}") for name, value in table.items()}, place=place
    )


def _text(value: object, place: str) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        case str():
            return value
        case list() if all(isinstance(word, str) for word in value):
            return ",".join(map(str, value))
    raise ConfigError(f"{place} is a number, true or false, a text, or a list of texts")
