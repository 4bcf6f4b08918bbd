"""Case j: what a language costs. Submits one by one, and a stream's events, through each client's own helper layer.

The drivers of tests/clients do the work and take the time, so that neither the pipe to them nor the start of their
runtime counts. All of a round work against one gateway, and read the same events.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import Any

import brokerwire
from bench.children import ChildError, gateway
from bench.figures import Spread, number, percentile, ratios
from bench.load import bodies
from bench.machine import Meter, cpu_seconds, load_cpus, wait_until_quiet
from bench.result import OUT, CaseResult, figure
from bench.run import Run
from tests.clients.driver import DriverProcess, StepMissingError
from tests.clients.languages import LANGUAGES, Language, carry_out

BASE = "python"
WARM_UP = (300, 10)
"""Submits before the first sample, for runtimes that compile what is used often, and before each later one."""

SESSION = 500
FIGURES = ("p50", "p99", "submit_cpu", "rate", "event_cpu")

ORDER = {"symbol": "AAPL", "side": "buy", "quantity": "1", "limit_price": "100.00"}
STREAM = {"stream": "orders", "kind": "orders"}

Samples = dict[str, list[dict[str, Any]]]


def measure(run: Run) -> CaseResult:
    """Run all rounds; each begins with another language."""
    try:
        return _measure(run)
    except AssertionError as error:  # of a driver
        raise ChildError(str(error)) from error


def _measure(run: Run) -> CaseResult:
    with ExitStack() as stack:
        drivers, notes = _drivers(stack)
        samples: Samples = {name: [] for name in drivers}
        for turn in range(run.options.repeats):
            names = [*drivers][turn % len(drivers) :] + [*drivers][: turn % len(drivers)]
            run.say(f"what a language costs: round {turn + 1} of {run.options.repeats}")
            _round(run, {name: drivers[name] for name in names}, samples, warm_up=WARM_UP[turn > 0])
    return _result(samples, notes)


def _drivers(stack: ExitStack) -> tuple[dict[str, DriverProcess], list[str]]:
    """Start what can be built here and has the steps; say what was left out."""
    drivers: dict[str, DriverProcess] = {}
    notes = []
    for name, language in ((name, one.as_released()) for name, one in LANGUAGES.items()):
        if missing := language.missing():
            notes.append(f"without {language.title}: {', '.join(missing)} not found")
        elif complaint := carry_out(language.build):
            notes.append(f"without {language.title}: it could not be built: {complaint.splitlines()[0]}")
        elif lacking := _lacking(language):
            notes.append(f"without {language.title}: its driver has no step {lacking}")
        else:
            with _on_load_core():
                drivers[name] = stack.enter_context(DriverProcess(language, OUT / f"driver-{name}.log"))
    return drivers, notes


def _lacking(language: Language) -> str:
    """Try both steps with as little as can be."""
    log = OUT / f"driver-{language.name}.log"
    with gateway() as server, DriverProcess(language, log) as driver:
        try:
            _ask(driver, "connect", address=server.addresses["grpc"], account=bodies.ACCOUNT)
            _ask(driver, "open_stream", **STREAM)
            _ask(driver, "read_stream", stream="orders", until={"kind": "caught_up"})
            driver.measure("time_submits", count=1, **ORDER)
            driver.measure("time_events", stream="orders", count=1)
        except StepMissingError as step:
            return str(step)
    return ""


@contextmanager
def _on_load_core() -> Iterator[None]:
    """Let what is started run beside the gateway, not on its core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, load_cpus())
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _round(run: Run, drivers: dict[str, DriverProcess], samples: Samples, warm_up: int) -> None:
    submits, events = (200, 4_000) if run.options.quick else (600, 12_000)
    with gateway() as server:
        address = server.addresses["grpc"]
        everyone = [os.getpid(), run.load.pid, *(driver.process.pid for driver in drivers.values())]
        meter = Meter(server.pid, everyone)
        taken = {}
        for name, driver in drivers.items():
            _ask(driver, "connect", address=address, account=bodies.ACCOUNT)
            driver.measure("time_submits", count=warm_up, **ORDER)
            wait_until_quiet(run.options.quiet)
            meter.start()
            taken[name] = _submits(driver, submits) | {"cores": asdict(meter.stop())}
        token = _make_events(address, events)
        for name, driver in drivers.items():
            wait_until_quiet(run.options.quiet)
            meter.start()
            found = _events(driver, token, events)
            cores = asdict(meter.stop())
            busier = max(taken[name]["cores"], cores, key=lambda used: used["foreign"])
            samples[name].append(taken[name] | found | {"cores": busier})


def _submits(driver: DriverProcess, count: int) -> dict[str, Any]:
    before = cpu_seconds(driver.process.pid)
    times = driver.measure("time_submits", count=count, **ORDER)["nanoseconds"]
    spent = cpu_seconds(driver.process.pid) - before
    return {
        "p50": percentile(times, 0.5) / 1e6,
        "p99": percentile(times, 0.99) / 1e6,
        "submit_cpu": spent / count * 1e6,
    }


def _events(driver: DriverProcess, token: str, count: int) -> dict[str, Any]:
    _ask(driver, "open_stream", token=token, **STREAM)
    before = cpu_seconds(driver.process.pid)
    nanoseconds = driver.measure("time_events", stream="orders", count=count)["nanoseconds"]
    spent = cpu_seconds(driver.process.pid) - before
    _ask(driver, "close_stream", stream="orders")
    return {"rate": (count - 1) / nanoseconds * 1e9, "event_cpu": spent / count * 1e6}


def _ask(driver: DriverProcess, do: str, **arguments: Any) -> None:
    driver.begin(do, arguments)
    answer = driver.finish()
    assert "ok" in answer, f"{do}: {answer}"


def _make_events(address: str, count: int) -> str:
    """Submit orders, each of which is two events or more; return the token of a stream that stands before them."""
    with brokerwire.connect(address, account=bodies.ACCOUNT, timeout=30) as client:
        token = _token(client)
        with client.session() as session:
            for _ in range(0, count, 2 * SESSION):
                for future in [session.submit(**ORDER) for _ in range(SESSION)]:
                    future.result(30)
    return token


def _token(client: brokerwire.Client) -> str:
    """Return where to resume from now on: a batch's token is given out when the item after it is asked for."""
    caught_up = False
    with client.stream_orders() as stream:
        for item in stream.items():
            if caught_up:
                break
            if isinstance(item, brokerwire.CaughtUp):
                caught_up = True
                client.submit(**ORDER)
        assert stream.token
        return stream.token


def _result(samples: Samples, notes: list[str]) -> CaseResult:
    columns = [
        "client",
        "submit p50 ms",
        "p99 ms",
        "p50 / Python",
        "CPU us",
        "events/s",
        "rate / Python",
        "CPU us each",
    ]
    result = CaseResult("j", "What a language costs: its client's submits, and its stream's events", columns)
    base = samples[BASE]
    for name, taken in samples.items():
        spread = {key: Spread.of([sample[key] for sample in taken]) for key in FIGURES}
        slower, faster = (ratios([s[key] for s in taken], [s[key] for s in base]).text() for key in ("p50", "rate"))
        submits = [spread["p50"].text(), number(spread["p99"].median), "" if name == BASE else slower]
        events = [spread["rate"].text(), "" if name == BASE else faster, number(spread["event_cpu"].median)]
        result.rows.append([LANGUAGES[name].title, *submits, number(spread["submit_cpu"].median), *events])
        result.figures += [
            figure(sample["cores"], client=name, round=turn, **{key: sample[key] for key in FIGURES})
            for turn, sample in enumerate(taken)
        ]
    result.notes += [
        *notes,
        "one call under way; its time runs from the call of the client's method to its result, one process per client",
        "events: a stream resumes before events that were made already and reads them to their end, events alone; from "
        "the first to the last",
        "a fast client reads as fast as the gateway sends (case e, from memory); CPU per event tells them apart then",
        "CPU: of the client's process. Ratios are made within a round, against one gateway; then the median",
    ]
    result.note_noise()
    return result
