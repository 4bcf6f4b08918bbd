"""Who the engine is working for: set once per call, and inherited by every task that the call starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from brokerwire_server.domain.access import Principal, system
from brokerwire_server.domain.errors import DeniedError

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


def need_second_factor(action: str) -> None:
    """Raise `DeniedError` where no valid second factor came with the call that is being carried out.

    What the gateway does by itself needs none. `action` says for a person what is asked: "releasing a halt".
    """
    principal = acting()
    if not principal.second_factor:
        text = f"{action} needs a second factor: send a fresh code as brokerwire-otp"
        raise DeniedError("SECOND_FACTOR_REQUIRED", text, metadata={"principal": principal.name})
