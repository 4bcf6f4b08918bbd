"""`brokerwire sandbox`: run a local broker that speaks a real one's wire protocol."""

import click

from brokerwire_server.cli.sandbox_alpaca import alpaca
from brokerwire_server.cli.sandbox_tws import tws


@click.group
def sandbox() -> None:
    """Run a local broker that speaks a real one's wire protocol, on loopback, with faults on demand."""


sandbox.add_command(alpaca)
sandbox.add_command(tws)
