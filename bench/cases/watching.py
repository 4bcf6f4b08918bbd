"""Case f: how soon a subscriber and a poller learn of a change."""

from bench.children import gateway
from bench.figures import Spread, number
from bench.result import CaseResult, figure
from bench.run import Run

ORDERS = 60


def measure(run: Run) -> CaseResult:
    """Run all rounds."""
    rounds = run.options.fan_out_repeats
    taken = []
    for turn in range(rounds):
        run.say(f"stream against polling: round {turn + 1} of {rounds}")
        with gateway() as server:
            seconds = 3.0 if run.options.quick else 8.0
            address = server.addresses["grpc"]
            taken.append(run.sample("watch", server, address=address, orders=ORDERS, seconds=seconds, run=run.name()))
    result = CaseResult("f", "Learning of a change: a stream against GetOrder once a second", ["", "p50 ms", "p99 ms"])
    middle = {name: Spread.of([s[name] for s in taken]) for name in taken[0] if name != "cores"}
    result.rows = [
        ["StreamOrders", middle["stream_p50"].text(), middle["stream_p99"].text()],
        ["GetOrder every second", middle["poll_p50"].text(), middle["poll_p99"].text()],
    ]
    factor = Spread.of([s["poll_p50"] / s["stream_p50"] for s in taken])
    result.notes.append(
        f"the stream is {number(factor.median)} times as fast at p50; {ORDERS} orders are canceled at random moments; "
        "latency: from the time in the journal to a grpcio client"
    )
    result.figures = [
        figure(s["cores"], round=turn, **{n: v for n, v in s.items() if n != "cores"}) for turn, s in enumerate(taken)
    ]
    result.note_noise()
    return result
