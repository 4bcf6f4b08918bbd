"""The fault plan: what goes wrong on purpose, where, how often. The same seed gives the same faults."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ONE
from brokerwire_server.simulator.prng import Stream

_RESOLUTION = 1_000_000_000


class Target(StrEnum):
    """Where a rule strikes. `GET` is any GET, `ANY` any request; data paths count as DATA and as GET."""

    POST_ORDERS = "POST orders"
    PATCH_ORDERS = "PATCH orders"
    DELETE_ORDERS = "DELETE orders"
    GET_ORDERS = "GET orders"
    GET_ORDER = "GET order"
    GET_BY_CLIENT_ID = "GET by_client_order_id"
    GET_ACTIVITIES = "GET activities"
    GET_POSITIONS = "GET positions"
    DELETE_POSITIONS = "DELETE positions"
    GET_ACCOUNT = "GET account"
    DATA = "data"
    GET = "GET"
    ANY = "any"
    STREAM = "stream"
    STREAM_CONNECT = "stream connect"
    SSE = "sse"


class Kind(StrEnum):
    """What goes wrong.

    `answer_*`: the request is carried out, and its answer is lost or spoilt. `request_*`: it is not carried out, but
    for REQUEST_DELAY, which carries it out after `delay`. The last group is for the targets STREAM and SSE, per event;
    CONNECT_* for STREAM_CONNECT.
    """

    ANSWER_504 = "answer_504"
    ANSWER_500 = "answer_500"
    ANSWER_502_HTML = "answer_502_html"
    ANSWER_STATUS = "answer_status"
    ANSWER_RESET = "answer_reset"
    ANSWER_HANG = "answer_hang"
    ANSWER_TRUNCATED = "answer_truncated"
    ANSWER_BROKEN_JSON = "answer_broken_json"
    ANSWER_HTML = "answer_html"
    ANSWER_SLOW = "answer_slow"
    ANSWER_DELAY = "answer_delay"
    ANSWER_UNKNOWN_VALUES = "answer_unknown_values"
    REQUEST_RESET = "request_reset"
    REQUEST_HANG = "request_hang"
    REQUEST_429 = "request_429"
    REQUEST_500 = "request_500"
    REQUEST_504 = "request_504"
    REQUEST_502_HTML = "request_502_html"
    REQUEST_HTML = "request_html"
    REQUEST_REDIRECT = "request_redirect"
    REQUEST_401 = "request_401"
    REQUEST_403 = "request_403"
    REQUEST_404 = "request_404"
    REQUEST_DELAY = "request_delay"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"
    MUTE = "mute"
    CLOSE = "close"
    ABORT = "abort"
    CONNECT_429 = "connect_429"
    CONNECT_401 = "connect_401"
    CONNECT_500 = "connect_500"
    CONNECT_RESET = "connect_reset"


class FaultRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: after `after` matches, strike with `probability`, at most `count` times (0: without limit).

    `delay` is in seconds (delays, mutes, and how long a hanging answer hangs: 0 is until the client leaves). `events`
    limits STREAM and SSE rules to events of these names. `status` and `body` are the answer of ANSWER_STATUS; `status`
    is also the close code of CLOSE. `client_order_id` limits order rules to bodies or queries that name it.
    """

    target: Target
    kind: Kind
    probability: Decimal = ONE
    count: int = 0
    after: int = 0
    delay: float = 0.0
    events: tuple[str, ...] = ()
    status: int = 0
    body: str = ""
    client_order_id: str = ""


class FaultPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules in order of precedence, and the seed of their dice."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0


class FaultCount(Struct, frozen=True):
    """How often a rule's target was met, and how often the rule struck."""

    matched: int
    struck: int


class Dice:
    """Rolls for the rules of one plan; the first one to strike wins. Every rule counts each match of its target."""

    def __init__(self, plan: FaultPlan) -> None:
        """Begin with fresh counters and the plan's seed."""
        self.plan = plan
        self.active = bool(plan.rules)
        self._below = Stream(f"alpaca-faults:{plan.seed}").below
        self._matched = [0] * len(plan.rules)
        self._struck = [0] * len(plan.rules)

    def roll(self, targets: tuple[Target, ...], *, event: str = "", client_order_id: str = "") -> FaultRule | None:
        """Return the rule that strikes something that is all of `targets`, if any."""
        winner: FaultRule | None = None
        for index, rule in enumerate(self.plan.rules):
            if rule.target not in targets or (rule.events and event not in rule.events):
                continue
            if rule.client_order_id and rule.client_order_id != client_order_id:
                continue
            self._matched[index] += 1
            if winner is None and self._strikes(index, rule):
                self._struck[index] += 1
                winner = rule
        return winner

    def counts(self) -> list[FaultCount]:
        """Return the counts, rule by rule."""
        return [FaultCount(m, s) for m, s in zip(self._matched, self._struck, strict=True)]

    def _strikes(self, index: int, rule: FaultRule) -> bool:
        if self._matched[index] <= rule.after or (rule.count and self._struck[index] >= rule.count):
            return False
        if rule.probability >= ONE:
            return True
        return Decimal(self._below(_RESOLUTION)) < rule.probability * _RESOLUTION


def targets_of(method: str, path: str) -> tuple[Target, ...]:
    """Return everything that a request counts as."""
    found = [Target.ANY] if method != "GET" else [Target.GET, Target.ANY]
    if not path.startswith("/v2/") or path.startswith("/v2/stocks"):
        return (Target.DATA, *found)
    room = path[4:]
    if room.startswith("orders"):
        return (*_order_targets(method, room), *found)
    if room.startswith("account/activities"):
        return (Target.GET_ACTIVITIES, *found)
    if room.startswith("account"):
        return (Target.GET_ACCOUNT, *found) if method == "GET" else tuple(found)
    if room.startswith("positions"):
        return (Target.GET_POSITIONS if method == "GET" else Target.DELETE_POSITIONS, *found)
    return tuple(found)


def _order_targets(method: str, room: str) -> tuple[Target, ...]:
    if method == "GET":
        if room.startswith("orders:"):
            return (Target.GET_BY_CLIENT_ID, Target.GET_ORDERS)
        return (Target.GET_ORDERS,) if room == "orders" else (Target.GET_ORDER, Target.GET_ORDERS)
    named = {"POST": Target.POST_ORDERS, "PATCH": Target.PATCH_ORDERS, "DELETE": Target.DELETE_ORDERS}
    return (named[method],) if method in named else ()
