"""What a what-if answer says, and when it says nothing yet."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire_sandbox.tws import FaultPlan, FaultRule, Kind, Target
from brokerwire_server.brokers.ibkr.previews import margins_of
from brokerwire_server.brokers.ibkr.records import OpenOrder
from brokerwire_server.domain.accounts import Balances
from brokerwire_server.domain.errors import UnavailableError
from tests.unit.brokers.ibkr.readers import ACCOUNT, readers
from tests.unit.brokers.ibkr.test_reading import order

if TYPE_CHECKING:
    from brokerwire_server.brokers.base import Preview

pytestmark = pytest.mark.ibkr_libraries

ANSWER = OpenOrder(
    contract=None,
    perm_id=0,
    account=ACCOUNT,
    order_ref="",
    action="BUY",
    quantity=Decimal(100),
    type="LMT",
    limit_price=Decimal(228),
    aux_price=None,
    trail_stop_price=None,
    trailing_percent=None,
    tif="DAY",
    outside_rth=False,
    oca_group="",
    status="PreSubmitted",
    order_id=1,
    client_id=17,
    what_if=True,
    initial_margin_before=Decimal("148839.90"),
    initial_margin_change=Decimal("4398.70"),
    initial_margin_after=Decimal("153238.60"),
    maintenance_margin_before=Decimal("132591.07"),
    maintenance_margin_change=Decimal("3998.82"),
    maintenance_margin_after=Decimal("136589.89"),
    equity_with_loan_before=Decimal("1170559.72"),
    equity_with_loan_change=Decimal("-0.85"),
    equity_with_loan_after=Decimal("1170558.87"),
    commission=Decimal("1.0003"),
    commission_currency="USD",
)
WARNING = replace(ANSWER, initial_margin_change=None, warning="it waits until the market opens")


async def preview(*callbacks: tuple[Any, ...]) -> Preview:
    """Return the preview where the broker says nothing by itself, and these callbacks about the order come."""
    async with readers() as at:
        at.sandbox.set_faults(FaultPlan(rules=(FaultRule(target=Target.PLACE_ORDER, kind=Kind.LOSE_REQUEST),)))
        task = asyncio.create_task(at.previews.preview([order()], ACCOUNT, Balances(currency="EUR"), None))
        async with asyncio.timeout(5):
            while not at.asked("placeOrder"):
                await asyncio.sleep(0.001)
        (order_id,) = at.previews._asked
        for name, *arguments in callbacks:
            at.session._dispatch(name, order_id, *arguments)
        return await task


def test_the_margins_are_those_of_the_answer() -> None:
    found = margins_of(ANSWER, "EUR")
    assert found is not None
    assert found.currency == "EUR"
    assert (found.initial.change, found.maintenance.after) == (Decimal("4398.7"), Decimal("136589.89"))
    assert found.equity_with_loan.before == Decimal("1170559.72")


@pytest.mark.parametrize("name", [name for name in OpenOrder.__struct_fields__ if "margin_" in name or "loan_" in name])
def test_a_margin_that_is_unset_is_no_answer(name: str) -> None:
    assert margins_of(replace(ANSWER, **{name: None}), "EUR") is None


async def test_an_order_that_frees_margin_is_not_refused_for_want_of_it() -> None:
    short = {"equity_with_loan_after": Decimal(1), "initial_margin_change": Decimal(-5)}
    assert (await preview(("openOrder", replace(ANSWER, **short)))).refusal == "NONE"
    short["initial_margin_change"] = Decimal(5)
    assert (await preview(("openOrder", replace(ANSWER, **short)))).refusal == "INSUFFICIENT_BUYING_POWER"


async def test_a_first_answer_with_a_warning_only_is_waited_past() -> None:
    found = await preview(("openOrder", WARNING), ("error", 399, "it is early", ""), ("openOrder", ANSWER))
    assert found.margin is not None
    assert found.warnings == ("it waits until the market opens", "it is early")
    assert (found.commission, found.commission_currency) == (Decimal("1.0003"), "USD")


async def test_margins_that_stay_unset_are_no_preview() -> None:
    with pytest.raises(UnavailableError, match="waits until the market opens"):
        await preview(("openOrder", WARNING))


async def test_a_commission_that_is_not_stated_is_told() -> None:
    found = await preview(("openOrder", replace(ANSWER, commission=None)))
    assert found.commission == 0
    assert "did not state the commission" in found.warnings[0]


async def test_a_refusal_keeps_the_broker_s_words() -> None:
    found = await preview(("error", 201, "Order rejected - reason: not available for short sale", ""))
    assert found.refusal == "NOT_SHORTABLE"
    assert found.margin is None
