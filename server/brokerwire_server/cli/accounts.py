"""`brokerwire account`, `accounts`, `portfolio` and `history`."""

import re
from datetime import timedelta
from typing import Any

import click

from brokerwire.types.enums import Environment
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, Words, remote
from brokerwire_server.cli.views import ACCOUNTS, BALANCES, CURRENCIES, account_facts, profit

_POINTS: tuple[Column, ...] = (
    ("TIME", attribute("time")),
    ("EQUITY", attribute("equity")),
    ("CASH", attribute("cash")),
    profit("profit_loss"),
    ("PERCENT", attribute("profit_loss_percent")),
    ("SOURCE", attribute("source")),
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Span(click.ParamType):  # type: ignore[type-arg] # generic in newer releases only
    """A length of time: 90s, 15m, 6h, 1d, 2w."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """Return the length, or fail as click does."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([smhdw])", str(value))
        if match is None:
            self.fail(f"{value!r} is not a time such as 90s, 15m, 6h, 1d or 2w", param, ctx)
        return timedelta(**{_UNITS[match[2]]: float(match[1])})


@click.command
@remote()
def account(to: Remote) -> None:
    """Show one account: its balances, and what it may do."""
    with to.client() as client:
        found = client.account()
    to.out.record(found, account_facts(found))
    if found.balances is not None and len(found.balances.currencies) > 1 and not to.out.json:
        to.out.say("")
        to.out.rows("currencies", found.balances.currencies, CURRENCIES)


@click.command
@remote(account=False)
def accounts(to: Remote) -> None:
    """List the accounts of all brokers."""
    with to.client() as client:
        found = list(client.accounts())
    to.out.rows("accounts", found, ACCOUNTS)


@click.command
@click.option("--environment", type=Words("environment", Environment.choices()), help="Needed where there are both.")
@remote()
def portfolio(to: Remote, environment: str | None) -> None:
    """Sum accounts up, per currency. Paper and live are never summed together."""
    with to.client() as client:
        found = client.portfolio(environment=environment)
    if to.out.json:
        to.out.document(found)
        return
    to.out.rows("accounts", found.accounts, ACCOUNTS)
    to.out.say("")
    to.out.rows("totals", found.totals, BALANCES)
    if found.unreachable:
        to.out.say(f"missing, because their broker can't be reached: {', '.join(found.unreachable)}")


@click.command
@click.option("--period", type=Span(), default="1d", show_default=True, help="How far back.")
@click.option("--timeframe", type=Span(), help="Distance between points, 1m or longer. Default: about 200 points.")
@remote()
def history(to: Remote, period: timedelta, timeframe: timedelta | None) -> None:
    """Show an account's value over time."""
    with to.client() as client:
        found = client.portfolio_history(period=period, timeframe=timeframe)
    if to.out.json:
        to.out.document(found)
    else:
        to.out.rows("points", found.points, _POINTS)
        if found.unreachable:
            to.out.say("the broker could not be asked for the time before the journal")
