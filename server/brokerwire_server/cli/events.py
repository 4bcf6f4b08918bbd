"""`brokerwire events`: the record that everything else is computed from, as it is written."""

from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from brokerwire import FileTokenStore
from brokerwire.types import AuditRecord, Event
from brokerwire.types.enums import EventType
from brokerwire_server.cli.output import Cell, Column, attribute, text_of
from brokerwire_server.cli.remote import Remote, Words, remote
from brokerwire_server.cli.views import order_line
from brokerwire_server.cli.watch import is_control, json_line, note

_TYPES = Words("type", EventType.choices())


@click.group
def events() -> None:
    """Read the journal: every event of every account, in order."""


@events.command("list")
@click.option("--after", "after_sequence", default=0, help="Only events with a higher sequence.")
@click.option("--type", "types", type=_TYPES, multiple=True, help="Only this type; may be repeated.")
@click.option("--newest", "newest_first", is_flag=True, help="Newest first.")
@click.option("--limit", default=100, show_default=True, help="At most so many.")
@remote()
def list_(to: Remote, limit: int, **filters: Any) -> None:  # noqa: ANN401
    """List an account's journal."""
    with to.client() as client:
        found = list(islice(client.events(page_size=min(limit, 1000), **filters), limit))
    to.out.rows("events", found, _EVENTS)


@events.command
@click.option("--type", "types", type=_TYPES, multiple=True, help="Only this type; may be repeated.")
@click.option("--from-start", is_flag=True, help="Begin with the oldest event. Default: from now on.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the place there, and go on from it the next time: every event once, in order.",
)
@remote()
def tail(to: Remote, types: tuple[str, ...], token_file: Path | None, *, from_start: bool) -> None:
    """Follow the journal of all accounts, or of one, as it is written."""
    store = None if token_file is None else FileTokenStore(token_file)
    with (
        to.streaming() as client,
        client.stream_events(types=types, from_now=not from_start, token_store=store) as stream,
    ):
        for item in stream.items():
            _show(to, item)


def _show(to: Remote, item: Any) -> None:  # noqa: ANN401 - any item of the stream
    if to.out.json:
        if (record := json_line(item)) is not None:
            to.out.line(record)
    elif not is_control(item):
        to.out.say(_line(item))
    elif (text := note(item)) is not None:
        to.out.say(Text(text, style="yellow"))


def _line(event: Event) -> Cell:
    return Text.assemble((f"{event.account_id} {event.sequence:>6} ", "dim"), _summary(event))


def _summary(event: Event) -> Cell:
    if event.order is not None:
        return order_line(event.order)
    when = event.time.astimezone().strftime("%H:%M:%S.%f")[:-3] if event.time else ""
    return f"{when}  {event.type.value.upper():<16} {_detail(event) if event.audit is None else _audit(event.audit)}"


def _detail(event: Event) -> str:
    """Return the gist of an event that is not about an order."""
    if (position := event.position) is not None:
        return f"{position.symbol} {position.quantity}"
    if (activity := event.activity) is not None:
        return f"{activity.type.value} {text_of(activity.amount)} {activity.description}"
    if (account := event.account) is not None:
        return f"{account.environment.value} {account.status.value}"
    if (connection := event.connection) is not None:
        return f"{connection.connection_id} {connection.link.value} {connection.detail}"
    if (found := event.break_record) is not None:
        return f"{found.type.value} {found.state.value} {found.detail}"
    return event.ignored.reason if event.ignored is not None else ""


def _audit(record: AuditRecord) -> str:
    """Return who asked what of what, what became of it, and the rest of the record."""
    outcome = record.outcome.value.upper() + (f" {record.reason}" if record.reason else "")
    what = f"{record.principal} {record.action}" + (f" {record.target}" if record.target else "")
    return f"{what}: {outcome}" + "".join(f"  {name}={value}" for name, value in sorted(record.details.items()))


_EVENTS: tuple[Column, ...] = (
    ("SEQ", attribute("sequence")),
    ("TYPE", attribute("type")),
    ("WHAT", lambda event: str(_summary(event))),
    ("CAUSE", attribute("causation")),
)
