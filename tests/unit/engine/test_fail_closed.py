"""What is missing or broken stops new orders; it never lets one through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.accounts import AccountState, AccountStatus, Balances
from brokerwire_server.domain.errors import InvalidRequestError, PreconditionError, UnavailableError
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.reports import AccountReport
from brokerwire_server.store.base import StoreError
from tests.support.builders import request
from tests.support.scripted_broker import ACCOUNT

if TYPE_CHECKING:
    from brokerwire_server.engine.gateway import Gateway
    from tests.support.scripted_broker import ScriptedBroker


@pytest.fixture
async def broken(gateway: Gateway) -> Gateway:
    """Return a gateway whose disk has just refused a write."""
    writer = gateway.store._writer  # type: ignore[attr-defined]
    writer.failure = StoreError("the disk is full")
    return gateway


async def test_without_a_journal_nothing_is_sent(broken: Gateway, broker: ScriptedBroker) -> None:
    for number in range(2):
        with pytest.raises(UnavailableError) as caught:
            await broken.desk.submit(request(client_order_id=f"order-{number}"))
        assert caught.value.reason == "JOURNAL_UNAVAILABLE"
        assert caught.value.metadata.get("sent", "NO") == "NO"
    assert broker.sent == []
    assert not broken.healthy


@pytest.mark.parametrize("status", [AccountStatus.CLOSED, AccountStatus.RESTRICTED])
async def test_an_account_that_the_broker_has_shut_takes_no_orders(
    gateway: Gateway, broker: ScriptedBroker, status: AccountStatus
) -> None:
    shut = AccountState(account=replace(ACCOUNT, status=status), balances=Balances())
    broker.sink(AccountReport(account=shut))
    with pytest.raises(PreconditionError) as caught:
        await gateway.desk.submit(request())
    assert caught.value.reason == f"ACCOUNT_{status.value}"
    assert broker.sent == []


async def test_what_the_broker_is_not_known_to_trade_is_not_sent(gateway: Gateway, broker: ScriptedBroker) -> None:
    future = Instrument(symbol="ESZ6", asset_class=AssetClass.FUTURE)
    with pytest.raises(InvalidRequestError) as caught:
        await gateway.desk.submit(request(instrument=future))
    assert caught.value.reason == "UNSUPPORTED_BY_BROKER"
    assert broker.sent == []
