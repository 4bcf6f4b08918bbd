"""RiskService."""

from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire_server.api.convert.enums import TRADING_STATE
from brokerwire_server.api.convert.trading import arming_message, lease_message, record_message, scope_from
from brokerwire_server.api.convert.values import NANOS, invalid, optional_duration, required
from brokerwire_server.api.methods import Call
from brokerwire_server.api.risk_policies import PolicyCalls
from brokerwire_server.domain.trading import ScopeKind, StateRecord, TradingState
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.controls import Change
from brokerwire_server.engine.gateway import Gateway


class RiskService(PolicyCalls):
    """Says and decides whether trading is allowed, and within which limits."""

    def __init__(self, gateway: Gateway) -> None:
        """Serve `gateway`."""
        super().__init__(gateway)

    # --- trading states ------------------------------------------------------------------------------------------

    async def get_trading_state(self, request: pb.GetTradingStateRequest, _: Call) -> pb.GetTradingStateResponse:
        """Read the state of every scope that was ever set, and what is armed, as far as it concerns the caller."""
        board = self._gateway.switchboard
        accounts, records = self._gateway.accounts.reached(), board.records()
        if request.account_id:
            account = self._gateway.accounts.get(request.account_id)
            accounts = [each for each in accounts if each is account]
            records = [record for record in records if _concerns(record, account)]
        armings = [board.armings.of(account.account_id) for account in accounts]
        return pb.GetTradingStateResponse(
            records=map(record_message, records), armings=[arming_message(arming) for arming in armings if arming]
        )

    async def set_trading_state(self, request: pb.SetTradingStateRequest, _: Call) -> pb.SetTradingStateResponse:
        """Restrict or loosen a scope."""
        change = Change(
            scope=scope_from(request.scope, "scope"),
            state=TRADING_STATE.need(request.state, "state"),
            reason=request.reason,
            cancel=request.cancel_orders,
            cancel_external=request.cancel_external_orders,
            flatten=request.flatten,
        )
        changed = await self._gateway.controls.set_state(change)
        return pb.SetTradingStateResponse(
            record=record_message(changed.record),
            cancel_count=changed.cleared.cancels,
            cancel_failed_count=changed.cleared.failed,
            flatten_order_ids=changed.cleared.flatten_order_ids,
            problems=changed.cleared.problems,
            unfinished=changed.unfinished,
        )

    # --- arming --------------------------------------------------------------------------------------------------

    async def arm_account(self, request: pb.ArmAccountRequest, _: Call) -> pb.ArmAccountResponse:
        """Arm a live account."""
        if not request.account_id:
            raise required("account_id", "name the account")
        ttl = optional_duration(request, "ttl")
        seconds = None if ttl is None else ttl / NANOS
        arming = self._gateway.controls.arm(request.account_id, seconds, request.reason)
        return pb.ArmAccountResponse(arming=arming_message(arming))

    async def disarm_account(self, request: pb.DisarmAccountRequest, _: Call) -> pb.DisarmAccountResponse:
        """Disarm a live account."""
        if not request.account_id:
            raise required("account_id", "name the account")
        return pb.DisarmAccountResponse(was_armed=self._gateway.controls.disarm(request.account_id))

    # --- guard leases --------------------------------------------------------------------------------------------

    async def acquire_guard_lease(self, request: pb.AcquireGuardLeaseRequest, _: Call) -> pb.AcquireGuardLeaseResponse:
        """Acquire a lease."""
        ttl = optional_duration(request, "ttl")
        if ttl is None:
            raise required("ttl", "how long after its last renewal the lease fires")
        state = TRADING_STATE.optional(request.trading_state, "trading_state")
        if state is TradingState.ACTIVE:
            raise invalid("trading_state", "a lease can only restrict")
        lease = await self._gateway.leases.acquire(
            scope_from(request.scope, "scope"),
            ttl,
            cancel=request.cancel_orders,
            state=state or TradingState.ACTIVE,
            reason=request.reason,
        )
        return pb.AcquireGuardLeaseResponse(lease=lease_message(lease))

    async def renew_guard_lease(self, request: pb.RenewGuardLeaseRequest, _: Call) -> pb.RenewGuardLeaseResponse:
        """Renew a lease."""
        return pb.RenewGuardLeaseResponse(lease=lease_message(self._gateway.leases.renew(_lease_id(request))))

    async def release_guard_lease(self, request: pb.ReleaseGuardLeaseRequest, _: Call) -> pb.ReleaseGuardLeaseResponse:
        """End a lease."""
        lease = await self._gateway.leases.release(_lease_id(request))
        return pb.ReleaseGuardLeaseResponse(lease=lease_message(lease))

    async def list_guard_leases(self, _request: pb.ListGuardLeasesRequest, _: Call) -> pb.ListGuardLeasesResponse:
        """List all leases within reach."""
        return pb.ListGuardLeasesResponse(leases=map(lease_message, self._gateway.leases.all()))


def _lease_id(request: pb.RenewGuardLeaseRequest | pb.ReleaseGuardLeaseRequest) -> str:
    if not request.lease_id:
        raise required("lease_id", "name the lease")
    return request.lease_id


def _concerns(record: StateRecord, account: ManagedAccount) -> bool:
    match record.scope.kind:
        case ScopeKind.BROKER:
            return record.scope.name == account.adapter.broker
        case ScopeKind.ACCOUNT:
            return record.scope.name == account.account_id
    return True
