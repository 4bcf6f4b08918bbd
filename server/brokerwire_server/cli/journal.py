"""`brokerwire journal`: the record checked, proven and written out."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict as facts_of
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import click
from msgspec.structs import asdict
from rich.text import Text

from brokerwire.types.enums import EventType
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.market_history import Moment
from brokerwire_server.cli.output import Column
from brokerwire_server.cli.remote import Remote, Words, remote
from brokerwire_server.cli.settings import effective
from brokerwire_server.cli.views import facts

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
    """Check the record, write it out, and see what lies behind it."""


@journal.command
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Read this directory, without a server and without writing. Default: ask the gateway.",
)
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --data-dir: the file of signed checkpoints. Default: the one in the directory, if there is one.",
)
@click.option(
    "--public-key",
    default="",
    help="With --data-dir: the key that signed them, as `journal key` printed it. Default: the directory's own.",
)
@remote()
def verify(to: Remote, data_dir: Path | None, checkpoints: Path | None, public_key: str) -> int:
    """Check every event's sequence and hash, and that all that was checkpointed is there.

    Without checkpoints, a journal whose end was cut off, or whose hashes were all computed anew, can't be told from a
    good one. Exit code 1 where anything is wrong; the first bad entry of each journal is named.
    """
    if data_dir is None and (checkpoints or public_key):
        raise click.UsageError("--checkpoints and --public-key go with --data-dir: a gateway checks with its own")
    results = _online(to) if data_dir is None else _offline(data_dir.expanduser(), to.account, checkpoints, public_key)
    to.out.rows("results", results, _RESULTS)
    if bad := [result["account_id"] for result in results if not result["ok"]]:
        raise CommandFailure(f"the journal is damaged: {', '.join(bad)}", "stop the server and restore a backup")
    return Exit.OK


def _online(to: Remote) -> Sequence[dict[str, Any]]:
    names = ("account_id", "ok", "verified_count", "head_sequence", "head_hash", "first_bad_sequence", "problem")
    with to.client() as client:
        return [{name: getattr(result, name) for name in names} for result in client.verify_journal().results]


def _offline(
    data_dir: Path, account: str | None, checkpoints: Path | None, public_key: str
) -> Sequence[dict[str, Any]]:
    from brokerwire_server.cli.offline import verify as verify_files  # noqa: PLC0415 - imports the database's packages

    progress = _progress if sys.stderr.isatty() else _silent
    found = []
    for result in map(asdict, verify_files(data_dir, [account] if account else [], checkpoints, public_key, progress)):
        result["verified_count"] = result.pop("verified")
        result["first_bad_sequence"] = result.pop("bad_sequence")
        found.append(result)
    return found


def _progress(account_id: str, checked: int, head: int) -> None:
    end = "\n" if checked >= head else ""
    sys.stderr.write(f"\r{account_id}: {checked} of {head} events{end}")
    sys.stderr.flush()


def _silent(account_id: str, checked: int, head: int) -> None:
    """Say nothing: nobody watches."""


@journal.command
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--type", "types", type=Words("type", EventType.choices()), multiple=True, help="Only this type; repeats."
)
@click.option("--from", "start", type=Moment(), help="Only entries journaled then or later.")
@click.option("--to", "end", type=Moment(), help="Only entries journaled before then.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write there. Default: standard output.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Read this directory. Default: ask the gateway.")
@remote()
def export(to: Remote, *, out: Path | None, data_dir: Path | None, **filters: Any) -> None:  # noqa: ANN401
    """Write out the journal as lines of text, one per entry: all accounts and the gateway's own, or one.

    The columns are account_id, sequence, epoch, time, type, causation, payload, previous_hash, hash. Decimals are text.
    """
    pieces = _local_pieces(data_dir.expanduser(), to, filters) if data_dir else _remote_pieces(to, filters)
    with sys.stdout.buffer if out is None else _new_file(out) as file:
        for piece in pieces:
            file.write(piece)
        file.flush()


def _new_file(path: Path) -> BinaryIO:
    try:
        return path.open("xb")
    except FileExistsError:
        raise CommandFailure(f"{path}: is there already", "name another file, or remove it") from None
    except OSError as error:
        raise CommandFailure(f"{path}: can't be written ({error.strerror})") from None


def _remote_pieces(to: Remote, filters: dict[str, Any]) -> Iterator[bytes]:
    filters["format"] = filters.pop("form")
    with to.client() as client:
        token = ""
        while True:
            piece = client.export_journal(page_token=token, **filters)
            yield piece.lines
            if not (token := piece.next_page_token):
                return


def _local_pieces(data_dir: Path, to: Remote, filters: dict[str, Any]) -> Iterator[bytes]:
    from brokerwire_server.cli.offline import export as export_files  # noqa: PLC0415 - imports the database's packages

    bounds = {name: _nanos(filters[name]) for name in ("start", "end")}
    types = frozenset(str(kind).upper() for kind in filters["types"])
    return export_files(data_dir, [to.account] if to.account else [], types=types, form=filters["form"], **bounds)


def _nanos(moment: datetime | None) -> int:
    return 0 if moment is None else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000


@journal.command
@click.argument("payload_id")
@click.option("--raw", is_flag=True, help="The bytes alone, to standard output.")
@remote(account=False)
def payload(to: Remote, payload_id: str, *, raw: bool) -> None:
    """Show what a broker sent, without its secrets: an entry's cause ends with payload:ID."""
    with to.client() as client:
        found = client.broker_payload(payload_id.removeprefix("payload:"))
    if raw:
        sys.stdout.buffer.write(found.content)
        return
    if to.out.json:
        text = found.content.decode(errors="replace")
        to.out.document({**facts_of(found), "content": text})
        return
    to.out.record(found, facts(found, "payload_id", "connection_id", "about", "time", "original_length"))
    to.out.say(Text(found.content.decode(errors="replace")))


@journal.command
@click.option("--data-dir", type=click.Path(path_type=Path), help="Directory of the journal. Default: the configured.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="The TOML file.")
def key(data_dir: Path | None, file: Path | None) -> None:
    """Print the public key that the checkpoints are signed with: keep it where the gateway's machine can't reach it."""
    from brokerwire_server.store.base import StoreError  # noqa: PLC0415 - imports the database's packages
    from brokerwire_server.store.checkpoints import KEY_FILE, signing_key  # noqa: PLC0415

    folder = data_dir.expanduser() if data_dir else effective({}, file).config.data_dir
    path = folder / KEY_FILE
    if not path.exists():
        raise CommandFailure(f"{path}: no such file", "the gateway makes it when it starts")
    try:
        click.echo(signing_key(path).public)
    except StoreError as error:
        raise CommandFailure(str(error)) from None
