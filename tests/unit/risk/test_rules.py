from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.orders import OrderState
from brokerwire_server.risk.limits import LIVE, PAPER, SPECS
from brokerwire_server.risk.rule import evaluate, in_force
from brokerwire_server.risk.rules import RULES
from brokerwire_server.risk.verdict import Finding, Severity
from tests.support.builders import order
from tests.unit.risk.cases import CASES, NEW_ONLY
from tests.unit.risk.snapshots import UNLIMITED, snapshot

if TYPE_CHECKING:
    from brokerwire_server.risk.snapshot import Snapshot

ALL = pytest.mark.parametrize("name", CASES)
BY_NAME = {rule.name: rule for rule in RULES}


def made(name: str, changes: dict[str, Any]) -> Snapshot:
    if "balances" in changes and changes["balances"] is None:
        rest = {key: value for key, value in changes.items() if key != "balances"}
        return replace(snapshot(limits=CASES[name].limits, **rest), balances=None, balances_age=None)
    return snapshot(limits=CASES[name].limits, **changes)


def found(name: str, snap: Snapshot) -> list[Finding]:
    return [finding for finding in evaluate(RULES, snap) if finding.rule == name]


def as_replace(snap: Snapshot) -> Snapshot:
    """Return the same order as what a replace of a smaller one would make of it."""
    before = replace(snap.order, quantity=snap.order.quantity and snap.order.quantity / 2, state=OrderState.WORKING)
    return snap if snap.before is not None else replace(snap, before=before)


def test_every_rule_has_its_cases_and_every_case_its_rule() -> None:
    assert CASES.keys() == BY_NAME.keys()


def test_rules_are_asked_from_cheap_to_dear() -> None:
    costs = [rule.cost for rule in RULES]
    assert costs == sorted(costs)


@ALL
def test_it_rejects(name: str) -> None:
    (finding,) = found(name, made(name, CASES[name].rejected))
    rule = BY_NAME[name]
    assert (finding.code, finding.severity, finding.missing) == (rule.code, rule.severity, False)
    assert finding.message
    assert finding.rejects is (rule.severity is not Severity.WARNING)


@ALL
def test_it_allows_what_is_exactly_at_the_limit(name: str) -> None:
    assert found(name, made(name, CASES[name].allowed)) == []


@ALL
def test_it_rejects_where_its_data_is_missing(name: str) -> None:
    changes = CASES[name].missing
    if isinstance(changes, str):
        assert not BY_NAME[name].needs, f"{name} needs data, so there is a case: {changes}"
        return
    (finding,) = found(name, made(name, changes))
    assert finding.rejects
    assert finding.missing or name == "balance_age"


@ALL
def test_it_holds_for_a_replace(name: str) -> None:
    case = CASES[name]
    changes = case.replaced if isinstance(case.replaced, dict) and case.replaced else case.rejected
    snap = as_replace(made(name, changes))
    if case.replaced == NEW_ONLY:
        assert found(name, snap) == []
        return
    assert [finding.missing for finding in found(name, snap)] == [False]


@ALL
def test_the_rules_in_force_find_what_all_rules_find(name: str) -> None:
    for changes in (CASES[name].rejected, CASES[name].allowed, CASES[name].missing):
        if isinstance(changes, dict):
            snap = made(name, changes)
            for each in (snap, replace(snap, limits=LIVE), replace(snap, limits=PAPER)):
                assert evaluate(in_force(RULES, each.limits), each) == evaluate(RULES, each)


@ALL
def test_a_rule_is_in_force_where_its_limit_is_set(name: str) -> None:
    assert BY_NAME[name] in in_force(RULES, made(name, CASES[name].rejected).limits)


QUALIFIERS = {
    "account_burst",
    "balance_age",
    "collar_extended_factor",
    "collar_option_amount",
    "collar_percent_high",
    "collar_percent_mid",
}
"""Limits that say more about another one, and nothing alone."""


@pytest.mark.parametrize("name", [name for name in SPECS if getattr(LIVE, name) != getattr(UNLIMITED, name)])
def test_every_limit_by_itself_puts_a_rule_in_force(name: str) -> None:
    alone = replace(UNLIMITED, **{name: getattr(LIVE, name)})
    assert (in_force(RULES, alone) != in_force(RULES, UNLIMITED)) is (name not in QUALIFIERS)


def test_on_paper_most_rules_are_not_in_force() -> None:
    assert len(in_force(RULES, PAPER)) < len(in_force(RULES, LIVE)) / 2


def test_all_violations_are_told_at_once() -> None:
    snap = snapshot(
        limits={"order_notional": 1, "equity_quantity": 1, "check_self_trade": True}, crossing="o-9", armed=False
    )
    rules = {finding.rule for finding in evaluate(RULES, snap)}
    assert rules == {"armed", "quantity", "self_trade", "order_notional"}


def test_the_gateway_itself_may_bring_a_position_down_in_any_state() -> None:
    case = CASES["trading_state"]
    assert found("trading_state", made("trading_state", case.allowed)) == []


def test_a_replace_that_adds_nothing_passes_limits_that_are_exceeded_already() -> None:
    smaller = order(quantity=order().quantity)
    snap = replace(made("position_notional", CASES["position_notional"].rejected), before=smaller)
    assert found("position_notional", snap) == []
