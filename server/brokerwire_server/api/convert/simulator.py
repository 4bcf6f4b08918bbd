"""The simulation and its faults, both ways."""

from decimal import Decimal

from brokerwire.v1 import simulator_pb2
from brokerwire_server.api.convert.enums import FAULT_KIND, FAULT_TARGET
from brokerwire_server.api.convert.values import (
    NANOS,
    decimal_text,
    invalid,
    optional_decimal,
    optional_duration,
    set_duration,
    set_time,
)
from brokerwire_server.brokers.base import Simulation
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultRule, FaultTarget

MAX_RULES = 100

_COMMANDS = frozenset({FaultTarget.SUBMIT, FaultTarget.CANCEL, FaultTarget.REPLACE})
_TARGETS: dict[FaultKind, frozenset[FaultTarget]] = {
    FaultKind.LOSE_ANSWER: _COMMANDS,
    FaultKind.LOSE_REQUEST: _COMMANDS,
    FaultKind.REFUSE_CONNECTION: _COMMANDS,
    FaultKind.DELAY: _COMMANDS | {FaultTarget.EVENTS},
    FaultKind.DUPLICATE: frozenset({FaultTarget.EVENTS}),
    FaultKind.REORDER: frozenset({FaultTarget.EVENTS}),
    FaultKind.DROP: frozenset({FaultTarget.EVENTS}),
    FaultKind.MUTE: frozenset({FaultTarget.EVENTS, FaultTarget.LINK}),
    FaultKind.DISCONNECT: frozenset({FaultTarget.LINK}),
    FaultKind.RESTART: frozenset({FaultTarget.LINK}),
}
_SOURCES = {
    "random-walk": simulator_pb2.PRICE_SOURCE_RANDOM_WALK,
    "manual": simulator_pb2.PRICE_SOURCE_MANUAL,
    "replay": simulator_pb2.PRICE_SOURCE_REPLAY,
}


def simulation_message(simulation: Simulation) -> simulator_pb2.Simulation:
    """Return the state of the simulation."""
    m = simulator_pb2.Simulation(
        paused=simulation.paused,
        price_source=_SOURCES.get(simulation.source, simulator_pb2.PRICE_SOURCE_UNSPECIFIED),
        seed=simulation.seed,
        quote_count=simulation.quote_count,
        replay_finished=simulation.finished,
    )
    if not simulation.virtual:
        m.clock_mode = simulator_pb2.CLOCK_MODE_REAL_TIME
    elif simulation.speed == 0:
        m.clock_mode = simulator_pb2.CLOCK_MODE_VIRTUAL
    else:
        m.clock_mode = simulator_pb2.CLOCK_MODE_SCALED
    if m.clock_mode != simulator_pb2.CLOCK_MODE_VIRTUAL:
        m.speed.value = decimal_text(Decimal(repr(simulation.speed)))
    set_time(m.time, simulation.time)
    return m


def fault_plan_from(message: simulator_pb2.FaultPlan) -> FaultPlan:
    """Return the plan that a request describes."""
    if len(message.rules) > MAX_RULES:
        raise invalid("plan.rules", f"at most {MAX_RULES} rules")
    rules = tuple(_rule_from(rule, f"plan.rules[{index}].") for index, rule in enumerate(message.rules))
    return FaultPlan(rules=rules, seed=message.seed)


def _rule_from(message: simulator_pb2.FaultRule, path: str) -> FaultRule:
    target = FAULT_TARGET.need(message.target, f"{path}target")
    kind = FAULT_KIND.need(message.kind, f"{path}kind")
    if target not in _TARGETS[kind]:
        kinds = [k.value for k, targets in _TARGETS.items() if target in targets]
        raise invalid(f"{path}kind", f"{kind.value} does not go with {target.value}", supported=kinds)
    probability = optional_decimal(message, "probability", path)
    if probability is not None and not ZERO <= probability <= ONE:
        raise invalid(f"{path}probability", "between 0 and 1")
    if message.after_count < 0 or message.count < 0:
        raise invalid(f"{path}{'after_count' if message.after_count < 0 else 'count'}", "0 or more")
    if message.account_ids:
        raise invalid(f"{path}account_ids", "a rule for some accounts only is not supported yet: leave it empty")
    delay = optional_duration(message, "delay", path)
    return FaultRule(
        target=target,
        kind=kind,
        probability=ONE if probability is None else probability,
        count=message.count,
        after=message.after_count,
        delay=1.0 if delay is None else delay / NANOS,
    )


def fault_plan_message(plan: FaultPlan) -> simulator_pb2.FaultPlan:
    """Return a plan."""
    m = simulator_pb2.FaultPlan(seed=plan.seed)
    for rule in plan.rules:
        entry = m.rules.add(
            target=FAULT_TARGET.to_wire[rule.target],
            kind=FAULT_KIND.to_wire[rule.kind],
            after_count=rule.after,
            count=rule.count,
        )
        entry.probability.value = decimal_text(rule.probability)
        set_duration(entry.delay, int(rule.delay * NANOS))
    return m
