"""The fault plan at work: which rule strikes when, the same for the same seed."""

from decimal import Decimal

from brokerwire_server.domain.decimals import ONE
from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultRule, FaultTarget
from brokerwire_server.simulator.prng import Stream

_RESOLUTION = 1_000_000_000


class FaultDice:
    """Rolls for the rules of one plan. Every rule counts each match of its target; the first one to strike wins."""

    def __init__(self, plan: FaultPlan) -> None:
        """Begin with fresh counters and the plan's seed."""
        self.plan = plan
        self._random = Stream(f"faults:{plan.seed}")
        self._matched = [0] * len(plan.rules)
        self._struck = [0] * len(plan.rules)
        self.active = bool(plan.rules)

    def roll(self, target: FaultTarget, *kinds: FaultKind) -> FaultRule | None:
        """Return the rule that strikes this match of `target`, if any; with `kinds`, only rules of these count."""
        winner: FaultRule | None = None
        for index, rule in enumerate(self.plan.rules):
            if rule.target is not target or (kinds and rule.kind not in kinds):
                continue
            self._matched[index] += 1
            if winner is None and self._strikes(index, rule):
                self._struck[index] += 1
                winner = rule
        return winner

    def counts(self) -> list[tuple[int, int]]:
        """Return, for each rule, how many matches it saw and how many it struck."""
        return list(zip(self._matched, self._struck, strict=True))

    def _strikes(self, index: int, rule: FaultRule) -> bool:
        if self._matched[index] <= rule.after or (rule.count and self._struck[index] >= rule.count):
            return False
        if rule.probability >= ONE:
            return True
        return Decimal(self._random.below(_RESOLUTION)) < rule.probability * _RESOLUTION
