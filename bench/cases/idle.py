"""Case h: the memory of 1,000 idle streams."""

from dataclasses import dataclass
from typing import Any

from bench.children import gateway
from bench.figures import Spread, number
from bench.result import CaseResult, Target, figure
from bench.run import Run

STREAMS = 1_000
GOAL_KB = 40.0


@dataclass(frozen=True)
class Setup:
    """Where the streams come in, and how many share a connection."""

    door: str
    per_connection: int

    @property
    def label(self) -> str:
        """The row's name."""
        share = "a connection each" if self.per_connection == 1 else f"{self.per_connection} per connection"
        return f"{self.door}, {share}"


SETUPS = (Setup("grpc", 100), Setup("grpc", 1), Setup("http", 1))


def measure(run: Run) -> CaseResult:
    """Run all rounds, each sample with a fresh gateway."""
    rounds = run.options.fan_out_repeats
    samples: dict[Setup, list[dict[str, Any]]] = {setup: [] for setup in SETUPS}
    for turn in range(rounds):
        for setup in SETUPS:
            run.say(f"idle streams: round {turn + 1} of {rounds}, {setup.label}")
            with gateway() as server:
                address = server.addresses[setup.door]
                samples[setup].append(
                    run.sample(
                        "idle",
                        server,
                        door=setup.door,
                        address=address,
                        count=STREAMS,
                        per_connection=setup.per_connection,
                    )
                )
    return _result(samples)


def _result(samples: dict[Setup, list[dict[str, Any]]]) -> CaseResult:
    columns = ["streams", "KB per stream", "resident MiB before", "after"]
    result = CaseResult("h", f"Memory of {STREAMS:,} idle streams", columns)
    for setup, taken in samples.items():
        each = Spread.of([s["each"] * 1.024 for s in taken])
        levels = [number(Spread.of([s[name] / 1024 for s in taken]).median) for name in ("before", "after")]
        result.rows.append([setup.label, each.text(), *levels])
        goal = f"{setup.label}: at most {GOAL_KB:g} KB per idle stream"
        result.targets.append(Target("h", goal, each.text(), each.median <= GOAL_KB))
        result.figures += [
            figure(s["cores"], door=setup.door, per_connection=setup.per_connection, round=turn, kib=s["each"])
            for turn, s in enumerate(taken)
        ]
    return result
