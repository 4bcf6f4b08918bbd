"""`brokerwire connections`: make, look at, try and end the links to brokers."""

from typing import Any

import click
from rich.text import Text

from brokerwire import Client
from brokerwire.types import Broker, CheckReport
from brokerwire.types.enums import Environment
from brokerwire_server.cli.credentials import OPTION, gather, interactive, pairs
from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, Words, remote
from brokerwire_server.cli.views import facts
from brokerwire_server.cli.watch import follow

_CONNECTIONS: tuple[Column, ...] = (
    ("CONNECTION", attribute("connection_id")),
    ("BROKER", attribute("broker")),
    ("ENVIRONMENT", attribute("environment")),
    ("LINK", attribute("link")),
    ("FEED", attribute("feed")),
    ("ACCOUNTS", attribute("account_ids")),
    ("VERIFIED", attribute("last_verified_time")),
    ("DETAIL", attribute("detail")),
)
_FACTS = ("connection_id", "broker", "environment", "link", "account_ids", "origin", "settings", "detail")


@click.group(cls=DefaultGroup, default="list")
def connections() -> None:
    """Make, list, watch, test and end the links to brokers. Without a subcommand: list them."""


@connections.command("list")
@remote(account=False)
def list_(to: Remote) -> int:
    """List the links to brokers. Exit code 1 where one is not up."""
    with to.client() as client:
        found = list(client.connections())
    to.out.rows("connections", found, _CONNECTIONS)
    return Exit.OK if all(connection.link.value == "up" for connection in found) else Exit.FAILED


@connections.command
@click.argument("connection_id")
@remote(account=False)
def show(to: Remote, connection_id: str) -> None:
    """Show one link."""
    with to.client() as client:
        found = client.connection(connection_id)
    to.out.record(found, facts(found, *_FACTS))


@connections.command
@click.option("--once", is_flag=True, help="End after the snapshot.")
@remote(account=False)
def watch(to: Remote, *, once: bool) -> None:
    """Show the links as they change."""
    with to.streaming() as client:
        follow(
            to.out,
            client.stream_connections(),
            key=lambda connection: connection.connection_id,
            state=lambda event: event.connection,
            line=lambda event: "  ".join(str(read(event.connection)) or "-" for _, read in _CONNECTIONS),
            columns=_CONNECTIONS,
            once=once,
        )


@connections.command
@click.argument("connection_id", required=False)
@click.option("--broker", metavar="ID", help="The broker.")
@click.option("--environment", type=Words("environment", Environment.choices()), help="Default: paper.")
@click.option("--live", is_flag=True, help="Live, with real money; nothing is asked then.")
@click.option("--name", "display_name", default="", help="Name for people.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A setting of the broker's own.")
@click.option("--allow-unverified", is_flag=True, help="Store it even if the broker can't be reached now.")
@click.option("--allow-withdrawals", is_flag=True, help="Accept a key that can withdraw money.")
@OPTION
@remote(account=False)
def add(to: Remote, connection_id: str | None, broker: str | None, *, live: bool, **options: Any) -> int:  # noqa: ANN401
    """Make a connection: ask for what is needed, try it, store it encrypted.

    On a terminal it asks for everything that the options leave out; a secret is never an argument and never shown.
    The gateway stores nothing that the broker refuses.
    """
    settings = pairs("--set", options["settings"])
    with to.client() as client:
        chosen = _broker(client, broker)
        environment = _environment(chosen, options["environment"], live=live)
        name = connection_id or _name(f"{chosen.broker}-{environment}")
        credentials = gather(chosen, options["references"])
        _note(f"trying {chosen.display_name} ({environment}) ...")
        made = client.create_connection(
            name,
            chosen.broker,
            credentials,
            environment=environment,
            display_name=options["display_name"],
            settings=settings,
            allow_unverified=options["allow_unverified"],
            allow_withdrawals=options["allow_withdrawals"],
        )
        report = client.check_connection(name)
    if to.out.json:
        to.out.document({"connection": report.connection, "accounts": made.accounts, "checks": report.checks})
    else:
        to.out.record(report.connection, facts(report.connection, *_FACTS))
        _checks(to, report)
    return Exit.OK if report.ok else Exit.FAILED


@connections.command
@click.argument("connection_id")
@remote(account=False)
def test(to: Remote, connection_id: str) -> int:
    """Say what works on a connection, one line per check, without changing anything. Exit code 1 where one fails."""
    with to.client() as client:
        report = client.check_connection(connection_id)
    if to.out.json:
        to.out.document(report)
    else:
        _checks(to, report)
    return Exit.OK if report.ok else Exit.FAILED


@connections.command
@click.argument("connection_id")
@OPTION
@remote(account=False)
def rotate(to: Remote, connection_id: str, references: tuple[str, ...]) -> None:
    """Replace a connection's credential; the new one is tried first and must reach the same account."""
    with to.client() as client:
        chosen = _broker(client, client.connection(connection_id).broker)
        found = client.rotate_credentials(connection_id, gather(chosen, references))
    to.out.record(found, facts(found, *_FACTS))


@connections.command
@click.argument("connection_id")
@click.option("--force", is_flag=True, help="Even if orders are open: they stay at the broker, unwatched.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@remote(account=False)
def remove(to: Remote, connection_id: str, *, force: bool, yes: bool) -> None:
    """End a connection and destroy its stored credential. Its accounts close; their journals stay readable."""
    if not yes and interactive():
        click.confirm(f"End connection {connection_id} and destroy its credential?", abort=True, err=True)
    with to.client() as client:
        gone = client.delete_connection(connection_id, force=force)
    accounts = ", ".join(account.account_id for account in gone.accounts) or "none"
    if to.out.json:
        to.out.document({"connection": gone.connection, "accounts": gone.accounts})
    else:
        to.out.say(f"{connection_id} is gone; accounts closed: {accounts}")


def _broker(client: Client, wanted: str | None) -> Broker:
    found = {broker.broker: broker for broker in client.brokers()}
    if wanted is None:
        names = [name for name, broker in found.items() if not broker.built_in and not broker.unavailable]
        if not interactive() or not names:
            raise CommandFailure(
                "name the broker", "say --broker ID; the brokers there are: brokerwire brokers", Exit.USAGE
            )
        wanted = click.prompt("Broker", type=click.Choice(names), default=names[0], err=True)
    broker = found.get(wanted or "")
    if broker is None:
        known = ", ".join(found)
        raise CommandFailure(f"no broker {wanted!r} here", f"the brokers there are: {known}", Exit.USAGE)
    if broker.unavailable:
        raise CommandFailure(broker.unavailable)
    return broker


def _environment(broker: Broker, wanted: str | None, *, live: bool) -> str:
    """Return the environment. Live is asked for by name: `--live`, or a word typed by a person."""
    if live and wanted == "paper":
        raise click.UsageError("--live contradicts --environment paper")
    if live:
        return "live"
    if wanted is None and interactive() and len(broker.environments) > 1:
        words = [str(environment) for environment in broker.environments]
        wanted = click.prompt("Environment", type=click.Choice(words), default="paper", err=True)
    if wanted == "live":
        if not interactive():
            raise CommandFailure("live moves real money", "say so with --live", Exit.USAGE)
        if click.prompt('Orders on it move real money. Type "live" to go on', err=True) != "live":
            raise click.Abort
    return wanted or "paper"


def _name(default: str) -> str:
    if not interactive():
        return default
    name: str = click.prompt("Name of the connection", default=default, err=True)
    return name


def _note(text: str) -> None:
    click.echo(text, err=True)


def _checks(to: Remote, report: CheckReport) -> None:
    marks = {True: ("ok    ", "green"), False: ("FAILED", "bold red")}
    width = max((len(check.name) for check in report.checks), default=0)
    for check in report.checks:
        to.out.say(Text.assemble(marks[check.ok], f"  {check.name:<{width}}  {check.detail}"))
