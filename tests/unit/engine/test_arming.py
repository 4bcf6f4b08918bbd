from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import DeniedError, InvalidRequestError, NotFoundError, PreconditionError
from brokerwire_server.domain.orders import OrderState, OrderTerms
from brokerwire_server.domain.trading import TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.commands import OrderKey
from tests.support.builders import request
from tests.support.policies import unlimited
from tests.support.scripted_broker import ACCOUNT, ScriptedBroker
from tests.unit.engine.conftest import crash, start_gateway, until
from tests.unit.engine.trading import OFFICER, TRADER, WITHOUT_CODE, audited, audits, holding, set_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from brokerwire_server.domain.access import Principal
    from brokerwire_server.engine.gateway import Gateway


@pytest.fixture
def broker() -> ScriptedBroker:
    live = ScriptedBroker()
    live.environment = Environment.LIVE
    live.served = replace(ACCOUNT, environment=Environment.LIVE)
    return live


@pytest.fixture
async def gateway(database: Path, broker: ScriptedBroker) -> AsyncIterator[Gateway]:
    running = await start_gateway(database, broker, policies=[unlimited()])
    yield running
    await running.stop(grace=1.0)


def arm(gateway: Gateway, ttl: float | None = None, by: Principal = OFFICER) -> Any:
    with acting_as(by):
        return gateway.controls.arm("paper", ttl)


async def not_armed(gateway: Gateway, work: Any) -> None:
    with pytest.raises(PreconditionError) as caught:
        await work
    assert (caught.value.reason, caught.value.metadata) == ("ACCOUNT_NOT_ARMED", {"account_id": "paper"})


async def test_a_live_account_takes_nothing_but_cancels_until_it_is_armed(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await not_armed(gateway, gateway.desk.submit(request()))
    arm(gateway)
    assert (await gateway.desk.submit(request())).order.state is OrderState.ACCEPTED
    with acting_as(TRADER):
        assert gateway.controls.disarm("paper")
    await not_armed(gateway, gateway.desk.submit(request(client_order_id="two")))
    key = OrderKey("paper", client_order_id="one")
    await not_armed(gateway, gateway.actions.replace(key, OrderTerms(quantity=Decimal(9))))
    assert not (await gateway.actions.cancel(key)).refused
    assert (len(broker.sent), len(broker.replaces), len(broker.cancels)) == (1, 0, 1)


async def test_an_account_disarms_by_itself_and_that_is_on_record(gateway: Gateway) -> None:
    arm(gateway, ttl=30.0)  # at the test's pace that is over soon
    assert gateway.switchboard.armed("paper")
    await until(lambda: not gateway.switchboard.armed("paper"))
    await not_armed(gateway, gateway.desk.submit(request()))
    assert (await audited(gateway, "account.disarm")).details == {"reason": "its time is over"}


async def test_a_restart_disarms(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    arm(gateway)
    await crash(gateway)
    again = await start_gateway(database, broker)
    assert not again.switchboard.armed("paper")
    await not_armed(again, again.desk.submit(request()))
    await again.stop(grace=1.0)


@pytest.mark.parametrize(
    ("principal", "reason"), [(TRADER, "PERMISSION_DENIED"), (WITHOUT_CODE, "SECOND_FACTOR_REQUIRED")]
)
async def test_arming_takes_role_risk_and_a_second_factor(gateway: Gateway, principal: Principal, reason: str) -> None:
    with pytest.raises(DeniedError) as caught:
        arm(gateway, by=principal)
    assert caught.value.reason == reason
    assert not gateway.switchboard.armed("paper")
    assert await audits(gateway) == []


@pytest.mark.parametrize("ttl", [0.0, 24 * 3600.0 + 1])
async def test_an_arming_lasts_24_hours_at_most(gateway: Gateway, ttl: float) -> None:
    with pytest.raises(InvalidRequestError, match="ttl"):
        arm(gateway, ttl)
    assert arm(gateway, 24 * 3600.0).until


async def test_a_flatten_of_an_account_that_is_not_armed_cancels_and_says_that_nothing_was_closed(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    arm(gateway)
    await holding(gateway, broker, 10)
    with acting_as(TRADER):
        gateway.controls.disarm("paper")
    changed = await set_state(gateway, TradingState.HALTED, flatten=True)
    assert "not armed" in changed.cleared.problems[0]
    assert len(broker.sent) == 1


async def test_what_is_on_paper_or_unknown_is_not_armed(gateway: Gateway, tmp_path: Path) -> None:
    assert not gateway.switchboard.armed("nobody")
    with acting_as(OFFICER), pytest.raises(NotFoundError):
        gateway.controls.arm("nobody", None)
    paper = await start_gateway(tmp_path / "paper.db", ScriptedBroker())
    assert paper.switchboard.armed("paper")
    with pytest.raises(InvalidRequestError, match="on paper"):
        arm(paper)
    await paper.stop(grace=1.0)
