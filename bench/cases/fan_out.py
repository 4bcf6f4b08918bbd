"""Case e: events to 1, 10 and 100 subscribers, at 1,000 events a second and at full speed."""

from dataclasses import dataclass
from typing import Any

from bench.children import Server, gateway
from bench.figures import Spread, number
from bench.result import CaseResult, Target, figure
from bench.run import Run

RATE = 1_000
REPLAYED = 15_000
"""Events that are replayed from memory: fewer than the gateway keeps there."""

P99_GOAL, SPEED_GOAL = 20.0, 400_000


@dataclass(frozen=True)
class Setup:
    """One row: how many subscribers, at which door, and how events come about."""

    door: str
    count: int
    source: str

    @property
    def label(self) -> str:
        """The row's name."""
        return f"{self.source}, {self.count} subscribers, {self.door}"


_BURSTS, _SINGLE, _FULL, _REPLAY = "1,000/s", "1,000/s singly", "full speed", "from memory"
_ORDERS = {_BURSTS: 3, _SINGLE: 1, _FULL: 64}


def setups() -> list[Setup]:
    """Return all rows."""
    control = [Setup("grpc", 0, _BURSTS)]
    counts = [Setup("grpc", count, source) for source in (_BURSTS, _FULL) for count in (1, 10, 100)]
    rest = [Setup("grpc", 100, _SINGLE), Setup("grpc", 100, _REPLAY)]
    return control + counts + rest + [Setup("http", 100, source) for source in (_BURSTS, _FULL, _REPLAY)]


def measure(run: Run) -> CaseResult:
    """Run all rounds, each with a fresh gateway."""
    rounds = run.options.fan_out_repeats
    samples: dict[Setup, list[dict[str, Any]]] = {setup: [] for setup in setups()}
    for turn in range(rounds):
        with gateway() as server:
            for setup in setups():
                run.say(f"fan-out: round {turn + 1} of {rounds}, {setup.label}")
                samples[setup].append(_sample(run, server, setup))
    return _result(samples)


def _sample(run: Run, server: Server, setup: Setup) -> dict[str, Any]:
    doors: dict[str, Any] = {
        "door": setup.door,
        "grpc": server.addresses["grpc"],
        "address": server.addresses[setup.door],
    }
    if setup.source == _REPLAY:
        return run.sample("replay", server, **doors, count=setup.count, events=REPLAYED, run=run.name())
    return run.sample(
        "fan_out",
        server,
        **doors,
        count=setup.count,
        rate=0 if setup.source == _FULL else RATE,
        orders=_ORDERS[setup.source],
        seconds=max(run.options.seconds, 1.0),
        run=run.name(),
    )


def _result(samples: dict[Setup, list[dict[str, Any]]]) -> CaseResult:
    columns = ["source", "subscribers", "door", "made/s", "delivered/s", "p50 ms", "p99 ms"]
    columns += ["per message", "bytes each", "CPU us each", "less source", "server core", "load core"]
    result = CaseResult("e", "Fan-out: events to subscribers of StreamOrders", columns)
    source_cost = _source_cost(samples)
    for setup, taken in samples.items():
        median = {
            name: Spread.of([s.get(name, float("nan")) for s in taken]).median for name in taken[0] if name != "cores"
        }
        delivered = Spread.of([s["delivered"] for s in taken])
        costs = _costs(setup, taken, source_cost)
        cores = [number(Spread.of([s["cores"][who] for s in taken]).median, 2) for who in ("server", "load")]
        names = ("p50", "p99", "per_message", "bytes")
        made = number(median["made"]) if "made" in median else ""
        cells = [number(median.get(name, float("nan"))) for name in names]
        result.rows.append([setup.source, str(setup.count), setup.door, made, delivered.text(), *cells, *costs, *cores])
        result.figures += [
            figure(s["cores"], source=setup.source, subscribers=setup.count, door=setup.door, round=turn, **_plain(s))
            for turn, s in enumerate(taken)
        ]
    result.targets = _targets(samples)
    result.notes += [
        "latency: from the time in the journal (before the commit) to the subscriber's socket; every event of 1 in 16 "
        "messages (10 subscribers or fewer: of all); each subscriber has a connection of its own",
        "1,000/s: 111 batches of 3 orders a second, 3 events each; singly: 333 orders a second, one by one; "
        "full speed: the source waits when the slowest subscriber is 4,096 events behind",
        f"from memory: {REPLAYED:,} events are made first, then all subscribers resume from before them at once",
        f"the source costs the server {number(source_cost * 1e6)} us of CPU for each event made (measured without "
        "subscribers); 'less source' is what is left per delivered event",
    ]
    result.note_noise()
    return result


def _plain(sample: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sample.items() if name != "cores"}


def _source_cost(samples: dict[Setup, list[dict[str, Any]]]) -> float:
    """Return the CPU seconds that making one event costs the server."""
    control = next(taken for setup, taken in samples.items() if setup.count == 0)
    return Spread.of([s["cores"]["server"] / s["made"] for s in control]).median


def _costs(setup: Setup, taken: list[dict[str, Any]], source_cost: float) -> list[str]:
    if setup.count == 0:
        return ["", ""]
    whole = Spread.of([s["cores"]["server"] / s["delivered"] * 1e6 for s in taken]).median
    if setup.source != _BURSTS:
        return [number(whole), ""]
    rest = [(s["cores"]["server"] - s["made"] * source_cost) / s["delivered"] * 1e6 for s in taken]
    return [number(whole), number(max(Spread.of(rest).median, 0.0))]


def _targets(samples: dict[Setup, list[dict[str, Any]]]) -> list[Target]:
    targets = []
    for setup, taken in samples.items():
        if setup.count != 100:
            continue
        if setup.source in {_FULL, _REPLAY}:
            speed = Spread.of([s["delivered"] for s in taken])
            goal = f"{setup.label}: at least {SPEED_GOAL:,} events/s"
            targets.append(Target("e", goal, speed.text(), speed.median >= SPEED_GOAL))
        else:
            late = Spread.of([s["p99"] for s in taken])
            full = Spread.of([s["made"] for s in taken]).median >= 0.98 * RATE
            reached = late.text() + (" ms" if full else " ms, but the source did not reach the rate")
            goal = f"{setup.label}: p99 at most {P99_GOAL:g} ms"
            targets.append(Target("e", goal, reached, full and late.median <= P99_GOAL))
    return targets
