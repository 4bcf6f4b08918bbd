"""`brokerwire sim`: steer the paper broker, its accounts, prices, clock and faults."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import click

from brokerwire.types import FaultRule, Simulation
from brokerwire.types.enums import AccountType, FaultKind, FaultTarget
from brokerwire_server.cli.accounts import Span
from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Column
from brokerwire_server.cli.remote import Number, Remote, Words, remote
from brokerwire_server.cli.views import account_facts, facts

_E = TypeVar("_E", FaultKind, FaultTarget)

_NUMBER = Number()
_RULES: tuple[Column, ...] = (
    ("TARGET", lambda pair: pair[0].target.value),
    ("KIND", lambda pair: pair[0].kind.value),
    ("PROBABILITY", lambda pair: str(pair[0].probability if pair[0].probability is not None else 1)),
    ("AFTER", lambda pair: str(pair[0].after_count)),
    ("COUNT", lambda pair: str(pair[0].count or "no limit")),
    ("DELAY", lambda pair: str(pair[0].delay or "")),
    ("SEEN", lambda pair: str(pair[1].seen_count) if pair[1] else ""),
    ("STRUCK", lambda pair: str(pair[1].fired_count) if pair[1] else ""),
)


@click.group
def sim() -> None:
    """Steer the paper broker: accounts, prices, the clock, faults. It can't touch any other broker."""


@sim.command("open")
@click.argument("account_id", required=False, default="")
@click.option("--cash", type=_NUMBER, default="100000", show_default=True, help="First deposit.")
@click.option("--currency", default="USD", show_default=True, help="Currency of the account.")
@click.option("--type", type=Words("type", AccountType.choices()), default="margin", show_default=True)
@click.option("--name", "display_name", default="", help="Name for people.")
@remote(account=False)
def open_(to: Remote, account_id: str, **terms: Any) -> None:  # noqa: ANN401
    """Open a paper account; without ACCOUNT_ID the gateway makes an id."""
    with to.client() as client:
        opened = client.simulator.open_account(account_id, **terms)
    to.out.record(opened, account_facts(opened))


@sim.command(context_settings={"ignore_unknown_options": True})
@click.argument("amount", type=_NUMBER)
@click.option("--id", "request_id", metavar="ID", help="Idempotency key. Default: a new one.")
@click.option("--description", default="", help="For people.")
@remote()
def fund(to: Remote, amount: Decimal, request_id: str | None, description: str) -> None:
    """Put money into a paper account; an AMOUNT below zero takes it out."""
    with to.client() as client:
        funding = client.simulator.fund(amount, request_id=request_id, description=description)
    to.out.record(funding, [*facts(funding, "deduplicated", "activity.amount"), *account_facts(funding.account)])


@sim.command
@click.option("--cash", type=_NUMBER, help="Cash after it. Default: the first deposit.")
@remote()
def reset(to: Remote, cash: Decimal | None) -> None:
    """Set a paper account back: cancel its orders, drop its positions, set its cash. The journal keeps everything."""
    with to.client() as client:
        account = client.simulator.reset(cash=cash)
    to.out.record(account, account_facts(account))


@sim.command
@click.argument("symbol")
@click.option("--bid", type=_NUMBER, help="Best price that buyers offer.")
@click.option("--bid-size", type=_NUMBER, help="Units wanted there: what sells can fill.")
@click.option("--ask", type=_NUMBER, help="Best price that sellers ask.")
@click.option("--ask-size", type=_NUMBER, help="Units offered there: what buys can fill.")
@click.option("--last", type=_NUMBER, help="Price of the last trade: what triggers stops.")
@remote(account=False)
def price(to: Remote, symbol: str, **prices: Decimal | None) -> None:
    """Set the quote of a symbol; orders match against it at once. What is not given stays."""
    if all(value is None for value in prices.values()):
        raise click.UsageError("give at least one of --bid, --bid-size, --ask, --ask-size, --last")
    with to.client() as client:
        quote = client.simulator.set_price(symbol, **prices)
    to.out.record(
        quote, facts(quote, "symbol", "bid_price", "bid_size", "ask_price", "ask_size", "last_price", "quote_time")
    )


@sim.command
@remote(account=False)
def clock(to: Remote) -> None:
    """Show the simulation: its clock, speed and price source."""
    with to.client() as client:
        _show(to, client.simulator.simulation())


@sim.command
@click.argument("span", type=Span(), required=False)
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="A time: 2014-06-06T14:00:00Z.")
@click.option("--quotes", type=click.IntRange(min=1), help="By so many quotes of the price source.")
@remote(account=False)
def advance(to: Remote, span: timedelta | None, until: datetime | None, quotes: int | None) -> None:
    """Move simulated time on by SPAN (90s, 15m, 6h, 1d), to a time or by quotes; then it stands still."""
    given = {"advance": span, "advance_to": until, "advance_quotes": quotes}
    if sum(value is not None for value in given.values()) != 1:
        raise click.UsageError("give one of SPAN, --to and --quotes")
    _steer(to, **given)


@sim.command
@remote(account=False)
def pause(to: Remote) -> None:
    """Stop the simulated clock."""
    _steer(to, paused=True)


@sim.command
@remote(account=False)
def resume(to: Remote) -> None:
    """Let the simulated clock run."""
    _steer(to, paused=False)


@sim.command
@click.argument("multiple", type=_NUMBER)
@remote(account=False)
def speed(to: Remote, multiple: Decimal) -> None:
    """Let simulated time run MULTIPLE times as fast as real time."""
    _steer(to, speed=multiple)


def _steer(to: Remote, **how: Any) -> None:  # noqa: ANN401
    with to.client() as client:
        _show(to, client.simulator.steer(**how))


def _show(to: Remote, simulation: Simulation) -> None:
    names = ("time", "clock_mode", "speed", "paused", "price_source", "seed", "quote_count")
    replay = ("replay_name", "replay_quote_count", "replay_finished") if simulation.replay_name else ()
    to.out.record(simulation, facts(simulation, *names, *replay))


@sim.group(cls=DefaultGroup, default="show")
def faults() -> None:
    """Show, set or clear the faults that the paper broker makes. Without a subcommand: show them."""


@faults.command("show")
@remote(account=False)
def show_faults(to: Remote) -> None:
    """Show the fault plan, and how often each rule struck."""
    with to.client() as client:
        report = client.simulator.faults()
    if to.out.json:
        to.out.document(report)
        return
    rules = report.plan.rules if report.plan is not None else ()
    to.out.rows("faults", list(zip_longest(rules, report.stats[: len(rules)])), _RULES)


@faults.command("set")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@remote(account=False)
def set_faults(to: Remote, file: Path) -> None:
    """Put the plan in FILE in force: {"seed": 1, "rules": [{"target": "submit", "kind": "lose_answer", "count": 1}]}.

    Targets: submit, cancel, replace, events, link. A rule may also have probability ("0.5"), after_count, count,
    delay (seconds) and account_ids.
    """
    seed, rules = _plan(file)
    with to.client() as client:
        plan = client.simulator.set_faults(rules, seed=seed)
    if to.out.json:
        to.out.document(plan)
    else:
        to.out.say(f"{len(plan.rules)} rules in force")


@faults.command("clear")
@remote(account=False)
def clear_faults(to: Remote) -> None:
    """Take all faults away."""
    with to.client() as client:
        client.simulator.clear_faults()
    if to.out.json:
        to.out.document({"rules": []})
    else:
        to.out.say("no faults")


def _plan(file: Path) -> tuple[int, list[FaultRule]]:
    try:
        plan = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        return int(plan.get("seed", 0)), [_rule(**rule) for rule in plan["rules"]]
    except (OSError, UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        text = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
        raise CommandFailure(
            f"{file}: is not a fault plan: {text}", "see the form of one: brokerwire sim faults set --help", Exit.USAGE
        ) from None


def _rule(*, target: str, kind: str, probability: object = None, delay: object = None, **rest: Any) -> FaultRule:  # noqa: ANN401
    return FaultRule(
        target=_member(FaultTarget, target),
        kind=_member(FaultKind, kind),
        probability=None if probability is None else Decimal(str(probability)),
        delay=None if delay is None else timedelta(seconds=float(str(delay))),
        **rest,
    )


def _member(kind: type[_E], word: str) -> _E:
    for member in kind:
        if str(member) == word.lower():
            return member
    raise ValueError(f"{word!r} is not one of {', '.join(kind.choices())}")
