"""`brokerwire sandbox alpaca`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brokerwire_server.cli import sandbox_options as options
from brokerwire_server.cli.exits import CommandFailure, Exit

if TYPE_CHECKING:
    from brokerwire_sandbox.alpaca import AlpacaSandbox

_FLAGS = (
    click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:9917", show_default=True, help="Loopback only."),
    click.option("--environment", type=click.Choice(["paper", "live"]), default="paper", show_default=True),
    click.option("--key", default="", help="API key id. Default: PKSANDBOX0000000000 (live: AKSANDBOX0000000000)."),
    click.option("--secret", default="sandbox-secret", show_default=True, help="Secret key."),
    click.option("--cash", type=options.NUMBER, default="100000", show_default=True, help="First deposit."),
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


def _flags(command: Any) -> Any:  # noqa: ANN401 - click's decorators
    for option in reversed(_FLAGS):
        command = option(command)
    return command


@click.command
@_flags
def alpaca(listen: str, faults: Path | None, **values: Any) -> int:  # noqa: ANN401
    r"""Run a local Alpaca until SIGTERM or Ctrl-C.

    REST is at the printed URL (/v2/...), the trading stream at /stream, server-sent events at /v2/events/trades, and
    the control API at /sandbox/... (set quotes, move time, inject faults, bust fills). Nothing is kept when it ends.

    \b
    Try it with alpaca-py:
      TradingClient(KEY, SECRET, url_override="http://127.0.0.1:9917")
      TradingStream(KEY, SECRET, url_override="ws://127.0.0.1:9917/stream")
    """
    host, port = options.address(listen)
    try:
        from brokerwire_sandbox.alpaca import AlpacaSandbox, FaultPlan, SandboxSettings  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        missing = (error.name or "aiohttp").partition(".")[0]
        what = f"the Alpaca sandbox needs {missing}, which is not installed"
        raise CommandFailure(what, "pip install 'brokerwire[server,alpaca]'") from None
    fields = {
        "environment": values["environment"],
        "key": values["key"],
        "secret": values["secret"],
        "cash": values["cash"],
        "prices": values["prices"],
        "price_interval": values["interval"],
        "quotes": dict(options.quote(text) for text in values["quotes"]),
        "hours": values["market_hours"],
        "start_time": options.time(values["start"]),
        "clock_speed": values["speed"],
        "seed": values["seed"],
        "rate_limit": values["rate_limit"],
        "event_order": values["event_order"],
        "stream_policy": values["stream_policy"],
    }
    server = AlpacaSandbox(options.convert(SandboxSettings, fields, values["switches"]))
    if faults is not None:
        server.set_faults(options.plan(FaultPlan, faults))
    options.run(server, host, port, lambda: _say(server))
    return Exit.OK


def _say(server: "AlpacaSandbox") -> None:
    for name, value in _facts(server):
        print(f"{name + ':':<9} {value}")
    print(f"brokerwire sandbox ready url={server.url} stream={server.stream_url} key={server.key}", flush=True)


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
