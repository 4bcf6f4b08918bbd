"""What a stream delivers, and how it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from brokerwire._calls.base import Blank
    from brokerwire._methods import Method
    from brokerwire._streaming.tokens import AnyTokenStore

E = TypeVar("E")
S = TypeVar("S")

OnGap = Literal["resnapshot", "fail"]

Place = tuple[str, ...]
"""What a sequence counts within."""


@dataclass(frozen=True, slots=True)
class Spec(Generic[E, S]):
    """One kind of stream, with its request."""

    method: Method
    request: Any
    event: Callable[[Any], E]
    snapshot: Callable[[Any], S]
    place: Callable[[Any], tuple[Place, int] | None]
    """Where an event stands: what its sequence counts within, and the sequence. None: nowhere."""
    repeats: bool = False
    """Whether events of one sequence may come twice with news: absolute states valued anew."""
    resumes: bool = True
    """Whether it has tokens. Without them a new connection begins with a new snapshot."""
    snapshot_is_event: bool = False
    """Whether a reader of events alone wants the snapshot too: quotes are quotes."""
    blank: Blank | None = None
    store: AnyTokenStore | None = None
