from __future__ import annotations

from decimal import Decimal

import pytest

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.policies import PolicyOrigin, RiskPolicy
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind
from brokerwire_server.risk.limits import LIVE, PAPER, SPECS, limit_text, parse_limit
from brokerwire_server.risk.policy import Layer, defaults, layer, resolve

ACCOUNT = Scope(ScopeKind.ACCOUNT, "a")
AAPL, MSFT = Scope(ScopeKind.SYMBOL, "AAPL"), Scope(ScopeKind.SYMBOL, "MSFT")


def policy(scope: Scope, origin: PolicyOrigin = PolicyOrigin.STORED, **limits: str) -> Layer:
    return layer(RiskPolicy(scope=scope, limits=limits, origin=origin))


def test_of_hard_values_the_tightest_counts_whatever_its_scope() -> None:
    layers = [policy(EVERYTHING, order_notional_hard="100"), policy(ACCOUNT, order_notional_hard="200")]
    assert resolve(LIVE, layers)[0].order_notional_hard == 100
    layers = [policy(EVERYTHING, allow_flip="on"), policy(ACCOUNT, allow_flip="off")]
    assert resolve(LIVE, layers)[0].allow_flip is False
    layers = [policy(EVERYTHING, deny_symbols="A,B"), policy(ACCOUNT, deny_symbols="C")]
    assert resolve(LIVE, layers)[0].deny_symbols == {"A", "B", "C"}
    layers = [policy(EVERYTHING, allow_symbols="A,B"), policy(ACCOUNT, allow_symbols="B,C")]
    assert resolve(LIVE, layers)[0].allow_symbols == {"B"}


def test_of_soft_values_that_of_the_most_specific_scope_counts() -> None:
    layers = [policy(ACCOUNT, order_notional="200"), policy(EVERYTHING, order_notional="100")]
    limits, sources = resolve(LIVE, layers)
    assert (limits.order_notional, sources["order_notional"].scope) == (200, ACCOUNT)


def test_two_symbols_of_one_order_are_equally_specific() -> None:
    layers = [policy(AAPL, order_notional="200"), policy(MSFT, order_notional="100")]
    assert resolve(LIVE, layers)[0].order_notional == 100


def test_what_was_set_is_more_specific_than_the_file_within_a_scope() -> None:
    layers = [policy(ACCOUNT, order_notional="300"), policy(ACCOUNT, PolicyOrigin.CONFIGURATION, order_notional="9")]
    assert resolve(LIVE, layers)[0].order_notional == 300


def test_a_default_counts_only_where_no_policy_speaks() -> None:
    assert resolve(LIVE, [policy(EVERYTHING, order_notional_hard="9999999")])[0].order_notional_hard == 9_999_999
    assert resolve(LIVE, [policy(EVERYTHING, order_notional_hard="none")])[0].order_notional_hard is None
    assert resolve(LIVE, [])[0] is not LIVE
    assert resolve(LIVE, [])[0] == LIVE


def test_paper_keeps_the_size_limits_at_forty_times_and_live_is_the_default() -> None:
    assert defaults(Environment.LIVE) is LIVE
    assert LIVE.order_notional_hard is not None
    assert PAPER.order_notional_hard == LIVE.order_notional_hard * 40
    assert PAPER.account_rate is None


@pytest.mark.parametrize("name", SPECS)
def test_a_limit_reads_back_as_it_is_written(name: str) -> None:
    for limits in (LIVE, PAPER):
        value = getattr(limits, name)
        assert parse_limit(name, limit_text(value), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("order_notional", "-1"), ("order_notional", "1e9"), ("order_notional", "on"), ("allow_flip", "none"), ("x", "1")],
)
def test_what_is_no_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse_limit(name, text, "f")


def test_numbers_are_exact() -> None:
    assert parse_limit("order_notional", "0.1", "f") == Decimal("0.1")
