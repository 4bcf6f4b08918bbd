"""Who the engine is working for: set once per call, and inherited by every task that the call starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from brokerwire_server.domain.access import Principal, system

_ITSELF = system("gateway")
_acting: ContextVar[Principal] = ContextVar("acting", default=_ITSELF)


def acting() -> Principal:
    """Return the principal on whose behalf the running task works; the gateway itself where nobody asked."""
    return _acting.get()


def act_as(principal: Principal) -> None:
    """Work for a principal from here on, in this task and in those that it starts."""
    _acting.set(principal)


@contextmanager
def acting_as(principal: Principal) -> Iterator[None]:
    """Work for a principal within a block."""
    token = _acting.set(principal)
    try:
        yield
    finally:
        _acting.reset(token)
