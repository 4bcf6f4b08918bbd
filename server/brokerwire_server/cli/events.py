"""`brokerwire events` and `brokerwire journal`: the record that everything else is computed from."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict
from rich.text import Text

from brokerwire import FileTokenStore
from brokerwire.types import Event
from brokerwire.types.enums import EventType
from brokerwire_server.cli.exits import CommandFailure, Exit
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
    return f"{when}  {event.type.value.upper():<16} {_detail(event)}"


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


_EVENTS: tuple[Column, ...] = (
    ("SEQ", attribute("sequence")),
    ("TYPE", attribute("type")),
    ("WHAT", lambda event: str(_summary(event))),
    ("CAUSE", attribute("causation")),
)
_RESULTS: tuple[Column, ...] = (
    ("ACCOUNT", lambda result: result["account_id"]),
    ("OK", lambda result: Text("ok", style="green") if result["ok"] else Text("DAMAGED", style="bold red")),
    ("EVENTS", lambda result: str(result["verified_count"])),
    ("HEAD", lambda result: str(result["head_sequence"])),
    ("HEAD HASH", lambda result: result["head_hash"].hex()),
    (
        "PROBLEM",
        lambda result: f"event {result['first_bad_sequence']}: {result['problem']}" if not result["ok"] else "",
    ),
)


@click.group
def journal() -> None:
    """Check the record."""


@journal.command
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Read this directory, without a server and without writing. Default: ask the gateway.",
)
@remote()
def verify(to: Remote, data_dir: Path | None) -> int:
    """Check every event's sequence and hash. Exit code 1 where the journal is damaged."""
    results = _offline(data_dir.expanduser(), to.account) if data_dir else _online(to)
    to.out.rows("results", results, _RESULTS)
    if bad := [result["account_id"] for result in results if not result["ok"]]:
        raise CommandFailure(f"the journal is damaged: {', '.join(bad)}", "stop the server and restore a backup")
    return Exit.OK


def _online(to: Remote) -> Sequence[dict[str, Any]]:
    names = ("account_id", "ok", "verified_count", "head_sequence", "head_hash", "first_bad_sequence", "problem")
    with to.client() as client:
        return [{name: getattr(result, name) for name in names} for result in client.verify_journal().results]


def _offline(data_dir: Path, account: str | None) -> Sequence[dict[str, Any]]:
    from brokerwire_server.cli.offline import verify as verify_files  # noqa: PLC0415 - imports the database's packages

    found = []
    for result in map(asdict, verify_files(data_dir, [account] if account else [])):
        result["verified_count"] = result.pop("verified")
        result["first_bad_sequence"] = result.pop("bad_sequence")
        found.append(result)
    return found
