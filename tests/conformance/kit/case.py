"""Cases: named situations, and what must come of each. Every adapter runs the same ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tests.conformance.kit.features import Feature, has
from tests.conformance.kit.rig import Hazard
from tests.conformance.kit.world import World

if TYPE_CHECKING:
    from tests.conformance.kit.rig import Rig

FAMILIES = {
    "SUB": "Submission: an order is placed once, or is known not to be, or is in doubt until evidence comes",
    "EVT": "Events: they may beat the answer, come twice, late, or in another order",
    "DRP": "Drops: whatever the stream loses, a sweep finds",
    "LNK": "Link: what happens while it is down is known when it is up again",
    "RST": "Restart: a gateway that stops or crashes takes up what it left, and what happened meanwhile",
    "RPL": "Replace: one order through all its generations, whatever they race with",
    "CXL": "Cancel: asked for is not done; a fill may win",
    "FIL": "Fills: every execution once, also where it is annulled, corrected or late",
    "EXT": "Outside: what others do with the account is adopted",
    "GRP": "Groups: brackets and their kin, leg by leg",
    "LIM": "Limits: a broker that refuses for the rate of requests",
    "KEY": "Keys: credentials that are no longer good",
    "WIR": "Wire: values, fields and answers that nobody expected",
    "QTY": "Quantities: fractions, amounts and exact decimals",
    "MIX": "Mixes: everything at once, from a seed",
}
"""What each family of cases protects; the letters begin the ids."""


class Case(Struct, frozen=True, kw_only=True):
    """One case. `title` names the situation, `meaning` what must come of it.

    `needs` may excuse an adapter: a feature that its capabilities lack, a hazard that its rig has an excuse for.
    `sweeping` is false where the stream alone must do.
    """

    id: str
    title: str
    meaning: str
    needs: tuple[Feature | Hazard, ...]
    sweeping: bool
    act: Callable[[World], Awaitable[Any]]


REGISTRY: dict[str, Case] = {}


def case(
    case_id: str, title: str, *needs: Feature | Hazard, sweeping: bool = True
) -> Callable[[Callable[[World], Awaitable[Any]]], Callable[[World], Awaitable[Any]]]:
    """Register a case; the first line of the function's docstring is its meaning."""

    def register(act: Callable[[World], Awaitable[Any]]) -> Callable[[World], Awaitable[Any]]:
        assert case_id not in REGISTRY, f"{case_id} is taken"
        assert case_id.partition("-")[0] in FAMILIES, f"{case_id} is of no family"
        assert act.__doc__, f"{case_id} does not say what must come of it"
        REGISTRY[case_id] = Case(
            id=case_id,
            title=title,
            meaning=" ".join(act.__doc__.split("\n\n")[0].split()),
            needs=needs,
            sweeping=sweeping,
            act=act,
        )
        return act

    return register


def excuse(one: Case, rig: Rig) -> str:
    """Return why a case does not apply to an adapter; empty where it does."""
    if one.id in rig.case_excuses:
        return rig.case_excuses[one.id]
    capabilities = rig.capabilities()
    for need in one.needs:
        if isinstance(need, Feature):
            if not has(capabilities, need):
                return f"capability: not a broker that {need}"
        elif need in rig.excuses:
            return rig.excuses[need]
    return ""
