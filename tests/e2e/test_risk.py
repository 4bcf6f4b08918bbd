"""Limits as a user meets them: in the file, in a preview, in a refusal, and on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from brokerwire import PermissionDenied, Precondition, RiskSeverity, connect
from tests.support.processes import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = """
[risk.global]
order_notional_hard = 100000
order_notional = 5000

[risk.account.paper]
order_notional = 2000
deny_symbols = ["MSFT"]
"""
PRICES = ("sim", "price", "AAPL", "--bid", "99.98", "--ask", "100.00", "--bid-size", "500", "--ask-size", "500")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("risk")
    (folder / "brokerwire.toml").write_text(LIMITS)
    with GatewayProcess(folder / "data") as running:
        assert running.cli(*PRICES).returncode == 0
        yield running


def test_a_refusal_has_the_whole_verdict_and_nothing_was_sent(gateway: GatewayProcess) -> None:
    with connect(gateway.grpc) as client:
        with pytest.raises(Precondition) as caught:
            client.submit("AAPL", "buy", 21, limit_price=100, client_order_id="large")
        error = caught.value
        assert (error.reason, error.sent) == ("RISK_REJECTED", "no")
        assert {key: error.metadata[key] for key in ("rules", "rule", "limit", "value")} == {
            "rules": "P12",
            "rule": "order_notional",
            "limit": "2000",
            "value": "2100",
        }
        assert error.risk is not None
        (finding,) = error.risk.findings
        assert (finding.code, finding.severity, finding.missing_data) == ("P12", RiskSeverity.SOFT, False)
        assert client.submit("AAPL", "buy", 20, limit_price=100, client_order_id="large").order_id


def test_a_session_has_the_rules_in_the_metadata(gateway: GatewayProcess) -> None:
    with connect(gateway.grpc) as client, client.session() as session:
        with pytest.raises(Precondition) as caught:
            session.submit("AAPL", "buy", 21, limit_price=100).result()
        assert caught.value.metadata["rules"] == "P12"


def test_a_preview_shows_the_verdict(gateway: GatewayProcess) -> None:
    with connect(gateway.grpc) as client:
        good = client.preview("AAPL", "buy", 1, limit_price=99)
        assert good.risk is not None
        assert good.risk.accepted
        bad = client.preview("MSFT", "buy", 2_000, limit_price=100)
        assert bad.risk is not None
        assert {finding.rule for finding in bad.risk.findings} == {"symbols", "order_notional", "order_notional_hard"}
        assert not bad.valid
        assert "RISK_REJECTED" in {issue.reason for issue in bad.violations}


def test_the_limits_in_force_say_where_they_come_from(gateway: GatewayProcess) -> None:
    shown = gateway.cli("risk", "show", "--json")
    assert shown.returncode == 0, shown.stderr
    effective = {limit["name"]: limit for limit in json.loads(shown.stdout)["effective"]}
    assert effective["order_notional"]["value"] == "2000"
    assert effective["order_notional_hard"]["value"] == "100000"
    assert effective["basket_notional_hard"]["origin"] == "default"
    assert "deny_symbols" in gateway.cli("risk").stdout
    assert "order_notional=5000" in gateway.cli("risk", "show", "--policies").stdout
    assert gateway.cli("risk", "overrides").returncode == 0


def test_a_change_needs_a_second_factor(gateway: GatewayProcess) -> None:
    with connect(gateway.grpc) as client:
        with pytest.raises(PermissionDenied) as caught:
            client.set_risk_limits("global", {"order_notional": "9"}, expected_version=0, reason="no code")
        assert caught.value.reason == "SECOND_FACTOR_REQUIRED"
        with pytest.raises(PermissionDenied):
            client.override_risk("order_notional", "account:paper", ttl=60, reason="no code")
        assert client.risk_overrides() == ()


def test_a_limit_that_is_none_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "brokerwire.toml").write_text("[risk.global]\norder_notion = 1\n")
    with pytest.raises(AssertionError, match=r"serve ended with 2.*risk\.global.*order_notion"):
        GatewayProcess(tmp_path / "data")
