"""Paper accounts over the wire: opened, funded, closed, and kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import brokerwire
from tests.support.processes import RestartableGateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestartableGateway]:
    running = RestartableGateway(tmp_path_factory.mktemp("accounts") / "data")
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def bw(server: RestartableGateway) -> Iterator[brokerwire.Client]:
    with brokerwire.connect(server.grpc) as client:
        yield client


def test_a_closed_account_takes_no_orders_and_stays_closed_after_a_restart(
    server: RestartableGateway, bw: brokerwire.Client, tmp_path: Path
) -> None:
    bw.simulator.open_account("closing", cash=1000)
    order = bw.submit("AAPL", "buy", 1, limit_price=1, account="closing")
    with pytest.raises(brokerwire.Precondition) as held:
        bw.simulator.close_account("closing")
    assert held.value.reason == "ACCOUNT_RESTRICTED"
    bw.cancel(order, account="closing")
    bw.simulator.close_account("closing")
    for _ in range(2):
        with pytest.raises(brokerwire.Precondition) as closed, brokerwire.connect(server.grpc) as again:
            again.submit("AAPL", "buy", 1, limit_price=1, account="closing")
        assert closed.value.reason == "ACCOUNT_CLOSED"
        server.stop()
        server.start()


def test_fault_rules_count_what_they_saw_and_struck(server: RestartableGateway) -> None:
    with brokerwire.connect(server.grpc) as bw:
        bw.simulator.open_account("faulty", cash=1000)
        rule = brokerwire.FaultRule(
            target=brokerwire.FaultTarget.SUBMIT, kind=brokerwire.FaultKind.LOSE_REQUEST, count=1
        )
        bw.simulator.set_faults([rule], seed=1)
        lost = bw.submit("AAPL", "buy", 1, limit_price=1, client_order_id="lost", account="faulty")
        assert (lost.state, lost.terminal) == ("indeterminate", False)
        again = bw.submit("AAPL", "buy", 1, limit_price=1, client_order_id="lost", account="faulty")
        assert (again.deduplicated, again.order_id) == (True, lost.order_id)
        assert bw.submit("AAPL", "buy", 1, limit_price=1, account="faulty").state == "working"
        assert [(s.seen_count, s.fired_count) for s in bw.simulator.faults().stats] == [(2, 1)]
        bw.simulator.clear_faults()


def test_the_terms_of_a_paper_account_are_kept(server: RestartableGateway) -> None:
    with brokerwire.connect(server.grpc) as bw:
        bw.simulator.open_account("levered", cash=1000, margin_multiplier=4)
        bw.simulator.open_account("plain", cash=1000, short_selling=False)
    server.kill()
    server.start()
    with brokerwire.connect(server.grpc) as bw:
        balances = bw.account("levered").balances
        assert balances is not None
        assert balances.buying_power == 4000
        with pytest.raises(brokerwire.BrokerwireError) as refused:
            bw.submit("AAPL", "sell_short", 1, limit_price=9000, account="plain")
        assert refused.value.reason == "UNSUPPORTED_BY_BROKER"
