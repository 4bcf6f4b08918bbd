"""`brokerwire brokers` and `capabilities`."""

from collections.abc import Iterator

import click

from brokerwire.types import AssetCapabilities, Capabilities
from brokerwire_server.cli.output import Cell, Column, attribute, text_of
from brokerwire_server.cli.remote import Remote, remote
from brokerwire_server.cli.views import facts

_BROKERS: tuple[Column, ...] = (
    ("BROKER", attribute("broker")),
    ("NAME", attribute("display_name")),
    ("SUPPORT", attribute("support_level")),
    ("ENVIRONMENTS", attribute("environments")),
    ("ASSETS", attribute("asset_classes")),
    ("NOTES", lambda broker: broker.unavailable or broker.notes),
)


@click.command
@remote(account=False)
def brokers(to: Remote) -> None:
    """List the brokers that the gateway knows, connected or not."""
    with to.client() as client:
        found = list(client.brokers())
    to.out.rows("brokers", found, _BROKERS)


@click.command
@click.option("--broker", metavar="ID", help="Of a broker in general, in place of an account.")
@remote()
def capabilities(to: Remote, broker: str | None) -> None:
    """Say what an account, or a broker in general, can do."""
    with to.client() as client:
        found = client.capabilities(broker=broker)
    to.out.record(found, _capabilities(found))


def _capabilities(found: Capabilities) -> Iterator[tuple[str, Cell]]:
    yield from facts(found, "broker", "support_level", "replace_mode", "idempotency_class", "fill_granularity")
    yield from facts(found, "order_feed", "quote_streaming", "history_depth")
    for limit in found.rate_limits:
        yield "rate limit", f"{limit.call_count} {limit.scope} in {limit.period}"
    for asset in found.assets:
        yield asset.asset_class.value, _sizes(asset)
        for combination in asset.combinations:
            lists = (combination.types, combination.times_in_force, combination.order_classes)
            extras = [name for name in ("fractional", "notional", "extended_hours") if getattr(combination, name)]
            words = " × ".join(str(text_of(words)) for words in lists)  # noqa: RUF001 - the sign that is meant
            yield "  orders", f"{words}{' (' + ', '.join(extras).replace('_', ' ') + ')' if extras else ''}"
    yield "sources", text_of(found.sources)


def _sizes(asset: AssetCapabilities) -> str:
    parts = [f"sides {text_of(asset.sides)}"]
    parts += [f"at least {asset.min_quantity}"] if asset.min_quantity is not None else []
    parts += [f"in steps of {asset.quantity_increment}"] if asset.quantity_increment is not None else []
    parts += ["native groups"] if asset.native_groups else []
    return ", ".join(parts)
