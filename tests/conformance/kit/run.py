"""One case, from the start of its broker to the last promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.kit.promises import keep
from tests.conformance.kit.rig import Hazard, UndeclaredHazardError
from tests.conformance.kit.world import ASK, BID, SYMBOL, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.kit.case import Case
    from tests.conformance.kit.rig import Rig


async def run(one: Case, rig: Rig, directory: Path) -> None:
    """Run a case. Raises `AssertionError` where it, or a promise after it, does not hold."""
    _forbid_undeclared(one, rig)
    await rig.start()
    try:
        world = World(rig, directory, sweeping=one.sweeping)
        try:
            await rig.quote(SYMBOL, BID, ASK)
            await world.start()
            await one.act(world)
            await keep(world)
        finally:
            await world.close()
    finally:
        await rig.stop()


def _forbid_undeclared(one: Case, rig: Rig) -> None:
    """Make a case fail that uses a hazard which it does not declare: another broker may not have it."""
    for hazard in Hazard:
        if hazard not in one.needs:
            setattr(rig, hazard.value, _forbidden(one, hazard))


def _forbidden(one: Case, hazard: Hazard) -> Callable[..., Any]:
    def refuse(*_: object, **__: object) -> None:
        raise UndeclaredHazardError(f"{one.id} uses {hazard.name} and does not declare it")

    return refuse
