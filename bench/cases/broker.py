"""Case i: a broker behind the gateway. What submitting and learning of a fill cost, as ratios to calling it directly.

The broker is the Alpaca sandbox, in a process of its own; everything is on loopback, so the ratios are the worst that
there can be: the way to the real Alpaca is a thousand times as long.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.children import SANDBOX_KEYS, Server, alpaca_sandbox, gateway
from bench.figures import Spread, number, ratios
from bench.result import CaseResult, figure
from bench.run import Run

ACCOUNT = "alpaca-paper"
CALLERS = (1, 16)
FILLS = 200
WAYS = ("aiohttp", "alpaca-py", "gateway")
_SUBMIT = "/brokerwire.v1.OrderService/SubmitOrder"

Samples = dict[tuple[str, int], list[dict[str, Any]]]


def measure(run: Run) -> CaseResult:
    """Run all rounds; each takes the three ways in another order."""
    submits: Samples = {(way, callers): [] for callers in CALLERS for way in WAYS}
    fills: Samples = {(way, 1): [] for way in WAYS}
    for turn in range(run.options.repeats):
        ways = (*WAYS[turn % len(WAYS) :], *WAYS[: turn % len(WAYS)])
        run.say(f"a broker behind the gateway: round {turn + 1} of {run.options.repeats}")
        for way in ways:
            # A sandbox for each: a gateway that is not asked would follow the others' orders all the same.
            with ExitStack() as stack:
                sandbox = stack.enter_context(alpaca_sandbox())
                server = stack.enter_context(_gateway(sandbox)) if way == "gateway" else sandbox
                fills[way, 1].append(_fill(run, way, sandbox, server))
                for callers in CALLERS:
                    submits[way, callers].append(_submit(run, way, callers, sandbox, server))
    return _result(submits, fills)


def _gateway(sandbox: Server) -> Server:
    """Start a gateway with a connection to the sandbox; its settings are in a file, as a user would have them."""
    path = Path(sandbox.folder) / "brokerwire.toml"
    path.write_text(
        f"""
        [connections.{ACCOUNT}]
        broker = "alpaca"
        settings = {{ base_url = "{sandbox.addresses["url"]}" }}
        credentials = {{ api_key = "env:SANDBOX_KEY", secret_key = "env:SANDBOX_SECRET" }}
        """,
        encoding="utf-8",
    )
    keys = dict(zip(("SANDBOX_KEY", "SANDBOX_SECRET"), SANDBOX_KEYS, strict=True))
    return gateway(extra=("--config", str(path), "--prices", "manual"), variables=keys)


def _submit(run: Run, way: str, callers: int, sandbox: Server, server: Server) -> dict[str, Any]:
    seconds = max(run.options.seconds, 1.0)
    if way == "gateway":
        address = server.addresses["grpc"]
        return run.sample(
            "calls",
            server,
            (sandbox,),
            door="grpc",
            address=address,
            path=_SUBMIT,
            callers=callers,
            seconds=seconds,
            run=run.name(),
            account=ACCOUNT,
        )
    url = sandbox.addresses["url"]
    return run.sample("broker_submits", sandbox, kind=way, url=url, callers=callers, seconds=seconds, run=run.name())


def _fill(run: Run, way: str, sandbox: Server, server: Server) -> dict[str, Any]:
    return run.sample(
        "broker_fills",
        server,
        (sandbox,),
        kind=way,
        url=sandbox.addresses["url"],
        stream=sandbox.addresses["stream"],
        grpc_address=server.addresses.get("grpc", ""),
        account=ACCOUNT,
        orders=FILLS // 4 if run.options.quick else FILLS,
        run=run.name(),
    )


def _result(submits: Samples, fills: Samples) -> CaseResult:
    columns = ["", "what", "callers", "calls/s", "p50 ms", "p99 ms", "p50 / aiohttp", "p50 / alpaca-py"]
    result = CaseResult("i", "A broker behind the gateway: the Alpaca sandbox, directly and through it", columns)
    for (way, callers), taken in submits.items():
        rate, p50, p99 = (Spread.of([s[name] for s in taken]) for name in ("rate", "p50", "p99"))
        cells = [rate.text(), p50.text(), number(p99.median)]
        result.rows.append([way, "submit", str(callers), *cells, *_ratios(submits, way, callers, "p50")])
    for name, what in (("late", "execution to fill known"), ("whole", "call to fill known")):
        for (way, callers), taken in fills.items():
            p50, p99 = (Spread.of([s[f"{name}_{part}"] for s in taken]) for part in ("p50", "p99"))
            cells = ["", p50.text(), number(p99.median)]
            result.rows.append([way, what, "1", *cells, *_ratios(fills, way, callers, f"{name}_p50")])
    for kind, samples in (("submit", submits), ("fill", fills)):
        result.figures += [
            figure(s["cores"], way=way, callers=callers, kind=kind, round=turn, **_plain(s))
            for (way, callers), taken in samples.items()
            for turn, s in enumerate(taken)
        ]
    result.notes += [
        "sandbox and gateway share the servers' core, all on loopback: the real Alpaca is 30 to 200 ms away, so that "
        "what the gateway adds there is the difference of the p50, not their ratio",
        "the gateway has written intent and outcome to the disk by the time it answers, the others nothing",
        "ratios are made within a round; then the median",
    ]
    result.note_noise()
    return result


def _plain(sample: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sample.items() if name != "cores"}


def _ratios(samples: Samples, way: str, callers: int, name: str) -> list[str]:
    mine = [s[name] for s in samples[way, callers]]
    return [
        "" if way == other else number(ratios(mine, [s[name] for s in samples[other, callers]]).median)
        for other in ("aiohttp", "alpaca-py")
    ]
