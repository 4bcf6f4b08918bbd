"""The calls of BrokerService about differences between our books and a broker's."""

import asyncio

from brokerwire.v1 import broker_service_pb2 as pb
from brokerwire_server.api.convert.brokers import break_message
from brokerwire_server.api.convert.enums import BREAK_RESOLUTION, BREAK_STATE, BREAK_TYPE, ORDER_STATE
from brokerwire_server.api.convert.values import invalid, required
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.domain.connections import BreakState
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.breaks import Comparison, Decision
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.store.base import BreakFilter

NAME_LIMIT, NOTE_LIMIT = 128, 1_000


class BreakCalls:
    """Reconcile, ListBreaks and ResolveBreak."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the breaks of `gateway`."""
        self._gateway = gateway
        self._reads = reads

    async def reconcile(self, request: pb.ReconcileRequest, call: Call) -> pb.ReconcileResponse:
        """Compare books with the broker now."""
        accounts = self._targets(request)
        results = await asyncio.gather(*(self._gateway.breaks.reconcile(account) for account in accounts))
        response = pb.ReconcileResponse(reconciliations=map(_message, results))
        self._reads.fill(response.read_info, accounts)
        return response

    def _targets(self, request: pb.ReconcileRequest) -> list[ManagedAccount]:
        match request.WhichOneof("target"):
            case "account_id":
                return [self._gateway.accounts.get(request.account_id)]
            case "connection_id":
                link = self._gateway.connections.visible(request.connection_id)
                return [a for a in self._gateway.linker.accounts_of(link) if acting().reaches(a.account_id)]
        raise required("account_id", "name an account or a connection")

    async def list_breaks(self, request: pb.ListBreaksRequest, call: Call) -> pb.ListBreaksResponse:
        """List breaks, the open ones unless states are named."""
        page = Page(request)
        accounts = self._gateway.accounts.select(request.account_ids)
        where = BreakFilter(
            account_ids=self._gateway.accounts.scope(request.account_ids),
            types=tuple(BREAK_TYPE.need(number, f"types[{i}]") for i, number in enumerate(request.types)),
            states=tuple(BREAK_STATE.need(number, f"states[{i}]") for i, number in enumerate(request.states))
            or (BreakState.OPEN,),
        )
        found, token = await page.read(lambda after, limit: self._gateway.breaks.list(where, after, limit))
        response = pb.ListBreaksResponse(breaks=map(break_message, found), next_page_token=token)
        self._reads.fill(response.read_info, accounts)
        return response

    async def resolve_break(self, request: pb.ResolveBreakRequest, call: Call) -> pb.ResolveBreakResponse:
        """Settle a break as a person decided."""
        for field in ("account_id", "break_id", "resolved_by", "note"):
            if not getattr(request, field).strip():
                raise required(field, _WHY_NEEDED[field])
        for field, limit in (("resolved_by", NAME_LIMIT), ("note", NOTE_LIMIT)):
            if len(getattr(request, field)) > limit:
                raise invalid(field, f"at most {limit} characters")
        decision = Decision(
            account_id=request.account_id,
            break_id=request.break_id,
            resolution=BREAK_RESOLUTION.need(request.resolution, "resolution"),
            resolved_by=request.resolved_by.strip(),
            note=request.note.strip(),
            order_state=ORDER_STATE.optional(request.order_state, "order_state"),
        )
        settled = await self._gateway.breaks.resolve(decision)
        response = pb.ResolveBreakResponse(break_record=break_message(settled))
        self._reads.fill(response.read_info, [self._gateway.accounts.get(request.account_id)])
        return response


_WHY_NEEDED = {
    "account_id": "name the account",
    "break_id": "name the break",
    "resolved_by": "say who decides: it is journaled",
    "note": "say why: it is journaled",
}


def _message(result: Comparison) -> pb.Reconciliation:
    return pb.Reconciliation(
        account_id=result.account.account_id,
        ok=result.ok,
        detail=result.detail,
        event_count=result.event_count,
        breaks=map(break_message, result.account.book.breaks.values()),
    )
