"""`brokerwire sandbox tws`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brokerwire_server.cli import sandbox_options as options
from brokerwire_server.cli.exits import Exit

if TYPE_CHECKING:
    from brokerwire_sandbox.tws import TwsSandbox

_HOST = "127.0.0.1"
_FLAGS = (
    click.option("--port", type=click.IntRange(0, 65_535), default=4002, show_default=True, help="On 127.0.0.1."),
    click.option("--server-version", type=int, default=178, show_default=True, help="157 to 178."),
    click.option("--accounts", default="DU1234567", show_default=True, help="Accounts, by commas. DU...: paper."),
    click.option("--cash", type=options.NUMBER, default="1000000", show_default=True, help="First deposit of each."),
    click.option("--prices", type=click.Choice(["walk", "manual"]), default="walk", show_default=True),
    click.option("--interval", type=float, default=1.0, show_default=True, help="Seconds between moves of the walk."),
    click.option("--quote", "quotes", metavar="SYMBOL=BID/ASK", multiple=True, help="First quote; may be repeated."),
    click.option("--market-hours", type=click.Choice(["always", "xnys"]), default="always", show_default=True),
    click.option("--start", metavar="TIME", help="Begin at this time (ISO 8601, UTC unless it says otherwise)."),
    click.option("--speed", type=float, default=1.0, show_default=True, help="Seconds per real second; 0: by hand."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of prices."),
    click.option("--read-only", is_flag=True, help="The API's read-only mode: orders are refused."),
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
def tws(port: int, faults: Path | None, **values: Any) -> int:  # noqa: ANN401
    r"""Run a local TWS or IB Gateway until SIGTERM or Ctrl-C.

    It speaks the TWS API's text protocol, as ib_async and ib_insync do. Nothing is kept when it ends.

    \b
    Try it with ib_async:
      ib = IB(); await ib.connectAsync("127.0.0.1", 4002, clientId=17)
    """
    from brokerwire_sandbox.tws import FaultPlan, TwsSandbox, TwsSettings  # noqa: PLC0415 - slow, and for this alone

    fields = {
        "server_version": values["server_version"],
        "accounts": [name.strip() for name in values["accounts"].split(",") if name.strip()],
        "cash": values["cash"],
        "prices": values["prices"],
        "price_interval": values["interval"],
        "quotes": dict(options.quote(text) for text in values["quotes"]),
        "hours": values["market_hours"],
        "start_time": options.time(values["start"]),
        "clock_speed": values["speed"],
        "seed": values["seed"],
        "read_only": values["read_only"],
    }
    settings = options.convert(TwsSettings, fields, values["switches"])
    try:
        server = TwsSandbox(settings)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if faults is not None:
        server.set_faults(options.plan(FaultPlan, faults))
    options.run(server, _HOST, port, lambda: _say(server))
    return Exit.OK


def _say(server: "TwsSandbox") -> None:
    settings = server.settings
    prices = f"random walk, seed {settings.seed}" if settings.prices == "walk" else "as at the start"
    hours = "open at all hours" if settings.hours == "always" else "New York hours"
    for name, value in (
        ("SANDBOX", f"a local TWS, server version {settings.server_version}; no real broker, no real money"),
        ("address", f"{server.host}:{server.port}"),
        ("accounts", ", ".join(settings.accounts)),
        ("prices", f"{prices}; {hours}"),
    ):
        print(f"{name + ':':<9} {value}")
    accounts = ",".join(settings.accounts)
    print(f"brokerwire sandbox ready host={server.host} port={server.port} accounts={accounts}", flush=True)
