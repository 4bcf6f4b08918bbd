"""All rules, by the groups of the table in docs/risk.md."""

from brokerwire_server.risk.rule import cheap_first
from brokerwire_server.risk.rules import exposure, flow, regulatory, shape, size, state

RULES = cheap_first(
    (*state.RULES, *shape.RULES, *size.RULES, *flow.RULES, *exposure.RULES, *regulatory.RULES),
)
"""Every rule, the cheap ones first."""

__all__ = ["RULES"]
