"""What can go wrong on the socket."""

from collections.abc import Sequence
from typing import Any


class TwsError(Exception):
    """The broker answered a request with an error. `code` is one of its documented message codes."""

    def __init__(self, code: int, message: str) -> None:
        """State code and text."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class UnfinishedError(TimeoutError):
    """An answer had not come to its end in time. `messages` are what had come."""

    def __init__(self, messages: Sequence[Any]) -> None:
        """Carry what there is."""
        super().__init__(f"TWS did not end its answer in time ({len(messages)} parts of it came)")
        self.messages = list(messages)


class LinkDownError(Exception):
    """There is no session, or it ended before the answer was complete."""


class RefusedError(Exception):
    """The session was refused; the text says what a person has to do."""
