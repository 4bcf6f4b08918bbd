"""The report as Markdown, put into a page that has a place for it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.result import CaseResult

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def write_markdown(path: Path, meta: Mapping[str, Any], results: Sequence[CaseResult]) -> None:
    """Replace what is between the marks in a file. Raises `ValueError` where it has none."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no place for the results: {BEGIN} and {END}")
    path.write_text("".join([before, BEGIN, "\n\n", *_lines(meta, results), "\n", END, after]), encoding="utf-8")


def _lines(meta: Mapping[str, Any], results: Sequence[CaseResult]) -> Iterator[str]:
    yield from _options(meta)
    yield from _table(["", "this machine"], [[name, value] for name, value in meta["machine"].items()])
    targets = [
        [target.case, target.goal, target.reached, f"**{target.verdict}**"]
        for result in results
        for target in result.targets
    ]
    yield "\n### Targets\n\n"
    yield from _table(["", "goal", "reached", ""], targets)
    for result in results:
        yield f"\n### ({result.case}) {result.title}\n\n"
        yield from _table(result.columns, result.rows)
        yield "\n"
        yield from (f"- {note}\n" for note in result.notes)


def _options(meta: Mapping[str, Any]) -> Iterator[str]:
    options = meta["options"]
    kind = "A quick run" if options["quick"] else "A full run"
    yield f"{kind} of {meta['time']}: samples of {options['seconds']:g} s, {options['repeats']} rounds.\n\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |\n"
    yield f"|{' --- |' * len(columns)}\n"
    yield from (f"| {' | '.join(row)} |\n" for row in rows)
