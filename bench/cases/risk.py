"""Case k: what pre-trade risk adds to SubmitOrder, alone and in front of 5,000 open orders.

Both gateways run at once and are measured in turn; the ratio is made within a round.
"""

from contextlib import ExitStack
from typing import Any

from bench.children import Server, gateway
from bench.figures import Spread, number, ratios
from bench.result import CaseResult, Target, figure
from bench.run import Run

OPEN_ORDERS = 5_000
GOAL = 1.10
_SUBMIT = "/brokerwire.v1.OrderService/SubmitOrder"
_UNGUARDED = "bench.servers.unguarded"

Samples = dict[tuple[str, str], list[dict[str, Any]]]


def measure(run: Run) -> CaseResult:
    """Run all rounds, each with fresh servers."""
    samples: Samples = {(name, at): [] for name in ("with", "without") for at in ("few", "many")}
    for turn in range(run.options.repeats):
        run.say(f"risk: round {turn + 1} of {run.options.repeats}")
        with ExitStack() as stack:
            servers = {"with": gateway(), "without": gateway(module=_UNGUARDED)}
            for server in servers.values():
                stack.enter_context(server)
            order = list(servers) if turn % 2 else list(servers)[::-1]
            for at in ("few", "many"):
                for name in order:
                    samples[name, at].append(_sample(run, servers, name))
                if at == "few":
                    for name in order:
                        _fill(run, servers, name)
    return _result(samples)


def _others(servers: dict[str, Server], name: str) -> tuple[Server, ...]:
    return tuple(server for other, server in servers.items() if other != name)


def _sample(run: Run, servers: dict[str, Server], name: str) -> dict[str, Any]:
    server = servers[name]
    return run.sample(
        "calls",
        server,
        _others(servers, name),
        door="grpc",
        address=server.addresses["grpc"],
        path=_SUBMIT,
        callers=1,
        seconds=run.options.seconds,
        run=run.name(),
    )


def _fill(run: Run, servers: dict[str, Server], name: str) -> None:
    """Let orders rest until there are enough: each sample takes a second."""
    server, resting = servers[name], 0
    while resting < OPEN_ORDERS:
        done = run.sample(
            "session",
            server,
            _others(servers, name),
            address=server.addresses["grpc"],
            size=256,
            limit=1024,
            seconds=1.0,
            run=run.name(),
        )
        resting += max(int(done["rate"]), 1)


def _result(samples: Samples) -> CaseResult:
    result = CaseResult("k", "What pre-trade risk costs", ["open orders", "with, p50 ms", "without, p50 ms", "ratio"])
    for at, label in (("few", "few"), ("many", f"{OPEN_ORDERS:,} and more")):
        guarded = [sample["p50"] for sample in samples["with", at]]
        bare = [sample["p50"] for sample in samples["without", at]]
        ratio = ratios(guarded, bare)
        columns = [number(Spread.of(times).median) for times in (guarded, bare)]
        result.rows.append([label, *columns, ratio.text()])
        goal = f"SubmitOrder's p50 with risk at most {GOAL:g} times that without, {label} orders open"
        result.targets.append(Target("k", goal, ratio.text(), met=ratio.median <= GOAL))
        result.figures += [
            figure(sample["cores"], gateway=name, open_orders=at, p50=sample["p50"])
            for name in ("with", "without")
            for sample in samples[name, at]
        ]
    result.note_noise()
    return result
