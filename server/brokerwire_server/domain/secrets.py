"""Secrets: values that never show themselves."""

from collections.abc import Iterable
from hmac import compare_digest


class Secret:
    """A credential. It prints as stars, can't be pickled, and gives its value to `reveal` only."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Hold `value`."""
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the one call that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        # In a time that does not tell how much of it is right.
        return isinstance(other, Secret) and compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("a secret can't be pickled or copied")


def scrub(text: str, secrets: Iterable[Secret]) -> str:
    """Return a text without the values of `secrets`: for words that come from elsewhere and may quote them."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), "***")
    return text
