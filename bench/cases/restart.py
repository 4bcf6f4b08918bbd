"""Case g: from `serve` to "ready" with a long journal, killed before."""

from pathlib import Path
from typing import Any

from bench import journal
from bench.children import gateway
from bench.figures import Spread, number
from bench.machine import FOREIGN_LIMIT, Meter, resident_kib
from bench.result import CaseResult, Target, figure
from bench.run import Run

EVENTS, QUICK_EVENTS = 1_000_000, 50_000
GOAL = 30.0


def measure(run: Run) -> CaseResult:
    """Start in turn with the journal and without one. Servers are not pinned: nothing else of ours runs."""
    events = QUICK_EVENTS if run.options.quick else EVENTS
    run.say(f"restart: a journal of {events:,} events (made once, then kept in bench/out)")
    folder = journal.cached(events)
    rounds = run.options.fan_out_repeats
    taken: list[dict[str, Any]] = []
    for turn in range(rounds):
        run.say(f"restart: round {turn + 1} of {rounds}")
        taken.append({"journal": _start(folder), "empty": _start(None)})
    return _result(events, folder, taken)


def _start(folder: Path | None) -> dict[str, Any]:
    server = gateway(pinned=False, folder=folder)
    try:
        meter = Meter(server.pid, ())
        meter.start()
        server.wait()
        return {"seconds": server.ready_seconds, "mib": resident_kib(server.pid) / 1024, "usage": meter.stop()}
    finally:
        server.stop()


def _result(events: int, folder: Path, taken: list[dict[str, Any]]) -> CaseResult:
    result = CaseResult("g", "Restart after a kill -9", ["journal", "seconds to ready", "resident MiB"])
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1024**2
    for name, label in (("journal", f"{events:,} events, {number(size)} MiB"), ("empty", "none")):
        seconds = Spread.of([t[name]["seconds"] for t in taken])
        memory = Spread.of([t[name]["mib"] for t in taken])
        result.rows.append([label, seconds.text(), number(memory.median)])
        result.figures += [
            figure(t[name]["usage"], journal=label, round=turn, seconds=t[name]["seconds"], mib=t[name]["mib"])
            for turn, t in enumerate(taken)
        ]
    seconds = Spread.of([t["journal"]["seconds"] for t in taken])
    goal = f"ready within {GOAL:g} s from {EVENTS:,} events"
    if events == EVENTS:
        result.targets.append(Target("g", goal, f"{seconds.text()} s", met=seconds.median <= GOAL))
    else:
        result.targets.append(Target("g", goal, f"a quick run measures {events:,} events", None))
    result.notes.append(f"the file is in the page cache; noise is counted above {FOREIGN_LIMIT} core")
    result.note_noise()
    return result
