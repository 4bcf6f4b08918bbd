"""What a case of the benchmark found: a table, targets, and the figures behind them."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.machine import FOREIGN_LIMIT, Usage

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Target:
    """A goal, what was reached, and whether that meets it (`None`: not measured). Nothing is enforced."""

    case: str
    goal: str
    reached: str
    met: bool | None

    @property
    def verdict(self) -> str:
        """Say it in a word."""
        return "not measured" if self.met is None else "met" if self.met else "missed"


@dataclass
class CaseResult:
    """One table of the report. `figures` holds every sample for the JSON file."""

    case: str
    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)

    def note_noise(self) -> None:
        """Say how many samples were disturbed by other programs."""
        flagged = sum(1 for figure in self.figures if figure.get("noisy"))
        if flagged:
            total = len(self.figures)
            self.notes.append(f"{flagged} of {total} samples: other programs used more than {FOREIGN_LIMIT} core")


def figure(usage: Usage | Mapping[str, float], **values: Any) -> dict[str, Any]:
    """Return a sample for the JSON file, flagged where other programs disturbed it."""
    used = asdict(usage) if isinstance(usage, Usage) else dict(usage)
    return {**values, "cores": used, "noisy": used["foreign"] > FOREIGN_LIMIT}


def _finite(value: Any) -> Any:
    """Return a value without "not a number", which JSON does not know."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_json(path: Path, meta: Mapping[str, Any], results: list[CaseResult]) -> None:
    """Write everything to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = _finite({**meta, "cases": [asdict(result) for result in results]})
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
