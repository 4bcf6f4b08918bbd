"""Calls of SimulatorService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, call, one_account
from brokerwire._ids import new_id
from brokerwire._wire import DecimalLike, Seconds, decimal, duration, enum, money, timestamp
from brokerwire.types.accounts import Account
from brokerwire.types.enums import AccountType, FaultKind, FaultTarget
from brokerwire.types.market import Quote
from brokerwire.types.simulator import FaultPlan, FaultReport, FaultRule, Funding, Simulation
from brokerwire.v1 import simulator_pb2
from brokerwire.v1 import simulator_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from brokerwire.types.values import Money

STEER_PATIENCE = 600.0


def open_account(
    account: str = "",
    *,
    cash: DecimalLike | Money = 100_000,
    currency: str = "USD",
    type: AccountType | str = "margin",  # noqa: A002 - the field's term
    margin_multiplier: DecimalLike | None = None,
    short_selling: bool = True,
    display_name: str = "",
) -> Call[Account]:
    """Opens a paper account.

    Args:
        account: Its id; the gateway makes one if empty, and then a second call opens a second account.
        cash: Cash to begin with.
        currency: Currency of the cash if it names none; the account's from then on.
        type: "margin" or "cash".
        margin_multiplier: Buying power as a multiple of equity, 1 to 4.
        short_selling: Whether a margin account may sell short.
        display_name: Name for people.
    """
    request = pb.OpenAccountRequest(
        account_id=account,
        display_name=display_name,
        cash=money(cash, "cash", currency),
        type=enum(AccountType, type, "type"),
        margin_multiplier=decimal(margin_multiplier, "margin_multiplier"),
        short_selling_disabled=not short_selling,
    )
    return call("OpenAccount", request, lambda response: Account.from_proto(response.account))


def close_account(account: str) -> Call[Account]:
    """Closes a paper account for good. It must hold no position and no open order."""
    request = pb.CloseAccountRequest(account_id=account)
    return call("CloseAccount", request, lambda response: Account.from_proto(response.account))


def fund(
    amount: DecimalLike | Money,
    *,
    currency: str = "USD",
    request_id: str | None = None,
    description: str = "",
    account: str | None = None,
) -> Call[Funding]:
    """Puts money into a paper account; an amount below zero takes it out.

    Args:
        amount: How much, in the account's currency.
        currency: Currency of an amount that names none.
        request_id: Idempotency key; made if absent.
        description: For people.
        account: The account; the client's own if absent.
    """
    key = new_id() if request_id is None else request_id
    request = pb.FundAccountRequest(amount=money(amount, "amount", currency), request_id=key, description=description)
    return call("FundAccount", request, Funding.from_proto, one_account(request, account), client_order_id=key)


def reset(
    *, cash: DecimalLike | Money | None = None, currency: str = "USD", account: str | None = None
) -> Call[Account]:
    """Sets a paper account back: cancels its orders, drops its positions, sets its cash."""
    request = pb.ResetAccountRequest(cash=money(cash, "cash", currency))
    blank = one_account(request, account)
    return call("ResetAccount", request, lambda response: Account.from_proto(response.account), blank)


def set_price(
    symbol: str,
    *,
    bid: DecimalLike | None = None,
    ask: DecimalLike | None = None,
    last: DecimalLike | None = None,
    bid_size: DecimalLike | None = None,
    ask_size: DecimalLike | None = None,
    last_size: DecimalLike | None = None,
) -> Call[Quote]:
    """Sets the quote of an instrument; orders match against it at once. What is absent stays as it is."""
    request = pb.SetPriceRequest(
        symbol=symbol,
        bid_price=decimal(bid, "bid_price"),
        bid_size=decimal(bid_size, "bid_size"),
        ask_price=decimal(ask, "ask_price"),
        ask_size=decimal(ask_size, "ask_size"),
        last_price=decimal(last, "last_price"),
        last_size=decimal(last_size, "last_size"),
    )
    return call("SetPrice", request, lambda response: Quote.from_proto(response.quote))


def simulation() -> Call[Simulation]:
    """Reads the state of the simulation."""
    return call("GetSimulation", pb.GetSimulationRequest(), _simulation)


def _simulation(response: pb.GetSimulationResponse | pb.SteerClockResponse) -> Simulation:
    return Simulation.from_proto(response.simulation)


def steer(
    *,
    paused: bool | None = None,
    speed: DecimalLike | None = None,
    advance: Seconds | None = None,
    advance_to: datetime | None = None,
    advance_quotes: int | None = None,
) -> Call[Simulation]:
    """Steers the clock; exactly one argument. Returns when the clock is where it was told to go.

    Args:
        paused: True stops the clock, False lets it run.
        speed: New multiple of real time.
        advance: Go on by this much simulated time, as a timedelta or in seconds, then stand still.
        advance_to: Go on to this time, then stand still.
        advance_quotes: Go on by this many quotes, then stand still.
    """
    given = (paused, speed, advance, advance_to, advance_quotes)
    if sum(value is not None for value in given) != 1:
        problem = "steer takes exactly one of paused, speed, advance, advance_to and advance_quotes"
        raise TypeError(problem)
    request = pb.SteerClockRequest(
        speed=decimal(speed, "speed"),
        advance_by=duration(advance),
        advance_to_time=timestamp(advance_to, "advance_to"),
        advance_quotes=advance_quotes,
    )
    if paused is not None:
        request.paused = paused
    return call("SteerClock", request, _simulation, patience=STEER_PATIENCE)


def set_faults(rules: Sequence[FaultRule], *, seed: int = 0) -> Call[FaultPlan]:
    """Puts a fault plan in place of the former one, with its counts at zero."""
    plan = simulator_pb2.FaultPlan(rules=[_rule(rule) for rule in rules], seed=seed)
    request = pb.SetFaultPlanRequest(plan=plan)
    return call("SetFaultPlan", request, lambda response: FaultPlan.from_proto(response.plan))


def _rule(rule: FaultRule) -> simulator_pb2.FaultRule:
    return simulator_pb2.FaultRule(
        target=enum(FaultTarget, rule.target, "target"),
        kind=enum(FaultKind, rule.kind, "kind"),
        probability=decimal(rule.probability, "probability"),
        after_count=rule.after_count,
        count=rule.count,
        delay=duration(rule.delay),
        account_ids=rule.account_ids,
    )


def faults() -> Call[FaultReport]:
    """Reads the fault plan and how often its rules struck."""
    return call("GetFaultPlan", pb.GetFaultPlanRequest(), FaultReport.from_proto)


def clear_faults() -> Call[None]:
    """Takes all faults away."""
    return call("ClearFaultPlan", pb.ClearFaultPlanRequest(), lambda _: None)
