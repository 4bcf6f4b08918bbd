"""Cases a to d: echo, durable echo, SubmitOrder and OrderSession, with the REST baseline beside them.

Every round starts all servers afresh and takes one sample of each contestant, each time in another order. Ratios are
made within a round and then the median is taken.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.children import Server, floor, gateway, rest
from bench.figures import Spread, number, ratios
from bench.result import CaseResult, Target, figure
from bench.run import Run

CALLERS = (1, 64)
_FLOOR = "/bench.v1.FloorService"
_SUBMIT = "/brokerwire.v1.OrderService/SubmitOrder"
_SESSION_LIMITS = {64: 32, 1024: 256}
"""Orders under way in a session, and the size of its batches."""


@dataclass(frozen=True)
class Contestant:
    """One thing that is measured: a method behind a door, with so many callers (or orders under way)."""

    name: str
    server: str
    door: str
    path: str
    callers: int

    @property
    def key(self) -> tuple[str, str, int]:
        """Names its samples."""
        return self.name, self.door, self.callers


Samples = dict[tuple[str, str, int], list[dict[str, Any]]]


def contestants(cases: frozenset[str]) -> list[Contestant]:
    """Return what the chosen cases need."""
    calls = []
    for callers in CALLERS:
        for door in ("grpc", "http"):
            calls.append(Contestant("echo", "floor", door, f"{_FLOOR}/Echo", callers))
            if cases & set("bcd"):
                calls.append(Contestant("durable echo", "floor", door, f"{_FLOOR}/Durable", callers))
            if cases & set("cd"):
                calls.append(Contestant("SubmitOrder", "gateway", door, _SUBMIT, callers))
        if cases & set("c"):
            calls.append(Contestant("REST baseline", "rest", "rest", "/orders", callers))
    if "d" in cases:
        calls += [Contestant("OrderSession", "gateway", "grpc", "", limit) for limit in _SESSION_LIMITS]
    return calls


def measure(run: Run) -> CaseResult:
    """Run all rounds."""
    everyone = contestants(run.options.cases)
    samples: Samples = {one.key: [] for one in everyone}
    for turn in range(run.options.repeats):
        run.say(f"orders: round {turn + 1} of {run.options.repeats}")
        for one, sample in _round(run, everyone, turn):
            samples[one.key].append(sample)
    return _result(everyone, samples)


def _round(run: Run, everyone: Sequence[Contestant], turn: int) -> Iterator[tuple[Contestant, dict[str, Any]]]:
    makers = {"floor": floor, "gateway": gateway, "rest": rest}
    with ExitStack() as stack:
        servers = {name: makers[name]() for name in sorted({one.server for one in everyone})}
        for server in servers.values():
            stack.enter_context(server)
        shift = turn * len(everyone) // max(run.options.repeats, 1)
        for one in (*everyone[shift:], *everyone[:shift]):
            server = servers[one.server]
            others = tuple(other for other in servers.values() if other is not server)
            yield one, _sample(run, one, server, others)


def _sample(run: Run, one: Contestant, server: Server, others: tuple[Server, ...]) -> dict[str, Any]:
    address, seconds = server.addresses[one.door], run.options.seconds
    if one.name == "OrderSession":
        size, seconds = _SESSION_LIMITS[one.callers], max(seconds, 1.0)
        return run.sample(
            "session", server, others, address=address, size=size, limit=one.callers, seconds=seconds, run=run.name()
        )
    door = "json" if one.door == "rest" else one.door
    return run.sample(
        "calls",
        server,
        others,
        door=door,
        address=address,
        path=one.path,
        callers=one.callers,
        seconds=seconds,
        run=run.name(),
    )


# --- the table -------------------------------------------------------------------------------------------------------


def _result(everyone: Sequence[Contestant], samples: Samples) -> CaseResult:
    columns = ["", "door", "callers", "calls/s", "p50 ms", "p99 ms", "CPU us/call"]
    columns += ["p50 / echo", "p50 / durable", "rate / echo", "rate / durable", "rate / REST"]
    result = CaseResult("a-d", "Orders: one at a time and in sessions", columns)
    for one in sorted(everyone, key=lambda c: (c.callers, c.door, -everyone.index(c))):
        taken = samples[one.key]
        cells = [Spread.of([s[name] for s in taken]) for name in ("rate", "p50", "p99", "cpu")]
        ratio = [
            _ratio(samples, one, "p50", "echo"),
            _ratio(samples, one, "p50", "durable echo"),
            _ratio(samples, one, "rate", "echo"),
            _ratio(samples, one, "rate", "durable echo"),
            _ratio(samples, one, "rate", "REST baseline"),
        ]
        spreads = [spread.text() if at < 2 else number(spread.median) for at, spread in enumerate(cells)]
        result.rows.append([one.name, one.door, str(one.callers), *spreads, *(_times(r) for r in ratio)])
        result.figures += [
            figure(s["cores"], contestant=one.name, door=one.door, callers=one.callers, round=turn, **_plain(s))
            for turn, s in enumerate(taken)
        ]
    result.targets = list(_targets(samples))
    result.notes += [
        "ratios are made within a round, with the same door (OrderSession: with 64 callers); then the median",
        "OrderSession: callers = orders under way, its times are those of a batch; HTTP/1.1 can't carry it",
    ]
    result.note_noise()
    return result


def _plain(sample: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sample.items() if name != "cores"}


def _base(samples: Samples, one: Contestant, base: str) -> list[dict[str, Any]]:
    door = "rest" if base == "REST baseline" else ("grpc" if one.door == "rest" else one.door)
    return samples.get((base, door, min(one.callers, 64)), [])


def _ratio(samples: Samples, one: Contestant, name: str, base: str) -> Spread | None:
    others = _base(samples, one, base)
    if one.name == base or not others or (one.name == "OrderSession" and name == "p50"):
        return None
    return ratios([s[name] for s in samples[one.key]], [s[name] for s in others])


def _times(spread: Spread | None) -> str:
    return "" if spread is None else number(spread.median)


def _targets(samples: Samples) -> Iterator[Target]:
    submit = {
        (door, callers): Contestant("SubmitOrder", "gateway", door, _SUBMIT, callers)
        for door in ("grpc", "http")
        for callers in CALLERS
        if samples.get(("SubmitOrder", door, callers))
    }
    for one in submit.values():
        if one.callers == 1:
            yield _target(samples, one, "p50", "durable echo", 1.3, below=True)
            yield _target(samples, one, "p50", "REST baseline", 1.0, below=True)
        else:
            yield _target(samples, one, "rate", "durable echo", 0.7)
            yield _target(samples, one, "rate", "REST baseline", 1.0)
    for limit in _SESSION_LIMITS:
        taken, base = samples.get(("OrderSession", "grpc", limit)), samples.get(("SubmitOrder", "grpc", 64))
        if taken and base:
            ratio = ratios([s["rate"] for s in taken], [s["rate"] for s in base])
            goal = f"OrderSession, {limit} under way: rate at least 4 times SubmitOrder's at 64 callers"
            yield Target("d", goal, ratio.text(), ratio.median >= 4)


def _target(samples: Samples, one: Contestant, name: str, base: str, goal: float, *, below: bool = False) -> Target:
    ratio = _ratio(samples, one, name, base)
    callers = "1 caller" if one.callers == 1 else f"{one.callers} callers"
    text = f"SubmitOrder, {one.door}, {callers}: {name} {'at most' if below else 'at least'} {goal} of the {base}'s"
    if ratio is None:
        return Target("c", text, "", None)
    return Target("c", text, ratio.text(), ratio.median <= goal if below else ratio.median >= goal)
