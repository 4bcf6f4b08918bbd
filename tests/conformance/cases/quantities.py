from __future__ import annotations

from decimal import Decimal

from brokerwire_server.domain.orders import OrderState, OrderType
from tests.conformance.kit.case import case
from tests.conformance.kit.features import Feature
from tests.conformance.kit.world import World, until


@case("QTY-01", "fractional quantity", Feature.FRACTIONAL)
async def _(world: World) -> None:
    """A fraction is sent, filled and held exactly."""
    await world.submit(type=OrderType.MARKET, limit_price=None, quantity="0.123")
    await world.filled("one", "0.123")
    assert world.held() == Decimal("0.123")


@case("QTY-02", "order by amount", Feature.NOTIONAL)
async def _(world: World) -> None:
    """The broker sizes it; quantity, fills and position agree with that size."""
    await world.submit(type=OrderType.MARKET, limit_price=None, quantity=None, notional="250")
    await until(lambda: world.order().terminal)
    assert world.order().filled_quantity > 0
    assert world.held() == world.order().filled_quantity


@case("QTY-03", "prices to the tick")
async def _(world: World) -> None:
    """A price goes out, comes back and counts as the decimal it is."""
    await world.submit(limit_price="99.37", quantity="3")
    assert world.order().limit_price == Decimal("99.37")
    await world.trade("99.37", "3")
    await world.is_in(OrderState.FILLED)
    assert world.order().filled_cost == Decimal("298.11")


@case("QTY-04", "a large order in small pieces")
async def _(world: World) -> None:
    """Quantities add up exactly, however many and however odd the pieces."""
    await world.submit(quantity="1000", limit_price="99")
    for quantity in ("1", "37", "200", "312", "450"):
        await world.trade(quantity=quantity)
    await world.is_in(OrderState.FILLED)
    assert world.held() == 1000
