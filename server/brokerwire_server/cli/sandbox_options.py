"""What the commands of the sandboxes have in common: reading their flags, and serving until a signal."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click
import msgspec

from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.remote import Number

NUMBER = Number()
ADDRESS_IN_USE = 13
_MICROSECOND = 1_000
Settings = TypeVar("Settings", bound=msgspec.Struct)
Plan = TypeVar("Plan", bound=msgspec.Struct)


class Sandbox(Protocol):
    """What serves."""

    async def start(self, host: str, port: int) -> None:
        """Begin to serve."""

    async def stop(self) -> None:
        """Stop serving."""


def address(listen: str) -> tuple[str, int]:
    """Return host and port of a `HOST:PORT` on loopback."""
    host, colon, port = listen.rpartition(":")
    host = host.strip("[]")
    if not colon or not port.isdigit() or int(port) > 65_535:
        raise click.UsageError(f"--listen takes HOST:PORT, not {listen!r}")
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise click.UsageError(f"--listen: {host} is not a loopback address; a sandbox serves this machine only")
    return host, int(port)


def convert(kind: type[Settings], fields: dict[str, Any], switches: Iterable[str]) -> Settings:
    """Return settings from the flags' values, and from `NAME=VALUE` switches for all the rest."""
    known = dict(_switch(text) for text in switches) | fields
    unknown = set(known) - set(kind.__struct_fields__)
    if unknown:
        raise click.UsageError(f"--set: there is no setting {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert(known, kind, strict=False)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None


def _switch(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set takes NAME=VALUE, not {text!r}")
    return name.strip(), value.strip()


def quote(text: str) -> tuple[str, tuple[Decimal, Decimal]]:
    """Return symbol, bid and ask of a `SYMBOL=BID/ASK`."""
    symbol, _, prices = text.partition("=")
    bid, slash, ask = prices.partition("/")
    if not symbol or not slash:
        raise click.UsageError(f"--quote takes SYMBOL=BID/ASK, not {text!r}")
    return symbol, (NUMBER.convert(bid, None, None), NUMBER.convert(ask, None, None))


def time(text: str | None) -> int | None:
    """Return an ISO time in nanoseconds; without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--start takes a time such as 2026-07-06T13:30:00, not {text!r}") from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * _MICROSECOND


def plan(kind: type[Plan], file: Path) -> Plan:
    """Return the fault plan in a JSON file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise CommandFailure(f"{file} is no fault plan: {error}", "", Exit.USAGE) from None


def run(server: Sandbox, host: str, port: int, say: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; `say` is called once it serves."""
    try:
        asyncio.run(_serve(server, host, port, say))
    except OSError as error:
        raise CommandFailure(f"{host}:{port} can't be listened on: {error.strerror}", "", ADDRESS_IN_USE) from None


async def _serve(server: Sandbox, host: str, port: int, say: Callable[[], None]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await server.start(host, port)
    try:
        say()
        await ended.wait()
    finally:
        await server.stop()
