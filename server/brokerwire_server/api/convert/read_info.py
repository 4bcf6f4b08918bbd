"""How fresh an answer is: sequences and the state of the links behind it."""

from collections.abc import Iterable, Mapping, Sequence

from brokerwire.v1 import read_info_pb2
from brokerwire_server.api.convert.enums import FEED_KIND, LINK_STATE
from brokerwire_server.api.convert.values import invalid, required, set_time
from brokerwire_server.domain.connections import AccountSync


def fill_sync(target: read_info_pb2.AccountSync, sync: AccountSync) -> None:
    """Write how fresh an account is."""
    target.account_id = sync.account_id
    target.link = LINK_STATE.to_wire[sync.link]
    target.feed = FEED_KIND.to_wire[sync.feed]
    if sync.last_upstream_time:
        set_time(target.last_upstream_time, sync.last_upstream_time)
    if sync.last_verified_time:
        set_time(target.last_verified_time, sync.last_verified_time)
    if sync.unresolved_order_count:
        target.unresolved_order_count = sync.unresolved_order_count
    if sync.open_break_count:
        target.open_break_count = sync.open_break_count
    if sync.detail:
        target.detail = sync.detail


def sequences_from(messages: Sequence[read_info_pb2.AccountSequence], field: str) -> Mapping[str, int]:
    """Return account sequences by account; none may be named twice or be negative."""
    found: dict[str, int] = {}
    for index, message in enumerate(messages):
        path = f"{field}[{index}]"
        if not message.account_id:
            raise required(f"{path}.account_id", "name the account")
        if message.sequence < 0:
            raise invalid(f"{path}.sequence", "0 or more")
        if message.account_id in found:
            raise invalid(f"{path}.account_id", "is named twice")
        found[message.account_id] = message.sequence
    return found


def sequence_messages(sequences: Iterable[tuple[str, int]]) -> list[read_info_pb2.AccountSequence]:
    """Return account sequences as messages."""
    return [read_info_pb2.AccountSequence(account_id=name, sequence=sequence) for name, sequence in sequences]
