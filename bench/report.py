"""The report on the terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.result import CaseResult


def show(console: Console, facts: Mapping[str, str], results: Sequence[CaseResult]) -> None:
    """Print the machine, a table per case, and the targets."""
    _show_facts(console, facts)
    for result in results:
        console.print()
        console.print(_table(result))
        for note in result.notes:
            console.print(f"  {note}", style="dim", highlight=False)
    console.print()
    console.print(_targets(results))
    console.print(
        "  Targets are shown, never enforced. All figures are medians \\[least-greatest] of this run.", style="dim"
    )


def _show_facts(console: Console, facts: Mapping[str, str]) -> None:
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(f"[dim]{name}[/dim]", value)
    console.print(grid)


def _table(result: CaseResult) -> Table:
    table = Table(title=f"({result.case}) {result.title}", title_justify="left", title_style="bold")
    for at, column in enumerate(result.columns):
        text = at == 0 or column == "door"
        table.add_column(column, justify="left" if text else "right", overflow="fold")
    for row in result.rows:
        table.add_row(*row)
    return table


def _targets(results: Sequence[CaseResult]) -> Table:
    table = Table(title="Targets", title_justify="left", title_style="bold")
    for column in ("", "goal", "reached", ""):
        table.add_column(column)
    for result in results:
        for target in result.targets:
            style = {True: "green", False: "red", None: "dim"}[target.met]
            table.add_row(target.case, target.goal, target.reached, f"[{style}]{target.verdict}[/{style}]")
    return table
