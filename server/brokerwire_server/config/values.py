"""The kinds of values that settings have, and how text or TOML becomes one."""

import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NewType

Address = NewType("Address", str)
"""Where to listen: `host:port`, `[v6]:port`, `unix:/path`, or empty for nowhere (written `off`)."""

Speed = NewType("Speed", float)
"""Simulated seconds per real second; 0 (written `max`) is as fast as possible."""

_HOST_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%a-z]+\]|[^:\s/\[\]]+):(?P<port>[0-9]{1,5})")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


class ConfigError(Exception):
    """The configuration is wrong; the text names where, what, and what would be right."""


def parse(kind: object, raw: object, base: Path) -> object:
    """Return `raw` (text, or what TOML made of it) as a value of `kind`; relative paths start at `base`.

    Raises:
        ValueError: it is not one; the text says what is expected.
    """
    if kind is Path:
        return _path(raw, base)
    if kind == Path | None:
        return None if raw == "" else _path(raw, base)
    if kind == tuple[Path, ...]:
        return tuple(_path(item, base) for item in _items(raw, os.pathsep))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind, raw)
    return _PARSERS[kind](raw)


def render(kind: object, value: object) -> str:
    """Return a value of `kind` as it is written in the file, without quotes."""
    if kind is Address:
        return str(value) or "off"
    if kind is Speed and not value:
        return "max"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def suggestion(word: str, known: list[str]) -> str:
    """Return ` (did you mean ...?)` for the nearest known word, or a list of all where none is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else f" (known: {', '.join(known)})"


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"expects text in quotes, not {raw!r}")
    return raw


def _bool(raw: object) -> bool:
    word = str(raw).lower() if isinstance(raw, str | bool) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError(f"expects true or false, not {raw!r}")
    return word in _TRUE


def _int(raw: object) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        value = raw
    elif isinstance(raw, str) and re.fullmatch(r"-?[0-9]{1,18}", raw):
        value = int(raw)
    else:
        raise ValueError(f"expects a whole number, not {raw!r}")
    if not 0 <= value < 1 << 63:
        raise ValueError(f"expects a whole number from 0 to 2^63-1, not {raw}")
    return value


def _decimal(raw: object) -> Decimal:
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal) or len(str(raw)) > 40:
            raise InvalidOperation
        value = Decimal(raw)
    except InvalidOperation:
        raise ValueError(f"expects a number, not {raw!r}") from None
    if not (value.is_finite() and 0 <= value < 10**18):
        raise ValueError(f"expects a number from 0 to 10^18, not {raw}")
    return value


def _float(raw: object) -> float:
    value = _decimal(raw)
    if not value:
        raise ValueError(f"expects a number above 0, not {raw}")
    return float(value)


def _speed(raw: object) -> Speed:
    if raw == "max":
        return Speed(0.0)
    try:
        return Speed(_float(raw))
    except ValueError:
        raise ValueError(f"expects a number above 0 (1 is real time) or max, not {raw!r}") from None


def _address(raw: object) -> Address:
    text = _text(raw).strip()
    if text in {"off", ""}:
        return Address("")
    if text.startswith("unix:"):
        if len(text) > len("unix:"):
            return Address(text)
    elif (match := _HOST_PORT.fullmatch(text)) and int(match["port"]) < 1 << 16:
        return Address(text)
    raise ValueError(f"expects host:port, unix:/path or off, not {raw!r}")


def _items(raw: object, separator: str) -> list[object]:
    if isinstance(raw, str):
        return [item.strip() for item in raw.split(separator) if item.strip()]
    if isinstance(raw, list | tuple):
        return list(raw)
    raise ValueError(f"expects a list, not {raw!r}")


def _texts(raw: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(raw, ","))


def _path(raw: object, base: Path) -> Path:
    if not isinstance(raw, str | Path) or not str(raw):
        raise ValueError(f"expects a path in quotes, not {raw!r}")
    return Path(os.path.normpath(base / Path(raw).expanduser()))


def _choice(kind: type[StrEnum], raw: object) -> StrEnum:
    known = [member.value for member in kind]
    if not isinstance(raw, str) or raw.lower() not in known:
        raise ValueError(f"expects one of {', '.join(known)}, not {raw!r}")
    return kind(raw.lower())


_PARSERS: Mapping[Any, Callable[[object], Any]] = MappingProxyType(
    {
        str: _text,
        bool: _bool,
        int: _int,
        float: _float,
        Decimal: _decimal,
        Address: _address,
        Speed: _speed,
        tuple[str, ...]: _texts,
    }
)
