"""What `serve` says when it is up: where it listens, what it serves, and PAPER so that nobody misses it."""

import os
from collections.abc import Iterator

from rich.align import Align
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from brokerwire_server.app import Application
from brokerwire_server.config import PaperConfig, PriceSource, Speed


def announce(application: Application) -> None:
    """Print the banner, and the line that scripts wait for, to standard output."""
    console = Console(highlight=False, soft_wrap=True)
    if console.is_terminal:
        console.print(_panel(application))
    else:
        word, meaning = _verdict(application)
        print(f"*** {word} *** {meaning}")
        for name, value in _facts(application):
            print(f"{name + ':':<13} {value}")
    print(ready_line(application), flush=True)


def ready_line(application: Application) -> str:
    """Return the stable line for scripts; a door that is shut is `off`."""
    grpc, http = application.grpc_address or "off", application.http_address or "off"
    return f"brokerwire ready grpc={grpc} http={http} pid={os.getpid()}"


def _verdict(application: Application) -> tuple[str, str]:
    live = [account.account_id for account in application.accounts if account.environment != "PAPER"]
    # A gateway that starts has armed nothing.
    if live:
        return "LIVE", f"real money, on accounts {', '.join(live)}; not armed: brokerwire arm"
    if application.live_connections:
        through = ", ".join(application.live_connections)
        return "LIVE", f"real money, through connections {through}; not armed: brokerwire arm"
    return "PAPER", "simulated trading, no real money"


def _facts(application: Application) -> Iterator[tuple[str, str]]:
    config = application.config
    yield "gRPC", application.grpc_address or "off"
    yield "HTTP", f"http://{application.http_address}" if application.http_address else "off"
    yield "data", str(config.data_dir)
    for broker in sorted({account.broker for account in application.accounts}):
        ids = [account.account_id for account in application.accounts if account.broker == broker]
        yield "broker", f"{broker} (accounts: {', '.join(ids)})"
    yield "prices", _prices(config.paper)
    if application.restrictions:
        yield "trading", "; ".join(application.restrictions) + " (brokerwire trading-state)"
    yield "version", application.version


def _prices(paper: PaperConfig) -> str:
    parts = [paper.source.value]
    if paper.source is PriceSource.REPLAY:
        parts.append(", ".join(path.name for path in paper.replay))
    if paper.source is not PriceSource.MANUAL:
        parts.append(_pace(paper.speed))
    if paper.source is PriceSource.RANDOM_WALK:
        parts.append(f"seed {paper.seed}")
    parts.append("open at all hours" if paper.market_hours == "always" else f"{paper.market_hours.upper()} hours")
    if paper.paused:
        parts.append("PAUSED: brokerwire sim resume")
    return "; ".join(parts)


def _pace(speed: Speed) -> str:
    if not speed:
        # A replay holds at its first quote until somebody is there to trade on it.
        return "as fast as possible from the first order on"
    return "real time" if f"{speed:g}" == "1" else f"{speed:g} times real time"


def _panel(application: Application) -> Panel:
    word, meaning = _verdict(application)
    style = "bold white on red" if word == "LIVE" else "bold black on bright_green"
    table = Table.grid(padding=(0, 2))
    for name, value in _facts(application):
        table.add_row(Text(name, style="dim"), Text(value))
    head = Align.center(Text(f"  {word}: {meaning}  ", style=style))
    return Panel(Group(head, Text(), table), title="brokerwire", border_style=style.rpartition(" ")[2], expand=False)
