"""Compares what a driver reported with what a scenario expects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
REFERENCE = re.compile(r"\$\{([^}]+)\}")


def differences(expected: Any, got: Any, path: str = "") -> Iterator[str]:
    """Says where `got` is not as expected.

    A mapping may have more keys than expected, a list no more elements. None: absent or null. Text that is a number
    compares as a decimal; "~..." is a pattern for the whole text; "!..." is anything but the rest.
    """
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            yield f"{path}: {got!r} is no mapping"
            return
        for key, value in expected.items():
            yield from differences(value, got.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
            yield f"{path}: expected {len(expected)} elements, got {got!r}"
            return
        for index, value in enumerate(expected):
            yield from differences(value, got[index], f"{path}[{index}]")
    elif not _same(expected, got):
        yield f"{path}: expected {expected!r}, got {got!r}"


def _same(expected: Any, got: Any) -> bool:
    if not isinstance(expected, str) or not isinstance(got, str):
        return type(expected) is type(got) and bool(expected == got)
    if expected.startswith("~"):
        return re.fullmatch(expected[1:], got) is not None
    if expected.startswith("!"):
        return expected[1:] != got
    if NUMBER.fullmatch(expected) and NUMBER.fullmatch(got):
        return Decimal(expected) == Decimal(got)
    return expected == got


def matches(expected: Any, got: Any) -> bool:
    """Tells whether it is as expected."""
    return next(differences(expected, got), None) is None


def missing_in_order(expected: Sequence[Any], items: Sequence[Any]) -> Any:
    """Returns the first expected item that does not come after the others; None if all do."""
    rest = iter(items)
    return next((wanted for wanted in expected if not any(matches(wanted, item) for item in rest)), None)


def filled_in(value: Any, known: Mapping[str, Any]) -> Any:
    """Puts what is known in the place of "${name.path}"; text that is nothing else becomes the value itself."""
    if isinstance(value, Mapping):
        return {key: filled_in(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, known) for item in value]
    if not isinstance(value, str):
        return value
    if whole := REFERENCE.fullmatch(value):
        return _look_up(whole[1], known)
    return REFERENCE.sub(lambda found: str(_look_up(found[1], known)), value)


def _look_up(path: str, known: Mapping[str, Any]) -> Any:
    value: Any = known
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value
