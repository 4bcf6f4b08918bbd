"""Medians, percentiles and spreads, and how they are written."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


@dataclass(frozen=True)
class Spread:
    """The median of several samples, with the least and the greatest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 3) -> str:
        """Return "median [low-high]", or the only value."""
        if self.low == self.high:
            return number(self.median, digits)
        return f"{number(self.median, digits)} [{number(self.low, digits)}-{number(self.high, digits)}]"


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, and commas in thousands."""
    if value != value:  # noqa: PLR0124 - not a number
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:.{max(digits - whole, 0)}f}"


def ratios(values: Sequence[float], base: Sequence[float]) -> Spread:
    """Return the ratios of samples to those of the same round: noise that lasts a round cancels out."""
    return Spread.of([value / other for value, other in zip(values, base, strict=True)])
