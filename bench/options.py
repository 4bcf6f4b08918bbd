"""What can be asked for on the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.result import OUT

CASES = {
    "a": "floor: an echo on the same server stack",
    "b": "durable floor: an echo that has written one durable row",
    "c": "SubmitOrder, one by one",
    "d": "OrderSession",
    "e": "fan-out of events to subscribers",
    "f": "learning of a change: stream against polling",
    "g": "restart from a long journal",
    "h": "memory of idle streams",
    "i": "a broker behind the gateway: submit and fill against calling the Alpaca sandbox directly",
    "j": "what a language costs: submits and streams through each client",
    "k": "what pre-trade risk adds to SubmitOrder",
}


@dataclass(frozen=True)
class Options:
    """The settings of a run."""

    cases: frozenset[str]
    quick: bool
    seconds: float
    repeats: int
    quiet: float
    output: Path
    markdown: Path | None

    @property
    def fan_out_repeats(self) -> int:
        """Rounds of the longer cases, which a quick run measures once."""
        return 1 if self.quick else self.repeats


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    listing = "\n".join(f"  {case}  {about}" for case, about in CASES.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the gateway against its floors and a REST service: medians and ratios of one run.",
        epilog=f"cases:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a minute or two: short samples, a shorter journal for g")
    parser.add_argument("--only", metavar="a,c", help="only these cases (c and d also measure a and b)")
    parser.add_argument("--seconds", type=float, help="length of a sample (default 2, quick 0.4)")
    parser.add_argument("--repeats", type=int, help="rounds to take medians over (default 5, quick 3)")
    parser.add_argument(
        "--quiet", type=float, default=0.0, metavar="S", help="wait up to S seconds before a sample for others to rest"
    )
    parser.add_argument("--output", type=Path, default=OUT / "results.json", help="where the JSON goes")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the tables between the marks in this file")
    given = parser.parse_args(arguments)
    cases = frozenset(given.only.replace(",", "")) if given.only else frozenset(CASES)
    if unknown := cases - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return Options(
        cases=cases,
        quick=given.quick,
        seconds=given.seconds or (0.4 if given.quick else 2.0),
        repeats=max(given.repeats or (3 if given.quick else 5), 1),
        quiet=given.quiet,
        output=given.output,
        markdown=given.markdown,
    )
