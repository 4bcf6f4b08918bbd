"""A strategy that trades by what its client tells it, through a driver, over a connection that breaks all the time."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.clients.scenario import brief

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.stage import Stage

Answer = dict[str, Any]

SESSION_SIZE, SINGLES, REPLACES, CANCELS = 40, 5, 3, 5
ROUND = SESSION_SIZE + SINGLES
"""Orders of one round."""

TRIES = 60
"""Of one call. The cuts of a round end long before."""

PAUSE = 0.2
"""Seconds between tries, as a strategy would wait: while a channel connects again, calls fail at once."""

BID, ASK, FAR = "99.9", "100", "1.5"
LOST = {"Unavailable", "SessionClosed", "DeadlineExceeded"}
"""Kinds of errors that a broken connection brings; all others are findings."""


class Trader:
    """One language's strategy. What happened is tried again by the rule of the clients' READMEs: under the same id."""

    def __init__(self, stage: Stage, symbol: str, orders: int) -> None:
        """Prepare it to submit that many orders; nothing is done yet."""
        self._stage = stage
        self._symbol = symbol
        self._dice = random.Random(stage.account)
        self.wanted = orders
        self.placed: list[str] = []
        """The client's ids of all orders, in the order in which they were to be placed."""
        self.items: dict[str, list[Answer]] = {"orders": [], "positions": []}
        """All that the streams told, in that order."""
        self.lost: Counter[str] = Counter()
        """Calls that a broken connection cost, by step."""
        self.done: Counter[str] = Counter()
        """Calls that came through, by step."""

    def trade(self) -> None:
        """Submit, replace and cancel while connections are cut; end with nothing open and all streams read."""
        self._open()
        while len(self.placed) < self.wanted:
            orders = [self._order() for _ in range(min(ROUND, self.wanted - len(self.placed)))]
            self._quote()
            self._cut_within(40_000)
            live = list(self._submit_together(orders[SINGLES:]))
            self._cut_within(4_000)
            live += map(self._submit, orders[:SINGLES])
            self._change([order for order in live if not order["terminal"] and order["limit_price"] == FAR])
            self._quote()
            self._read_to("orders", max(order["sequence"] for order in live))
            self._read("positions", {"kind": "none"}, timeout=0.05)  # what there is by now
        self._stage.proxy.cut_after([])
        self._wind_up()

    def ask(self, do: str, **arguments: Any) -> Answer:
        """Have the driver carry out one step."""
        self._stage.driver.begin(do, arguments)
        return self._stage.driver.finish()

    def insist(self, do: str, **arguments: Any) -> Answer:
        """Do the same, again and again while the connection is what fails."""
        answer: Answer = {}
        for _ in range(TRIES):
            answer = self.ask(do, **arguments)
            if answer.get("error", {}).get("kind") not in LOST:
                break
            self._pause(do)
        assert "ok" in answer, f"{do} {brief(arguments)}: {answer}"
        self.done[do] += 1
        ok: Answer = answer["ok"]
        return ok

    def _pause(self, do: str) -> None:
        self.lost[do] += 1
        time.sleep(PAUSE)

    def _open(self) -> None:
        self.insist("connect", address=self._stage.proxy.address, account=self._stage.account, timeout=5)
        for kind in self.items:
            self.insist("open_stream", stream=kind, kind=kind)
            self._read(kind, {"kind": "caught_up"})
        self.insist("open_session")

    def _cut_within(self, size: int) -> None:
        """Cut whatever carries one of the next bytes, and at times also what follows, be it in its handshake."""
        sizes = [self._dice.randint(1, size) for _ in range(self._dice.choice((1, 1, 2)))]
        self._stage.proxy.cut_after(sizes)

    def _quote(self) -> None:
        sizes = {side: str(self._dice.randint(1, 40)) for side in ("bid_size", "ask_size")}
        self._stage.operator.simulator.set_price(self._symbol, bid=BID, ask=ASK, **sizes)

    def _order(self) -> Answer:
        self.placed.append(f"{self._stage.account}-{len(self.placed)}")
        order = {"symbol": self._symbol, "side": "buy", "quantity": str(self._dice.randint(1, 5))}
        match self._dice.randrange(4):
            case 0:
                order |= {"limit_price": FAR}
            case 1:
                order |= {"limit_price": ASK}  # filled in parts, as size comes
            case 2:
                order |= {"side": "sell", "limit_price": BID}
        return {**order, "client_order_id": self.placed[-1]}

    def _submit(self, order: Answer) -> Answer:
        return self.insist("submit", **order)

    def _submit_together(self, orders: list[Answer]) -> Iterator[Answer]:
        """Submit by the session. A command whose result is lost goes again, under its id, by the next session."""
        for _ in range(TRIES):
            answer = self.ask("session_submit", orders=orders)
            # A client may refuse a session that is over as a whole, or order by order.
            results = answer["ok"]["results"] if "ok" in answer else [answer] * len(orders)
            assert len(results) == len(orders), brief(results)
            yield from (result["ok"] for result in results if "ok" in result)
            failed = [(order, r["error"]) for order, r in zip(orders, results, strict=True) if "error" in r]
            others = [error for _, error in failed if error["kind"] not in LOST]
            assert not others, brief(others)
            if not failed:
                return
            orders = [order for order, _ in failed]
            self._pause("session_submit")
            self.insist("open_session")
        raise AssertionError(f"no session took {len(orders)} orders")

    def _change(self, resting: list[Answer]) -> None:
        for order in self._dice.sample(resting, min(REPLACES, len(resting))):
            self._replace(order)
        for order in self._dice.sample(resting, min(CANCELS, len(resting))):
            self.insist("cancel", order_id=order["order_id"])

    def _replace(self, order: Answer) -> None:
        """Change the quantity. The version guards it: if a lost call was carried out, the next one conflicts."""
        terms = {"order_id": order["order_id"], "expected_version": order["version"]}
        before = self.lost["replace"]
        for _ in range(TRIES):
            answer = self.ask("replace", quantity=str(self._dice.randint(6, 9)), **terms)
            error = answer.get("error")
            if error is None or (error["reason"] == "VERSION_MISMATCH" and self.lost["replace"] > before):
                self.done["replace"] += 1
                return
            assert error["kind"] in LOST, f"replace {terms}: {answer}"
            self._pause("replace")
        raise AssertionError(f"replace {terms}: it never came through")

    def _read(self, stream: str, until: Answer, timeout: float = 30) -> None:
        ok = self.insist("read_stream", stream=stream, until=until, timeout=timeout)
        self.items[stream] += ok["items"]
        assert until["kind"] == "none" or not ok["timed_out"], f"{stream}: {until} never came: {brief(ok)}"

    def _read_to(self, stream: str, sequence: int) -> None:
        if all(item.get("sequence", 0) < sequence for item in reversed(self.items[stream])):
            self._read(stream, {"kind": "event", "sequence": sequence})

    def _wind_up(self) -> None:
        for order in self._stage.operator.orders(open_only=True, page_size=1000):
            self.insist("cancel", order_id=order.order_id)
        self._read_to("orders", max(self._stage.order_events()))
        # A position changes by fills alone, and its event has the sequence of the fill.
        self._read_to("positions", max(item["sequence"] for item in self.items["orders"] if item.get("fill")))
