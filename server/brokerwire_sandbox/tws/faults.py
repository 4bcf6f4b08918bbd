"""The fault plan: what goes wrong on purpose, where, how often. The same seed gives the same faults."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ONE
from brokerwire_server.simulator.prng import Stream

_RESOLUTION = 1_000_000_000


class Target(StrEnum):
    """Where a rule strikes: requests by their names, callbacks by theirs, and fills.

    `REQUEST` is any request, `CALLBACK` any callback. A placeOrder of a known id counts as MODIFY_ORDER, one with
    whatIf as WHAT_IF.
    """

    REQUEST = "request"
    START_API = "startApi"
    PLACE_ORDER = "placeOrder"
    MODIFY_ORDER = "modifyOrder"
    WHAT_IF = "whatIf"
    CANCEL_ORDER = "cancelOrder"
    GLOBAL_CANCEL = "reqGlobalCancel"
    REQ_OPEN_ORDERS = "reqOpenOrders"
    REQ_ALL_OPEN_ORDERS = "reqAllOpenOrders"
    REQ_COMPLETED_ORDERS = "reqCompletedOrders"
    REQ_EXECUTIONS = "reqExecutions"
    REQ_POSITIONS = "reqPositions"
    REQ_ACCOUNT_UPDATES = "reqAccountUpdates"
    REQ_ACCOUNT_SUMMARY = "reqAccountSummary"
    REQ_CONTRACT_DETAILS = "reqContractDetails"
    REQ_MARKET_DATA = "reqMktData"
    REQ_HISTORICAL_DATA = "reqHistoricalData"
    REQ_CURRENT_TIME = "reqCurrentTime"
    CALLBACK = "callback"
    OPEN_ORDER = "openOrder"
    OPEN_ORDER_END = "openOrderEnd"
    ORDER_STATUS = "orderStatus"
    EXEC_DETAILS = "execDetails"
    EXEC_DETAILS_END = "execDetailsEnd"
    COMMISSION_REPORT = "commissionReport"
    COMPLETED_ORDER = "completedOrder"
    COMPLETED_ORDERS_END = "completedOrdersEnd"
    ERROR = "error"
    POSITION = "position"
    POSITION_END = "positionEnd"
    ACCOUNT_VALUE = "updateAccountValue"
    ACCOUNT_DOWNLOAD_END = "accountDownloadEnd"
    ACCOUNT_SUMMARY = "accountSummary"
    ACCOUNT_SUMMARY_END = "accountSummaryEnd"
    NEXT_VALID_ID = "nextValidId"
    MANAGED_ACCOUNTS = "managedAccounts"
    CONTRACT_DETAILS = "contractDetails"
    CONTRACT_DETAILS_END = "contractDetailsEnd"
    CURRENT_TIME = "currentTime"
    TICK = "tick"
    FILL = "fill"


class Kind(StrEnum):
    """What goes wrong.

    For requests: LOSE_REQUEST (nothing happens, nothing is said), LOSE_ANSWER (it is carried out, nothing is said of
    it), DELAY_REQUEST (carried out after `delay`), REFUSE (answered by error `code`), ABORT_BEFORE and ABORT_AFTER (the
    socket is reset, the request not carried out, or carried out), SPLIT_ORDER (MODIFY_ORDER: two orders live after it).
    For callbacks: DROP, DUPLICATE, REORDER (after the client's next message), DELAY, ABORT (a reset instead of it).
    For fills: the orders of telling, which are those of the settings' `FillOrder`.
    """

    LOSE_REQUEST = "lose_request"
    LOSE_ANSWER = "lose_answer"
    DELAY_REQUEST = "delay_request"
    REFUSE = "refuse"
    ABORT_BEFORE = "abort_before"
    ABORT_AFTER = "abort_after"
    SPLIT_ORDER = "split_order"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"
    ABORT = "abort"
    EXECUTION_FIRST = "execution_first"
    STATUS_FIRST = "status_first"
    COMMISSION_FIRST = "commission_first"
    NO_STATUS = "no_status"
    NO_EXECUTION = "no_execution"
    SILENT = "silent"


class FaultRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: after `after` matches, strike with `probability`, at most `count` times (0: without limit).

    `delay` is in seconds. `code` and `text` are the error of REFUSE. `order_ref` limits a rule to one order's, `codes`
    a rule on ERROR to these codes, `unasked` a rule on callbacks to those that answer no question, `burst` a rule on
    requests to times when the client has sent at least so many messages in the last second.
    """

    target: Target
    kind: Kind
    probability: Decimal = ONE
    count: int = 0
    after: int = 0
    delay: float = 0.0
    code: int = 201
    text: str = "Order rejected - reason:"
    order_ref: str = ""
    codes: tuple[int, ...] = ()
    unasked: bool = False
    burst: int = 0


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
        self._below = Stream(f"tws-faults:{plan.seed}").below
        self._matched = [0] * len(plan.rules)
        self._struck = [0] * len(plan.rules)

    def roll(
        self, *targets: str, order_ref: str = "", code: int = 0, rate: int = 0, unasked: bool = False
    ) -> FaultRule | None:
        """Return the rule that strikes something that is all of `targets`, if any."""
        winner: FaultRule | None = None
        for index, rule in enumerate(self.plan.rules):
            if rule.target.value not in targets or (rule.order_ref and rule.order_ref != order_ref):
                continue
            if (rule.codes and code not in rule.codes) or rate < rule.burst or (rule.unasked and not unasked):
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
