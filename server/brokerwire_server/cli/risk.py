"""`brokerwire risk`: the limits in force, and what people change about them."""

from typing import Any

import click

from brokerwire.types import RiskPolicy
from brokerwire.types.enums import RiskPolicyOrigin
from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, remote
from brokerwire_server.cli.trading import code_of, scope_of, scoped, seconds_of
from brokerwire_server.cli.views import facts

_EFFECTIVE: tuple[Column, ...] = (
    ("CHECK", attribute("code")),
    ("LIMIT", attribute("name")),
    ("VALUE", attribute("value")),
    ("SEVERITY", attribute("severity")),
    ("FROM", lambda limit: str(limit.scope or limit.origin)),
    ("WHAT IT MEANS", attribute("description")),
)
_POLICIES: tuple[Column, ...] = (
    ("SCOPE", attribute("scope")),
    ("VERSION", attribute("version")),
    ("LIMITS", lambda policy: " ".join(f"{limit.name}={limit.value}" for limit in policy.limits)),
    ("ORIGIN", attribute("origin")),
    ("BY", attribute("updated_by")),
    ("WHY", attribute("reason")),
)
_OVERRIDES: tuple[Column, ...] = (
    ("OVERRIDE", attribute("override_id")),
    ("RULE", attribute("rule")),
    ("SCOPE", attribute("scope")),
    ("HOLDS", attribute("active")),
    ("UNTIL", attribute("expire_time")),
    ("BY", attribute("created_by")),
    ("WHY", attribute("reason")),
)
_reason = click.option("--reason", required=True, help="Why. It is journaled.")


@click.group(cls=DefaultGroup, default="show")
def risk() -> None:
    """Show and change the limits of pre-trade risk. Without a subcommand: show those in force."""


@risk.command
@click.option("--principal", metavar="NAME", help="Whose orders; yours if absent.")
@click.option("--symbol", metavar="SYMBOL", help="In which instrument.")
@click.option("--policies", is_flag=True, help="Every policy instead of what follows from them.")
@remote()
def show(to: Remote, principal: str | None, symbol: str | None, *, policies: bool) -> None:
    """Show every limit that holds for an account, and where it comes from."""
    with to.client() as client:
        account = to.account or (None if policies else client.account().account_id)
        found = client.risk_limits(account=account, principal=principal, symbol=symbol)
    if to.out.json:
        to.out.document(found)
    elif policies:
        to.out.rows("policies", list(found.policies), _POLICIES)
    else:
        to.out.rows("limits", list(found.effective), _EFFECTIVE)


@risk.command("set")
@click.argument("limits", nargs=-1, required=True, metavar="LIMIT=VALUE...")
@scoped
@_reason
@remote()
def set_(to: Remote, limits: tuple[str, ...], *, reason: str, **scope: Any) -> None:  # noqa: ANN401
    """Set limits of an account, a broker, a principal or a symbol; of all trading if none is named.

    A value is a decimal, on, off, words with commas between them, or none for no limit. LIMIT= takes a limit back.
    It needs role RISK and a second factor.
    """
    changes = dict(map(_change, limits))
    where = scope_of(to.account, **scope)
    with to.client() as client:
        version = _version(client.risk_limits().policies, where)
        code = code_of(to)
        policy = client.set_risk_limits(where, changes, expected_version=version, reason=reason, otp=code)
    to.out.record(policy, [*facts(policy, "scope", "version"), *((limit.name, limit.value) for limit in policy.limits)])


@risk.command
@click.argument("rule")
@scoped
@click.option("--for", "ttl", default="1h", show_default=True, metavar="TIME", help="30m, 8h: at most 24h.")
@_reason
@remote()
def override(to: Remote, rule: str, *, ttl: str, reason: str, **scope: Any) -> None:  # noqa: ANN401
    """Let a soft rule not reject, for a time. It reverts by itself.

    It needs role RISK and a second factor. Orders that were refused must be sent again.
    """
    time = seconds_of(ttl)
    where = scope_of(to.account, **scope)
    code = code_of(to)
    with to.client() as client:
        made = client.override_risk(rule, where, ttl=time, reason=reason, otp=code)
    to.out.record(made, facts(made, "override_id", "rule", "scope", "expire_time"))


@risk.command
@click.option("--ended", is_flag=True, help="The latest of those too that have expired or were revoked.")
@remote(account=False)
def overrides(to: Remote, *, ended: bool) -> None:
    """List the overrides that hold."""
    with to.client() as client:
        found = client.risk_overrides(ended=ended)
    to.out.rows("overrides", list(found), _OVERRIDES)


@risk.command
@click.argument("override_id")
@remote(account=False)
def revoke(to: Remote, override_id: str) -> None:
    """End an override now."""
    with to.client() as client:
        ended = client.revoke_risk_override(override_id)
    to.out.record(ended, facts(ended, "override_id", "rule", "active"))


def _change(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"write LIMIT=VALUE, not {text!r}")
    return name.strip(), value.strip() or None


def _version(policies: tuple[RiskPolicy, ...], scope: str) -> int:
    stored = (p for p in policies if p.origin is RiskPolicyOrigin.STORED and str(p.scope) == scope)
    return next((policy.version for policy in stored), 0)
