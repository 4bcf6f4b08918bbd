"""`python -m bench`: measure, show, and write bench/out/results.json."""

import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console

from bench import machine
from bench.cases import broker, fan_out, idle, languages, orders, restart, risk, watching
from bench.children import ChildError, Load, allow_many_files
from bench.markdown import write_markdown
from bench.options import parse
from bench.report import show
from bench.result import OUT, CaseResult, write_json
from bench.run import Run

WIDTH = 170
"""Columns where the output is not a terminal."""

_MEASURES: tuple[tuple[str, Callable[[Run], CaseResult]], ...] = (
    ("abcd", orders.measure),
    ("e", fan_out.measure),
    ("f", watching.measure),
    ("g", restart.measure),
    ("h", idle.measure),
    ("i", broker.measure),
    ("j", languages.measure),
    ("k", risk.measure),
)


def main() -> int:
    options = parse()
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    OUT.mkdir(parents=True, exist_ok=True)
    for left in OUT.glob("run-*"):
        shutil.rmtree(left)
    allow_many_files()
    facts = machine.facts(OUT)
    begun = time.monotonic()
    load = Load()
    results: list[CaseResult] = []
    failed = 0
    try:
        with console.status("starting") as status:
            run = Run(options, load, status.update)
            for cases, measure in _MEASURES:
                if options.cases & set(cases):
                    try:
                        results.append(measure(run))
                    except ChildError as error:
                        console.print(f"[red]{cases}: {error}[/red]", markup=True)
                        failed = 1
    finally:
        load.stop()
    show(console, facts, results)
    meta = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - begun, 1),
        "options": {"quick": options.quick, "seconds": options.seconds, "repeats": options.repeats},
        "machine": facts,
    }
    write_json(options.output, meta, results)
    if options.markdown:
        write_markdown(options.markdown, meta, results)
    console.print(f"  {meta['seconds']:g} s; every sample is in {options.output}", style="dim")
    return failed


if __name__ == "__main__":
    sys.exit(main())
