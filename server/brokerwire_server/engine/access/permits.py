"""What the acting principal may do to orders, and how much of it: asked where the engine acts, whatever the door."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from enum import StrEnum

from brokerwire_server.domain.access import Action, Principal
from brokerwire_server.domain.errors import DeniedError, OverloadedError
from brokerwire_server.engine.acting import acting

_REMEMBERED = 10_000


class _Kind(StrEnum):
    CALLS = "calls"
    ORDERS = "orders"
    CANCELS = "cancels"


class Permits:
    """Gives or refuses leave. Whoever has no quota is never refused for it: `LOCAL`, and the gateway itself."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Measure rates on this clock, in seconds."""
        self._monotonic = monotonic
        self._left: OrderedDict[tuple[str, _Kind], tuple[float, float]] = OrderedDict()
        self._open: Counter[str] = Counter()

    def act(self, action: Action) -> None:
        """Let the acting principal do something to one order.

        Raises:
            DeniedError: it may not do this.
            OverloadedError: not so soon; `retry_after` says when.
        """
        principal = acting()
        if not principal.may(action):
            raise denied(principal, f"action:{action.value}", f"may not {action.value.lower()} orders")
        if action is Action.CANCEL:
            self._take(principal, _Kind.CANCELS, principal.quota.cancels)
        else:
            self._take(principal, _Kind.ORDERS, principal.quota.orders)

    def call(self, principal: Principal) -> None:
        """Let a principal make a call. Raises `OverloadedError`."""
        self._take(principal, _Kind.CALLS, principal.quota.calls)

    def enter_stream(self, principal: Principal) -> None:
        """Count a stream in, until `leave_stream`. Raises `OverloadedError`, having counted nothing."""
        limit = principal.quota.streams
        if limit and self._open[principal.name] >= limit:
            text = f"{principal.name} has {limit} streams open, which is its limit: close some"
            raise OverloadedError("PRINCIPAL_LIMIT", text, metadata={"principal": principal.name, "limit": str(limit)})
        self._open[principal.name] += 1

    def streams(self, name: str) -> int:
        """Return how many streams a principal has open."""
        return self._open[name]

    def leave_stream(self, principal: Principal) -> None:
        """Count a stream out."""
        self._open[principal.name] -= 1
        if not self._open[principal.name]:
            del self._open[principal.name]

    def _take(self, principal: Principal, kind: _Kind, rate: int) -> None:
        """Take one of `rate` that a second brings; as many may be taken at once after a quiet second."""
        if not rate:
            return
        key, now = (principal.name, kind), self._monotonic()
        left, when = self._left.pop(key, (float(rate), now))
        left = min(left + (now - when) * rate, float(rate))
        if len(self._left) >= _REMEMBERED:
            self._left.popitem(last=False)
        if left < 1:
            self._left[key] = left, now
            text = f"{principal.name} is over its limit of {rate} {kind.value} a second: slow down"
            metadata = {"principal": principal.name, "limit": str(rate)}
            raise OverloadedError("PRINCIPAL_LIMIT", text, metadata=metadata, retry_after=(1 - left) / rate)
        self._left[key] = left - 1, now


def denied(principal: Principal, needed: str, text: str) -> DeniedError:
    """Return the error for something that a principal may not do; `needed` names what would allow it."""
    metadata = {"principal": principal.name, "needed": needed}
    return DeniedError("PERMISSION_DENIED", f"{principal.name} {text}", metadata=metadata)
