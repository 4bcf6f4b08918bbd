"""`brokerwire principals`: who may call, and what they may do."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from brokerwire.types import PrincipalQuota
from brokerwire.types.enums import Action, AssetClass, Role
from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Number, Remote, Words, remote
from brokerwire_server.cli.views import facts

F = TypeVar("F", bound=Callable[..., Any])

_COLUMNS: tuple[Column, ...] = (
    ("PRINCIPAL", attribute("name")),
    ("ROLES", attribute("roles")),
    ("ACCOUNTS", attribute("account_ids")),
    ("ACTIONS", attribute("actions")),
    ("CLASSES", attribute("asset_classes")),
    ("MAX NOTIONAL", attribute("maximum_notional")),
    ("2ND FACTOR", attribute("second_factor_enrolled")),
    ("DISABLED", attribute("disabled")),
)
_FACTS = ("name", "roles", "account_ids", "actions", "asset_classes", "maximum_notional", "second_factor_enrolled")

_RIGHTS = (
    click.option(
        "--role",
        "roles",
        type=Words("role", Role.choices()),
        multiple=True,
        help="What it may do; each but read includes read. May be repeated.",
    ),
    click.option("--only-account", "accounts", metavar="ID", multiple=True, help="The accounts that it sees."),
    click.option(
        "--action", "actions", type=Words("action", Action.choices()), multiple=True, help="What it may do to orders."
    ),
    click.option(
        "--asset-class",
        "asset_classes",
        type=Words("class", AssetClass.choices()),
        multiple=True,
        help="What it may submit orders in.",
    ),
    click.option("--max-notional", "maximum_notional", type=Number(), help="Largest value of one order."),
    click.option("--calls", type=int, default=0, help="Calls a second. 0: the gateway's default."),
    click.option("--orders", type=int, default=0, help="Orders a second. 0: the gateway's default."),
    click.option("--cancels", type=int, default=0, help="Cancels a second. 0: the gateway's default."),
    click.option("--streams", type=int, default=0, help="Streams open at once. 0: the gateway's default."),
)


def rights(command: F) -> F:
    """Give a command the options that say what a principal may do."""
    made: Any = command
    for option in reversed(_RIGHTS):
        made = option(made)
    return made  # type: ignore[no-any-return]


def arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the client's call from the options of `rights`."""
    quota = PrincipalQuota(
        calls_per_second=options.pop("calls"),
        orders_per_second=options.pop("orders"),
        cancels_per_second=options.pop("cancels"),
        streams=options.pop("streams"),
    )
    return {**options, "quota": quota}


@click.group(cls=DefaultGroup, default="list")
def principals() -> None:
    """Manage who may call, and what they may do. Without a subcommand: list them."""


@principals.command("list")
@remote(account=False)
def list_(to: Remote) -> None:
    """List the principals."""
    with to.client() as client:
        found = list(client.access.principals())
    to.out.rows("principals", found, _COLUMNS)


@principals.command
@click.argument("name")
@rights
@remote(account=False)
def create(to: Remote, name: str, **options: Any) -> None:  # noqa: ANN401
    """Make a principal. It can call once it has a token or a certificate."""
    with to.client() as client:
        made = client.access.create_principal(name, **arguments(options))
    to.out.record(made, facts(made, *_FACTS))


@principals.command
@click.argument("name")
@rights
@click.option("--disabled", is_flag=True, help="Refuse it, with everything that it holds.")
@remote(account=False)
def update(to: Remote, name: str, *, disabled: bool, **options: Any) -> None:  # noqa: ANN401
    """Say anew what a principal may do: what is not given here, it has no more. Its open streams end."""
    with to.client() as client:
        changed = client.access.update_principal(name, disabled=disabled, **arguments(options))
    to.out.record(changed, facts(changed, *_FACTS))


@principals.command
@click.argument("name")
@remote(account=False)
def delete(to: Remote, name: str) -> None:
    """Remove a principal with its tokens and its second factor."""
    with to.client() as client:
        client.access.delete_principal(name)
    to.out.say(f"{name} is gone, and its tokens with it")


@principals.command
@remote(account=False)
def me(to: Remote) -> None:
    """Show whom the gateway takes you for."""
    with to.client() as client:
        found = client.access.who_am_i()
    to.out.record(found, facts(found, *_FACTS))
