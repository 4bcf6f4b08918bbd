import inspect
import subprocess
import sys

import brokerwire
from brokerwire import aio
from brokerwire._methods import METHODS
from brokerwire.types import enums
from brokerwire.types._base import WireEnum
from brokerwire.v1 import (
    access_pb2,
    account_service_pb2,
    accounts_pb2,
    breaks_pb2,
    brokers_pb2,
    errors_pb2,
    events_pb2,
    instruments_pb2,
    market_data_pb2,
    order_service_pb2,
    orders_pb2,
    positions_pb2,
    read_info_pb2,
    risk_pb2,
    simulator_pb2,
    streams_pb2,
    trading_state_pb2,
)

EXPORTS = """
Access Account AccountArming AccountEvent AccountStatus AccountSync AccountType Action ActionOutcome
Activity ActivityType AssetCapabilities AssetClass AuditOutcome Balances Bar BarUnit Break
BreakResolution BreakState BreakType Broker BrokerwireError CancelReport CancelResult Cancellation
Capabilities CaughtUp CheckReport Client ClockMode CloseReport CloseResult Conflict Connection
ConnectionCheck ConnectionEvent ConnectionField ConnectionOrigin Control CorporateAction
CorporateActionType CreatedConnection CurrencyBalance DeadlineExceeded DeletedConnection Disconnected
Environment ErrorReason Event EventType FaultKind FaultPlan FaultReport FaultRule FaultRuleStats
FaultTarget FeedKind FellBehind FieldViolation FileTokenStore Fill FillGranularity FillKind FillSource
Funding FutureContract Goodbye Guard GuardLease GuardLeaseState Heartbeat IdempotencyClass
IgnoredMessage IncompleteWarning Instrument InstrumentDetails Internal InvalidRequest JournalReport
JournalVerification Leg LinkState Liquidity Listener MarginImpact MarketClock MarketSession Money
MoneyChange NewToken NotFound Opened OptionChainEntry OptionContract OptionGreeks OptionType Order
OrderClass OrderCombination OrderEvent OrderEventType OrderIssue OrderLeg OrderOrigin OrderSession
OrderState OrderType Overloaded Pages PendingAction PermissionDenied Portfolio PortfolioHistory
PortfolioPoint PortfolioPointSource Position PositionEffect PositionEvent PositionSide Precondition
Preview PriceAdjustment PriceSource PriceTick Principal PrincipalQuota Quote RateLimit Reconciliation
ReplaceMode Replacement Reset RiskFinding RiskLimit RiskLimits RiskOverride RiskPolicy RiskPolicyOrigin
RiskSeverity RiskVerdict Role Sent ServerInfo SessionClosed Side SigningKey Simulation Simulator
SlowWarning Snapshot SnapshotBegin SnapshotEnd SortOrder SourceGap SourceGapPhase StateReason StopLoss
Stream StreamGap StreamMode StreamResetCause SupportLevel SyncState TimeInForce Token TokenStore
TradingDay TradingScope TradingScopeKind TradingState TradingStateChange TradingStateRecord
TradingStates Unauthenticated Unavailable Unsupported WaitTimeout __version__ aio connect
"""

METHODS_OF_CLIENT = """
account accounts acquire_guard_lease activities arm_account bars breaks broker_payload brokers cancel
cancel_all capabilities check_connection clock close close_position close_positions connection
connections corporate_actions create_connection delete_connection disarm_account events export_journal
fills get_order guard guard_leases option_chain orders override_risk portfolio portfolio_history
position positions preview quotes reconcile release_guard_lease renew_guard_lease replace resolve_break
revoke_risk_override risk_limits risk_overrides rotate_credentials rotate_vault_keys search server_info
session set_risk_limits set_trading_state stream_accounts stream_connections stream_events stream_orders
stream_positions stream_quotes submit trading_days trading_state verify_journal wait with_timeout
"""

FILES = (
    access_pb2,
    account_service_pb2,
    accounts_pb2,
    breaks_pb2,
    brokers_pb2,
    events_pb2,
    instruments_pb2,
    market_data_pb2,
    order_service_pb2,
    orders_pb2,
    positions_pb2,
    read_info_pb2,
    risk_pb2,
    simulator_pb2,
    streams_pb2,
    trading_state_pb2,
)


def public(kind: type) -> dict[str, object]:
    return {name: value for name, value in vars(kind).items() if not name.startswith("_")}


def test_the_exported_names_are_these_and_no_others() -> None:
    assert brokerwire.__all__ == EXPORTS.split()
    assert all(hasattr(brokerwire, name) for name in brokerwire.__all__)


def test_the_client_has_these_methods() -> None:
    assert sorted(public(brokerwire.Client)) == METHODS_OF_CLIENT.split()


def test_the_asyncio_client_is_the_twin_of_the_blocking_one() -> None:
    twins = [
        (brokerwire.Client, aio.AsyncClient),
        (brokerwire.Access, aio.AsyncAccess),
        (brokerwire.Simulator, aio.AsyncSimulator),
        (brokerwire.OrderSession, aio.AsyncOrderSession),
    ]
    for blocking, asynchronous in twins:
        assert public(blocking).keys() == public(asynchronous).keys()
        for name, method in public(blocking).items():
            theirs = inspect.signature(getattr(asynchronous, name))
            assert inspect.signature(method).parameters == theirs.parameters, name  # type: ignore[arg-type]
    assert inspect.signature(brokerwire.connect).parameters == inspect.signature(aio.connect).parameters


def test_a_method_shows_its_arguments_and_its_documentation() -> None:
    with brokerwire.connect() as client:
        assert list(inspect.signature(client.submit).parameters)[:3] == ["symbol", "side", "quantity"]
        assert "client_order_id" in (client.submit.__doc__ or "")


def test_every_enum_of_the_contract_has_its_twin_value_for_value() -> None:
    wire = {enum.name: enum for file in FILES for enum in file.DESCRIPTOR.enum_types_by_name.values()}
    ours = {e.__name__: e for e in vars(enums).values() if isinstance(e, type) and issubclass(e, WireEnum)}
    assert wire.keys() - ours.keys() == {"OnGap"}  # a request's, written as a Literal
    for name, members in ours.items():
        enum = wire[name]
        prefix = enum.values[0].name.removesuffix("UNSPECIFIED")
        theirs = {value.name.removeprefix(prefix): value.number for value in enum.values}
        mine = {member.name: member.number for member in members}
        assert mine == {"UNKNOWN": -1} | theirs, name
        assert all(member == member.name.lower() for member in members)


def test_every_reason_of_the_contract_is_named() -> None:
    values = errors_pb2.DESCRIPTOR.enum_types_by_name["ErrorReason"].values
    assert [f"ERROR_REASON_{r}" for r in brokerwire.ErrorReason] == [v.name for v in values if v.number]


def test_every_method_of_the_contract_is_used() -> None:
    source = "".join(
        inspect.getsource(module)
        for name, module in sys.modules.items()
        if name.startswith(("brokerwire._calls.", "brokerwire._session."))
    )
    assert [name for name in METHODS if f'"{name}"' not in source] == []


def test_the_plain_install_is_enough_to_import_it() -> None:
    banned = "pytest grpc_status rich click msgspec sqlalchemy httpx brokerwire_server"
    code = f"import sys, brokerwire; print([m for m in {banned.split()} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
