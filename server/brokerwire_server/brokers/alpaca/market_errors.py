"""Failures of market data calls in our terms, with what a person can do about them."""

import logging
from collections.abc import Callable, Sequence

from brokerwire_server.domain.errors import (
    BrokerwireError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    UnavailableError,
    UnsupportedError,
    Violation,
)

BROKER = {"broker": "alpaca"}

_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """Alpaca answered other than 2xx. `words` are its own, `retry_after` seconds until its rate limit renews."""

    def __init__(self, status: int, words: str, retry_after: float | None = None) -> None:
        """Keep the facts."""
        super().__init__(f"HTTP {status}: {words}")
        self.status = status
        self.words = words
        self.retry_after = retry_after


class UnreachedError(Exception):
    """No answer came."""


def invalid(field: str, message: str, supported: Sequence[str] = ()) -> InvalidRequestError:
    """Return the error for a request that Alpaca can't take."""
    return InvalidRequestError.of(Violation(field, "INVALID_FIELD", message, tuple(supported)))


def reported(error: Exception, feed: str, now: Callable[[], int]) -> BrokerwireError:
    """Return what a failed call means to whoever asked."""
    match error:
        case BrokerwireError():
            return error
        case RefusedError():
            return _refusal(error, feed, now)
        case UnreachedError():
            return UnavailableError("BROKER_UNAVAILABLE", f"Alpaca's data could not be read: {error}", metadata=BROKER)
    return _garbled(error, now)


def _refusal(error: RefusedError, feed: str, now: Callable[[], int]) -> BrokerwireError:
    words, status = error.words, error.status
    metadata = BROKER | {"broker_code": str(status), "broker_message": words}
    if status in (401, 403):
        # A plan that lacks something is a 403 that says so; the other ones are about the keys.
        return not_subscribed(words, feed) if "subscription" in words.lower() else _keys(words)
    if status == 404:
        text = f"Alpaca has no such data: {words}"
        return NotFoundError("INSTRUMENT_NOT_FOUND", text, metadata=metadata | {"field": "symbol"})
    if status == 429:
        text = "Alpaca's rate limit is used up; it renews every minute"
        return OverloadedError("BROKER_RATE_LIMIT", text, metadata=metadata, retry_after=error.retry_after or 1.0)
    if status in (400, 422):
        return invalid("symbol" if "symbol" in words else "request", f"Alpaca: {words}")
    if status >= 500:
        text = f"Alpaca's data could not be read: HTTP {status}, {words}"
        return UnavailableError("BROKER_UNAVAILABLE", text, metadata=metadata)
    return _garbled(error, now)


def not_subscribed(words: str, feed: str) -> UnsupportedError:
    """Return the error for data that the account's plan does not have."""
    hint = (
        "your Alpaca plan has no SIP data: set data_feed = iex" if feed == "sip" else "your Alpaca plan lacks this data"
    )
    metadata = BROKER | {"field": "data_feed", "broker_message": words}
    return UnsupportedError("UNSUPPORTED_BY_BROKER", f"{hint} (Alpaca: {words})", metadata=metadata)


def _keys(words: str) -> UnavailableError:
    text = f"Alpaca refuses the keys ({words}): check that they are of this environment, or rotate them"
    return UnavailableError("BROKER_UNAVAILABLE", text, metadata=BROKER | {"link": "AUTH_REQUIRED"})


def _garbled(error: Exception, now: Callable[[], int]) -> BrokerwireError:
    error_id = f"{now():x}"
    _log.error(
        "an answer of Alpaca's is not what its documentation allows", exc_info=error, extra={"error_id": error_id}
    )
    text = f"Alpaca's answer can't be read; the log has it under {error_id}"
    return BrokerwireError("BROKER_PROTOCOL_ERROR", text, metadata=BROKER | {"error_id": error_id})
