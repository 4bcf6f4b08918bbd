"""The identity of an execution: it may come by stream, from the activities, or both, and counts once.

The stream names an execution by its `execution_id`; an activity by an id of its own whose uuid may or may not be the
same (no public source says). So both sightings are kept per order, paired by id where the ids agree and else by
quantity and price, and each execution goes by the id that it was first told under. Pairing is one to one: among
executions that look alike it never matters which is which, only how many there are, so none is counted twice, and none
is lost once the activities are complete. Where a later id shows that two were paired wrongly, they are parted and the
second one is told.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill, FillKind, FillSource

Key = tuple[str, str]
"""Order at the broker (a multi-leg order's parent) and symbol."""


class Sighting(Struct, frozen=True, kw_only=True):
    """An execution as one source tells it. `cumulative` is what the order had after it, 0 where that is not told."""

    id: str
    quantity: Decimal
    price: Decimal
    time: int = 0
    cumulative: Decimal = ZERO


class Execution(Struct, frozen=True, kw_only=True):
    """One execution under the id that the gateway knows it by."""

    id: str
    quantity: Decimal
    price: Decimal
    time: int
    cumulative: Decimal = ZERO
    busted: bool = False
    pushed: Sighting | None = None
    listed: Sighting | None = None


def activity_uuid(activity_id: str) -> str:
    """Return the part of an activity's id that is its own: what follows the time."""
    return activity_id.rpartition("::")[2]


class FillLedger:
    """The executions of all orders of an account, for as long as their order is remembered."""

    def __init__(self) -> None:
        """Start empty."""
        self._orders: dict[Key, list[Execution]] = {}
        self._filled: dict[Key, Decimal] = {}

    def restore(self, key: Key, fill: Fill) -> None:
        """Take in an execution that the gateway has recorded before; its source tells where its id is from."""
        if fill.kind is not FillKind.NORMAL or self._find(key, fill.execution_id) is not None:
            return
        seen = Sighting(id=fill.execution_id, quantity=fill.quantity, price=fill.price, time=fill.execution_time)
        by_stream = fill.source is FillSource.PUSH
        self._add(key, seen, pushed=seen if by_stream else None, listed=None if by_stream else seen)

    def from_stream(self, key: Key, seen: Sighting) -> list[Execution]:
        """Take an execution from the stream; return what it is, and what else turns out to have happened."""
        self._note(key, seen)
        for index, known in enumerate(self._of(key)):
            if known.pushed is not None and known.pushed.id == seen.id:
                return [known]
            if known.listed is not None and known.listed.id == seen.id:
                return self._identified(key, index, pushed=seen, listed=known.listed)
        return self._paired(key, seen, pushed=seen) or [self._add(key, seen, pushed=seen)]

    def from_activity(self, key: Key, seen: Sighting) -> list[Execution]:
        """Take an execution from the activities; return what it is, and what else turns out to have happened."""
        self._note(key, seen)
        for index, known in enumerate(self._of(key)):
            if known.listed is not None and known.listed.id == seen.id:
                return [known]
            if known.pushed is not None and known.pushed.id == seen.id:
                return self._identified(key, index, pushed=known.pushed, listed=seen)
        if paired := self._paired(key, seen, listed=seen):
            return paired
        new = self._unexplained(key, seen)
        return [self._add(key, replace(seen, quantity=new), listed=seen)] if new > ZERO else []

    def from_activities(self, seen: Sequence[tuple[Key, Sighting]]) -> list[tuple[Key, Execution]]:
        """Take a list of activities. What is in doubt on its own is tried again after the others have been paired."""
        for key, one in seen:
            self._note(key, one)
        told: list[tuple[Key, Execution]] = []
        doubtful: list[tuple[Key, Sighting]] = []
        for key, one in seen:
            found = self.from_activity(key, one)
            told += [(key, execution) for execution in found]
            if not found:
                doubtful.append((key, one))
        for key, one in doubtful:
            told += [(key, execution) for execution in self.from_activity(key, one)]
        return told

    def bust(self, key: Key, execution_id: str, quantity: Decimal, price: Decimal) -> str:
        """Note that an execution was annulled and return the id that the gateway knows it by.

        One that was never told is remembered all the same, so that its activity, when it comes, is the annulled one.
        """
        index = self._find(key, execution_id)
        if index is None:
            seen = Sighting(id=execution_id, quantity=quantity, price=price)
            self._add(key, seen, pushed=seen)
            index = len(self._of(key)) - 1
        self._of(key)[index] = replace(self._of(key)[index], busted=True)
        return self._of(key)[index].id

    def known_as(self, key: Key, execution_id: str) -> str:
        """Return the id that the gateway knows an execution by: the same one where it is not known yet."""
        index = self._find(key, execution_id)
        return execution_id if index is None else self._of(key)[index].id

    def total(self, key: Key) -> Decimal:
        """Return the quantity of all executions of an order that stand."""
        return sum((known.quantity for known in self._of(key) if not known.busted), ZERO)

    def forget(self, keys: Iterable[Key]) -> None:
        """Drop orders whose executions no source will tell again."""
        for key in keys:
            self._orders.pop(key, None)
            self._filled.pop(key, None)

    def _of(self, key: Key) -> list[Execution]:
        return self._orders.setdefault(key, [])

    def _find(self, key: Key, execution_id: str) -> int | None:
        for index, known in enumerate(self._of(key)):
            names = {known.id, *(seen.id for seen in (known.pushed, known.listed) if seen is not None)}
            if execution_id in names:
                return index
        return None

    def _identified(self, key: Key, index: int, *, pushed: Sighting, listed: Sighting) -> list[Execution]:
        """Join two sightings of one id. What was paired with one of them by looks alone is parted from it."""
        known = self._of(key)[index]
        if known.id == pushed.id:
            self._of(key)[index] = joined = replace(known, pushed=pushed, listed=listed)
            if known.pushed is not None and known.pushed.id != pushed.id:
                return [joined, *self.from_stream(key, known.pushed)]
            if known.listed is not None and known.listed.id != listed.id:
                return [joined, *self.from_activity(key, known.listed)]
            return [joined]
        keeps_pushed = known.pushed is not None and known.pushed.id == known.id
        self._of(key)[index] = replace(known, **{"listed" if keeps_pushed else "pushed": None})
        return [self._add(key, pushed, pushed=pushed, listed=listed)]

    def _paired(self, key: Key, seen: Sighting, **side: Sighting) -> list[Execution]:
        """Pair a sighting with an execution that only the other source has told, alike; best one of equal total."""
        (name,) = side
        found = [
            (known.cumulative != seen.cumulative, index)
            for index, known in enumerate(self._of(key))
            if getattr(known, name) is None and (known.quantity, known.price) == (seen.quantity, seen.price)
        ]
        if not found:
            return []
        index = min(found)[1]
        self._of(key)[index] = paired = replace(self._of(key)[index], **side)
        return [paired]

    def _unexplained(self, key: Key, seen: Sighting) -> Decimal:
        """Return how much of an activity no execution on record can be.

        It can be no more than the order is filled by the broker's own count: the sources may tell one execution in
        other pieces or at another rounding, and a corrected one is listed as if it were new.
        """
        if not seen.cumulative:
            return seen.quantity
        room = min(self._filled[key] - self.total(key), seen.quantity)
        if room < seen.quantity and not all(known.cumulative for known in self._of(key)):
            return ZERO
        return max(room, ZERO)

    def _note(self, key: Key, seen: Sighting) -> None:
        self._filled[key] = max(self._filled.get(key, ZERO), seen.cumulative)

    def _add(
        self, key: Key, seen: Sighting, *, pushed: Sighting | None = None, listed: Sighting | None = None
    ) -> Execution:
        execution = Execution(
            id=seen.id,
            quantity=seen.quantity,
            price=seen.price,
            time=seen.time,
            cumulative=seen.cumulative,
            pushed=pushed,
            listed=listed,
        )
        self._of(key).append(execution)
        return execution
