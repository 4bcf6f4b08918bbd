"""What the API tells about calls. `observability` implements it without knowing this file."""

from typing import Protocol


class Observer(Protocol):
    """Callbacks with facts. They must be quick and never raise. `method` is "OrderService/SubmitOrder"."""

    def call_started(self, method: str, door: str) -> None:
        """A call was admitted, or is about to be refused."""

    def call_ended(self, method: str, door: str, code: str, seconds: float) -> None:
        """A call ended; `code` is "OK", "CANCELLED" or a `Code`. A stream lasts from its first to its last message."""


class NoObserver:
    """Tells nobody."""

    def call_started(self, method: str, door: str) -> None:
        """Ignore it."""

    def call_ended(self, method: str, door: str, code: str, seconds: float) -> None:
        """Ignore it."""
