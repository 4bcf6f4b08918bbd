"""All cases, in the order of their families."""

from tests.conformance.cases import (
    cancels,
    drops,
    events,
    fills,
    groups,
    limits,
    links,
    mixes,
    outside,
    quantities,
    replaces,
    restarts,
    submission,
    wire,
)
from tests.conformance.kit.case import FAMILIES, REGISTRY

__all__ = [
    "CASES",
    "cancels",
    "drops",
    "events",
    "fills",
    "groups",
    "limits",
    "links",
    "mixes",
    "outside",
    "quantities",
    "replaces",
    "restarts",
    "submission",
    "wire",
]

_ORDER = list(FAMILIES)
CASES = sorted(REGISTRY.values(), key=lambda one: (_ORDER.index(one.id.partition("-")[0]), one.id))
