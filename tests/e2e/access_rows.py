"""The table of all methods of the contract: a request to each, and what becomes of it by who sends it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brokerwire.v1 import access_service_pb2 as access
from brokerwire.v1 import account_service_pb2 as accounts
from brokerwire.v1 import broker_service_pb2 as brokers
from brokerwire.v1 import calendar_date_pb2, market_data_pb2, trading_state_pb2
from brokerwire.v1 import event_service_pb2 as events
from brokerwire.v1 import market_data_service_pb2 as market
from brokerwire.v1 import order_service_pb2 as orders
from brokerwire.v1 import position_service_pb2 as positions
from brokerwire.v1 import risk_service_pb2 as risk
from brokerwire.v1 import simulator_service_pb2 as simulator
from brokerwire.v1 import system_service_pb2 as system
from tests.e2e.conftest import limit_order

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "desk-7"
"""The account that requests name; no other text in an answer has these letters."""

HIDDEN = "ACCOUNT_NOT_FOUND"
DENIED = "PERMISSION_DENIED"
UNPROVEN = "SECOND_FACTOR_REQUIRED"
SILENT = ""
"""The answer is OK and does not know the account."""

DAY = calendar_date_pb2.CalendarDate(year=2026, month=7, day=1)

OPEN = "-"
"""The method knows no accounts: whoever has the role gets the same answer."""


@dataclass(frozen=True)
class Row:
    """One method.

    `elsewhere` is what a principal with all roles gets that reaches other accounts alone. `served` is the reason that
    somebody with the role gets: none, or one that only a request gets which was let in.
    """

    request: Callable[[], Any]
    elsewhere: str
    served: str = ""
    allowed: Callable[[], Any] | None = None
    """What somebody with the role sends instead, where the request would leave nothing for later tests."""


def _cancel(kind: Any) -> Any:
    return kind(account_id=ACCOUNT, order_id="none")


def _order(client_order_id: str = "table") -> Any:
    return limit_order(client_order_id, account_id=ACCOUNT)


def _replace() -> Any:
    request = orders.ReplaceOrderRequest(account_id=ACCOUNT, order_id="none", new_client_order_id="new")
    request.quantity.value = "5"
    return request


def _bars() -> Any:
    request = market.ListBarsRequest(account_id=ACCOUNT, symbol="AAPL")
    request.start_time.seconds = 1
    request.timeframe.count, request.timeframe.unit = 1, market_data_pb2.BAR_UNIT_DAY
    return request


def _session() -> Any:
    command = orders.OrderCommand(command_id=1)
    command.submit.CopyFrom(_order("session"))
    return orders.OrderSessionRequest(commands=[command])


def _price() -> Any:
    request = simulator.SetPriceRequest(symbol="AAPL")
    # Above all limits to buy here: nothing fills, in whatever order tests run.
    request.bid_price.value, request.ask_price.value = "199.9", "200"
    return request


def _funding() -> Any:
    request = simulator.FundAccountRequest(account_id=ACCOUNT, request_id="table")
    request.amount.amount.value, request.amount.currency_code = "5", "USD"
    return request


def _opening() -> Any:
    request = simulator.OpenAccountRequest(account_id="fresh-1")
    request.cash.amount.value, request.cash.currency_code = "5", "USD"
    return request


def _principal(name: str) -> Any:
    return access.Principal(name=name, roles=["ROLE_READ"])


def _scope() -> Any:
    return trading_state_pb2.TradingScope(kind="TRADING_SCOPE_KIND_ACCOUNT", name=ACCOUNT)


def _halt() -> Any:
    return risk.SetTradingStateRequest(scope=_scope(), state="TRADING_STATE_HALTED")


def _lease() -> Any:
    request = risk.AcquireGuardLeaseRequest(scope=_scope(), cancel_orders=True)
    request.ttl.seconds = 300
    return request


ROWS = {
    "AccessService/WhoAmI": Row(access.WhoAmIRequest, SILENT),
    "AccessService/ListPrincipals": Row(access.ListPrincipalsRequest, DENIED),
    "AccessService/CreatePrincipal": Row(
        lambda: access.CreatePrincipalRequest(principal=_principal("reader")), DENIED, "PRINCIPAL_EXISTS"
    ),
    "AccessService/UpdatePrincipal": Row(
        lambda: access.UpdatePrincipalRequest(principal=_principal("stranger")), DENIED, "PRINCIPAL_NOT_FOUND"
    ),
    "AccessService/DeletePrincipal": Row(
        lambda: access.DeletePrincipalRequest(name="stranger"), DENIED, "PRINCIPAL_NOT_FOUND"
    ),
    "AccessService/ListTokens": Row(access.ListTokensRequest, DENIED),
    "AccessService/CreateToken": Row(lambda: access.CreateTokenRequest(principal="reader"), DENIED),
    "AccessService/RevokeToken": Row(lambda: access.RevokeTokenRequest(token_id="none"), DENIED, "TOKEN_NOT_FOUND"),
    "AccessService/ListSigningKeys": Row(access.ListSigningKeysRequest, DENIED),
    "AccessService/AddSigningKey": Row(
        lambda: access.AddSigningKeyRequest(principal="reader", public_key=os.urandom(32)), DENIED
    ),
    "AccessService/RevokeSigningKey": Row(
        lambda: access.RevokeSigningKeyRequest(key_id="none"), DENIED, "SIGNING_KEY_NOT_FOUND"
    ),
    "AccessService/EnrolSecondFactor": Row(lambda: access.EnrolSecondFactorRequest(principal="reader"), DENIED),
    "AccessService/ConfirmSecondFactor": Row(
        lambda: access.ConfirmSecondFactorRequest(principal="reader", code="000000"), DENIED, "INVALID_FIELD"
    ),
    "AccessService/RemoveSecondFactor": Row(
        lambda: access.RemoveSecondFactorRequest(principal="reader"), DENIED, "SECOND_FACTOR_REQUIRED"
    ),
    "AccountService/ListAccounts": Row(accounts.ListAccountsRequest, SILENT),
    "AccountService/GetAccount": Row(lambda: accounts.GetAccountRequest(account_id=ACCOUNT), HIDDEN),
    "AccountService/GetPortfolio": Row(accounts.GetPortfolioRequest, SILENT),
    "AccountService/GetPortfolioHistory": Row(lambda: accounts.GetPortfolioHistoryRequest(account_id=ACCOUNT), HIDDEN),
    "AccountService/ListActivities": Row(accounts.ListActivitiesRequest, SILENT),
    "AccountService/StreamAccounts": Row(accounts.StreamAccountsRequest, SILENT),
    "BrokerService/ListBrokers": Row(brokers.ListBrokersRequest, OPEN),
    "BrokerService/GetCapabilities": Row(lambda: brokers.GetCapabilitiesRequest(account_id=ACCOUNT), HIDDEN),
    "BrokerService/ListConnections": Row(brokers.ListConnectionsRequest, SILENT),
    "BrokerService/GetConnection": Row(
        lambda: brokers.GetConnectionRequest(connection_id="paper"), "CONNECTION_NOT_FOUND"
    ),
    "BrokerService/CreateConnection": Row(brokers.CreateConnectionRequest, DENIED, "FIELD_REQUIRED"),
    "BrokerService/DeleteConnection": Row(
        lambda: brokers.DeleteConnectionRequest(connection_id="paper"), "CONNECTION_NOT_FOUND", "CONNECTION_NOT_STORED"
    ),
    "BrokerService/RotateCredentials": Row(
        lambda: brokers.RotateCredentialsRequest(connection_id="paper"), "CONNECTION_NOT_FOUND", "CONNECTION_NOT_STORED"
    ),
    "BrokerService/CheckConnection": Row(
        lambda: brokers.CheckConnectionRequest(connection_id="paper"), "CONNECTION_NOT_FOUND"
    ),
    "BrokerService/Reconcile": Row(lambda: brokers.ReconcileRequest(account_id=ACCOUNT), HIDDEN),
    "BrokerService/ListBreaks": Row(brokers.ListBreaksRequest, SILENT),
    "BrokerService/ResolveBreak": Row(
        lambda: brokers.ResolveBreakRequest(
            account_id=ACCOUNT, break_id="none", resolution="BREAK_RESOLUTION_DISMISS", resolved_by="me", note="why"
        ),
        HIDDEN,
        "BREAK_NOT_FOUND",
    ),
    "BrokerService/StreamConnections": Row(brokers.StreamConnectionsRequest, SILENT),
    "EventService/ListEvents": Row(lambda: events.ListEventsRequest(account_id=ACCOUNT), HIDDEN),
    "EventService/StreamEvents": Row(events.StreamEventsRequest, SILENT),
    "EventService/ExportJournal": Row(events.ExportJournalRequest, SILENT),
    "EventService/GetBrokerPayload": Row(
        lambda: events.GetBrokerPayloadRequest(payload_id="none"), "PAYLOAD_NOT_FOUND", "PAYLOAD_NOT_FOUND"
    ),
    "EventService/VerifyJournal": Row(events.VerifyJournalRequest, SILENT),
    "MarketDataService/GetQuotes": Row(lambda: market.GetQuotesRequest(account_id=ACCOUNT, symbols=["AAPL"]), HIDDEN),
    "MarketDataService/StreamQuotes": Row(
        lambda: market.StreamQuotesRequest(account_id=ACCOUNT, symbols=["AAPL"]), HIDDEN
    ),
    "MarketDataService/SearchInstruments": Row(lambda: market.SearchInstrumentsRequest(account_id=ACCOUNT), HIDDEN),
    "MarketDataService/GetClock": Row(lambda: market.GetClockRequest(account_id=ACCOUNT), HIDDEN),
    "MarketDataService/ListBars": Row(_bars, HIDDEN, "UNSUPPORTED_BY_BROKER"),
    "MarketDataService/GetOptionChain": Row(
        lambda: market.GetOptionChainRequest(account_id=ACCOUNT, underlying_symbol="AAPL"),
        HIDDEN,
        "UNSUPPORTED_BY_BROKER",
    ),
    "MarketDataService/ListCorporateActions": Row(
        lambda: market.ListCorporateActionsRequest(account_id=ACCOUNT, start_date=DAY), HIDDEN, "UNSUPPORTED_BY_BROKER"
    ),
    "MarketDataService/ListTradingDays": Row(
        lambda: market.ListTradingDaysRequest(account_id=ACCOUNT, start_date=DAY, end_date=DAY), HIDDEN
    ),
    "OrderService/SubmitOrder": Row(lambda: orders.SubmitOrderRequest(order=_order()), HIDDEN),
    "OrderService/PreviewOrder": Row(lambda: orders.PreviewOrderRequest(order=_order()), HIDDEN),
    "OrderService/ReplaceOrder": Row(_replace, HIDDEN, "ORDER_NOT_FOUND"),
    "OrderService/CancelOrder": Row(lambda: _cancel(orders.CancelOrderRequest), HIDDEN, "ORDER_NOT_FOUND"),
    "OrderService/CancelOrders": Row(lambda: orders.CancelOrdersRequest(account_ids=[ACCOUNT]), HIDDEN),
    "OrderService/GetOrder": Row(lambda: _cancel(orders.GetOrderRequest), HIDDEN, "ORDER_NOT_FOUND"),
    "OrderService/ListOrders": Row(orders.ListOrdersRequest, SILENT),
    "OrderService/ListFills": Row(orders.ListFillsRequest, SILENT),
    "OrderService/StreamOrders": Row(orders.StreamOrdersRequest, SILENT),
    "OrderService/OrderSession": Row(_session, HIDDEN),
    "PositionService/ListPositions": Row(positions.ListPositionsRequest, SILENT),
    "PositionService/GetPosition": Row(
        lambda: positions.GetPositionRequest(account_id=ACCOUNT, symbol="AAPL"), HIDDEN, "POSITION_NOT_FOUND"
    ),
    "PositionService/ClosePosition": Row(
        lambda: positions.ClosePositionRequest(account_id=ACCOUNT, symbol="AAPL", client_order_id="close"),
        HIDDEN,
        "POSITION_NOT_FOUND",
    ),
    "PositionService/ClosePositions": Row(
        lambda: positions.ClosePositionsRequest(account_ids=[ACCOUNT], request_id="close"), HIDDEN
    ),
    "PositionService/StreamPositions": Row(positions.StreamPositionsRequest, SILENT),
    "RiskService/GetTradingState": Row(risk.GetTradingStateRequest, SILENT),
    # READ gets no further than the method itself, which asks for TRADE or RISK.
    "RiskService/SetTradingState": Row(_halt, HIDDEN, DENIED),
    "RiskService/ArmAccount": Row(lambda: risk.ArmAccountRequest(account_id=ACCOUNT), UNPROVEN, UNPROVEN),
    "RiskService/DisarmAccount": Row(lambda: risk.DisarmAccountRequest(account_id=ACCOUNT), HIDDEN),
    "RiskService/AcquireGuardLease": Row(_lease, HIDDEN),
    "RiskService/RenewGuardLease": Row(
        lambda: risk.RenewGuardLeaseRequest(lease_id="none"), "LEASE_NOT_FOUND", "LEASE_NOT_FOUND"
    ),
    "RiskService/ReleaseGuardLease": Row(
        lambda: risk.ReleaseGuardLeaseRequest(lease_id="none"), "LEASE_NOT_FOUND", "LEASE_NOT_FOUND"
    ),
    "RiskService/ListGuardLeases": Row(risk.ListGuardLeasesRequest, SILENT),
    "RiskService/GetRiskPolicy": Row(lambda: risk.GetRiskPolicyRequest(account_id=ACCOUNT), HIDDEN),
    "RiskService/UpdateRiskPolicy": Row(lambda: risk.UpdateRiskPolicyRequest(scope=_scope()), UNPROVEN, UNPROVEN),
    "RiskService/CreateRiskOverride": Row(lambda: risk.CreateRiskOverrideRequest(scope=_scope()), UNPROVEN, UNPROVEN),
    "RiskService/ListRiskOverrides": Row(risk.ListRiskOverridesRequest, SILENT),
    "RiskService/RevokeRiskOverride": Row(
        lambda: risk.RevokeRiskOverrideRequest(override_id="none"), "OVERRIDE_NOT_FOUND", "OVERRIDE_NOT_FOUND"
    ),
    "SimulatorService/OpenAccount": Row(_opening, DENIED),
    "SimulatorService/CloseAccount": Row(
        lambda: simulator.CloseAccountRequest(account_id=ACCOUNT),
        HIDDEN,
        "ACCOUNT_NOT_FOUND",
        lambda: simulator.CloseAccountRequest(account_id="gone"),
    ),
    "SimulatorService/FundAccount": Row(_funding, HIDDEN),
    "SimulatorService/ResetAccount": Row(lambda: simulator.ResetAccountRequest(account_id=ACCOUNT), HIDDEN),
    "SimulatorService/SetPrice": Row(_price, DENIED),
    "SimulatorService/GetSimulation": Row(simulator.GetSimulationRequest, OPEN),
    "SimulatorService/SteerClock": Row(lambda: simulator.SteerClockRequest(advance_quotes=1), DENIED),
    "SimulatorService/SetFaultPlan": Row(simulator.SetFaultPlanRequest, DENIED, "FIELD_REQUIRED"),
    "SimulatorService/GetFaultPlan": Row(simulator.GetFaultPlanRequest, OPEN),
    "SimulatorService/ClearFaultPlan": Row(simulator.ClearFaultPlanRequest, DENIED),
    "SystemService/RotateVaultKeys": Row(system.RotateVaultKeysRequest, DENIED, "SECOND_FACTOR_REQUIRED"),
    "SystemService/GetServerInfo": Row(system.GetServerInfoRequest, OPEN),
}
"""Every method of the contract. One that is not here fails `test_every_method_is_in_the_table`."""
