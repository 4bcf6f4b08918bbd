"""`brokerwire sandbox`: run a local broker that speaks a real one's wire protocol."""

import asyncio
import signal
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.remote import Number

if TYPE_CHECKING:
    from brokerwire_sandbox.alpaca import AlpacaSandbox, FaultPlan, SandboxSettings

_NUMBER = Number()
_ADDRESS_IN_USE = 13
_MICROSECOND = 1_000
_FLAGS = (
    click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:9917", show_default=True, help="Loopback only."),
    click.option("--environment", type=click.Choice(["paper", "live"]), default="paper", show_default=True),
    click.option("--key", default="", help="API key id. Default: PKSANDBOX0000000000 (live: AKSANDBOX0000000000)."),
    click.option("--secret", default="sandbox-secret", show_default=True, help="Secret key."),
    click.option("--cash", type=_NUMBER, default="100000", show_default=True, help="First deposit."),
    click.option("--prices", type=click.Choice(["walk", "manual"]), default="walk", show_default=True),
    click.option("--interval", type=float, default=1.0, show_default=True, help="Seconds between moves of the walk."),
    click.option("--quote", "quotes", metavar="SYMBOL=BID/ASK", multiple=True, help="First quote; may be repeated."),
    click.option("--market-hours", type=click.Choice(["always", "xnys"]), default="always", show_default=True),
    click.option("--start", metavar="TIME", help="Begin at this time (ISO 8601, UTC unless it says otherwise)."),
    click.option("--speed", type=float, default=1.0, show_default=True, help="Seconds per real second; 0: by hand."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of prices, ids and keys."),
    click.option("--rate-limit", type=int, default=200, show_default=True, help="Requests a minute; 0: no limit."),
    click.option(
        "--event-order", type=click.Choice(["answer_first", "events_first", "interleaved"]), default="answer_first"
    ),
    click.option("--stream-policy", type=click.Choice(["many", "kick_old", "refuse_new"]), default="many"),
    click.option("--set", "switches", metavar="NAME=VALUE", multiple=True, help="Any other setting of the sandbox."),
    click.option(
        "--faults",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A fault plan in JSON, in force from the start.",
    ),
)


@click.group
def sandbox() -> None:
    """Run a local broker that speaks a real one's wire protocol, on loopback, with faults on demand."""


def _options(command: Any) -> Any:  # noqa: ANN401 - click's decorators
    for option in reversed(_FLAGS):
        command = option(command)
    return command


@sandbox.command
@_options
def alpaca(listen: str, faults: Path | None, **options: Any) -> int:  # noqa: ANN401
    r"""Run a local Alpaca until SIGTERM or Ctrl-C.

    REST is at the printed URL (/v2/...), the trading stream at /stream, server-sent events at /v2/events/trades, and
    the control API at /sandbox/... (set quotes, move time, inject faults, bust fills). Nothing is kept when it ends.

    \b
    Try it with alpaca-py:
      TradingClient(KEY, SECRET, url_override="http://127.0.0.1:9917")
      TradingStream(KEY, SECRET, url_override="ws://127.0.0.1:9917/stream")
    """
    host, port = _address(listen)
    try:
        from brokerwire_sandbox.alpaca import AlpacaSandbox  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        missing = (error.name or "aiohttp").partition(".")[0]
        what = f"the Alpaca sandbox needs {missing}, which is not installed"
        raise CommandFailure(what, "pip install 'brokerwire[server,alpaca]'") from None
    server = AlpacaSandbox(_settings(options))
    if faults is not None:
        server.set_faults(_plan(faults))
    try:
        asyncio.run(_serve(server, host, port))
    except OSError as error:
        raise CommandFailure(f"{listen} can't be listened on: {error.strerror}", "", _ADDRESS_IN_USE) from None
    return Exit.OK


def _address(listen: str) -> tuple[str, int]:
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


def _settings(options: dict[str, Any]) -> "SandboxSettings":
    from brokerwire_sandbox.alpaca import SandboxSettings  # noqa: PLC0415 - needs an extra

    fields: dict[str, Any] = dict(_switch(text) for text in options["switches"])
    fields |= {
        "environment": options["environment"],
        "key": options["key"],
        "secret": options["secret"],
        "cash": options["cash"],
        "prices": options["prices"],
        "price_interval": options["interval"],
        "quotes": dict(_quote(text) for text in options["quotes"]),
        "hours": options["market_hours"],
        "start_time": _time(options["start"]),
        "clock_speed": options["speed"],
        "seed": options["seed"],
        "rate_limit": options["rate_limit"],
        "event_order": options["event_order"],
        "stream_policy": options["stream_policy"],
    }
    unknown = set(fields) - set(SandboxSettings.__struct_fields__)
    if unknown:
        raise click.UsageError(f"--set: there is no setting {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert(fields, SandboxSettings, strict=False)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None


def _switch(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set takes NAME=VALUE, not {text!r}")
    return name.strip(), value.strip()


def _quote(text: str) -> tuple[str, tuple[Decimal, Decimal]]:
    symbol, _, prices = text.partition("=")
    bid, slash, ask = prices.partition("/")
    if not symbol or not slash:
        raise click.UsageError(f"--quote takes SYMBOL=BID/ASK, not {text!r}")
    return symbol, (_NUMBER.convert(bid, None, None), _NUMBER.convert(ask, None, None))


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--start takes a time such as 2026-07-06T13:30:00, not {text!r}") from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * _MICROSECOND


def _plan(file: Path) -> "FaultPlan":
    from brokerwire_sandbox.alpaca import FaultPlan  # noqa: PLC0415 - needs an extra

    try:
        return msgspec.json.decode(file.read_bytes(), type=FaultPlan, strict=False)
    except msgspec.MsgspecError as error:
        raise CommandFailure(f"{file} is no fault plan: {error}", "", Exit.USAGE) from None


async def _serve(server: "AlpacaSandbox", host: str, port: int) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await server.start(host, port)
    try:
        for name, value in _facts(server):
            print(f"{name + ':':<9} {value}")
        print(f"brokerwire sandbox ready url={server.url} stream={server.stream_url} key={server.key}", flush=True)
        await ended.wait()
    finally:
        await server.stop()


def _facts(server: "AlpacaSandbox") -> tuple[tuple[str, str], ...]:
    settings = server.settings
    prices = f"random walk, seed {settings.seed}" if settings.prices == "walk" else "set by hand"
    return (
        ("SANDBOX", f"a local Alpaca ({settings.environment}); no real broker, no real money"),
        ("url", server.url),
        ("stream", server.stream_url),
        ("control", f"{server.url}/sandbox/info"),
        ("key", server.key),
        ("secret", server.secret),
        ("prices", f"{prices}; {'open at all hours' if settings.hours == 'always' else 'New York hours'}"),
    )
