"""Fault plans: what a simulated broker does wrong, on purpose and repeatably."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ONE


class FaultTarget(StrEnum):
    """Where a fault strikes: an operation, the event feed, or the link as a whole."""

    SUBMIT = "SUBMIT"
    CANCEL = "CANCEL"
    REPLACE = "REPLACE"
    EVENTS = "EVENTS"
    LINK = "LINK"


class FaultKind(StrEnum):
    """What goes wrong.

    For operations: LOSE_ANSWER (carried out, but no answer), LOSE_REQUEST (not carried out, and no answer),
    REFUSE_CONNECTION (provably not sent), DELAY. For events: DELAY, DUPLICATE, REORDER, DROP, MUTE (drop all while the
    link looks healthy). For the link: DISCONNECT (down for `delay`), RESTART (down, and what is in flight unanswered).
    """

    LOSE_ANSWER = "LOSE_ANSWER"
    LOSE_REQUEST = "LOSE_REQUEST"
    REFUSE_CONNECTION = "REFUSE_CONNECTION"
    DELAY = "DELAY"
    DUPLICATE = "DUPLICATE"
    REORDER = "REORDER"
    DROP = "DROP"
    MUTE = "MUTE"
    DISCONNECT = "DISCONNECT"
    RESTART = "RESTART"


class FaultRule(Struct, frozen=True, kw_only=True):
    """One rule: after `after` matches, strike with `probability`, at most `count` times (0: without limit).

    `delay` is in seconds: how long a DELAY, a DISCONNECT or a RESTART lasts.
    """

    target: FaultTarget
    kind: FaultKind
    probability: Decimal = ONE
    count: int = 0
    after: int = 0
    delay: float = 0.0


class FaultPlan(Struct, frozen=True, kw_only=True):
    """Rules in order of precedence, and the seed of their dice."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0
