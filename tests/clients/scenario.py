"""Plays a scenario: its steps one after another, each compared with what it expects."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import brokerwire
from tests.clients.matching import differences, filled_in, matches, missing_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.clients.stage import Stage

FOLDER = Path(__file__).parent / "scenarios"

Step = dict[str, Any]

EXPECTATIONS = {"expect", "error", "in_order", "never", "as", "later"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file of `scenarios`."""

    name: str
    """The file's name without ending; its row in the table."""
    title: str
    steps: Sequence[Step]
    relay: dict[str, Any] = field(default_factory=dict)

    @property
    def own_gateway(self) -> bool:
        """Whether it stops the gateway, so that it cannot share one."""
        return any("gateway" in step for step in self.steps)


def load(path: Path) -> Scenario:
    """Read a scenario."""
    content = yaml.safe_load(path.read_text())
    return Scenario(name=path.stem, **content)


def scenarios() -> list[Scenario]:
    """Return all, in the order of their files."""
    return [load(path) for path in sorted(FOLDER.glob("*.yaml"))]


class Player:
    """Plays one scenario with one driver."""

    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self._scenario = scenario
        self._stage = stage
        self._dice = random.Random(scenario.name)
        self._known: dict[str, Any] = {"account": stage.account, "round": 0}
        self._begun: Step | None = None
        self._streams: dict[str, list[Any]] = {}
        self._verbs: dict[str, Callable[[Any, Step], None]] = {
            "client": self._client,
            "finish": self._finish,
            "place": self._place,
            "await": lambda value, _: self._stage.await_order(**value),
            "price": lambda value, _: self._price(value),
            "faults": lambda value, _: self._faults(value),
            "gateway": lambda value, _: self._gateway(value),
            "network": lambda value, _: self._network(value),
            "repeat": self._repeat,
            "check": lambda value, _: self._check(value),
        }

    def play(self) -> None:
        """Play it.

        Raises:
            AssertionError: something was not as expected.
        """
        self._connect({})
        for number, step in enumerate(self._scenario.steps, 1):
            self._step(step, f"step {number}")

    def _step(self, step: Step, where: str) -> None:
        verb = next((verb for verb in self._verbs if verb in step), None)
        assert verb, f"{where}: no such step: {step}"
        self._known["head"] = max(self._stage.order_events(), default=0) if "${head}" in str(step) else 0
        filled = step if verb == "repeat" else filled_in(step, self._known)
        try:
            self._verbs[verb](filled[verb], filled)
        except AssertionError as error:
            error.add_note(f"{where}: {verb} {filled[verb]}")
            raise

    # Steps of the client under test

    def _connect(self, options: Step) -> None:
        defaults = {"address": self._stage.proxy.address, "account": self._stage.account}
        self._stage.driver.begin("connect", defaults | options)
        answer = self._stage.driver.finish()
        assert "ok" in answer, answer

    def _client(self, do: str, step: Step) -> None:
        assert set(step) <= {"client", "with", *EXPECTATIONS}, f"unknown keys in {step}"
        arguments = step.get("with") or {}
        if do == "connect":
            self._connect(arguments)
            return
        self._stage.driver.begin(do, arguments)
        if step.get("later"):
            self._begun = step
        else:
            self._take_answer(step, step)

    def _finish(self, _: Any, step: Step) -> None:
        assert self._begun is not None, "nothing was begun"
        begun, self._begun = self._begun, None
        self._take_answer(begun, step)

    def _take_answer(self, asked: Step, expected: Step) -> None:
        answer = self._stage.driver.finish()
        items = answer.get("ok", {}).get("items")
        if items is not None:
            self._streams.setdefault(asked["with"]["stream"], []).extend(items)
        compare(expected, answer)
        if name := expected.get("as"):
            self._known[name] = answer.get("ok", answer.get("error"))

    # Steps of everything else

    def _place(self, order: Step, _: Step) -> None:
        order = dict(order)
        self._stage.place(order.pop("count", 1), order)

    def _price(self, price: Step) -> None:
        self._stage.operator.simulator.set_price(**price)

    def _faults(self, rules: list[Step]) -> None:
        self._stage.operator.simulator.set_faults([brokerwire.FaultRule(**rule) for rule in rules])

    def _gateway(self, actions: list[str]) -> None:
        self._stage.change_gateway(*actions)

    def _network(self, change: Step) -> None:
        proxy = self._stage.proxy
        for fault, value in change.items():
            if fault == "cut_after":  # bounds of random sizes, one for each cut
                proxy.cut_after([self._dice.randint(*bounds) for bounds in value])
            elif fault == "throttle":
                proxy.throttle(value)
            elif fault == "refuse":
                proxy.refuse(refusing=value)
            else:
                {"cut": proxy.cut, "mute": proxy.mute}[fault]()

    def _repeat(self, times: int, step: Step) -> None:
        for number in range(times):
            self._known["round"] = number
            for inner in step["steps"]:
                self._step(inner, f"round {number + 1}")

    def _check(self, checks: Step) -> None:
        for check, value in checks.items():
            if check == "every_event_once":
                self._every_event_once(value)
            elif check == "caught_up":
                self._caught_up(value)
            elif check == "calls":
                assert self._stage.relay is not None
                assert {name: self._stage.relay.calls[name] for name in value} == value
            elif check == "cuts":
                assert self._stage.proxy.cuts >= value, "too few cuts to prove anything"
            else:
                raise AssertionError(f"no such check: {check}")

    def _caught_up(self, stream: str) -> None:
        """A stream that fell behind says that it has caught up: if it has not yet, it is read until it does."""
        marks = [item["kind"] for item in self._streams[stream] if item["kind"] in ("fell_behind", "caught_up")]
        if marks[-1:] != ["caught_up"]:
            reading = {"client": "read_stream", "with": {"stream": stream, "until": {"kind": "caught_up"}}}
            self._step(reading, "check caught_up")

    def _every_event_once(self, stream: str) -> None:
        got = [item["sequence"] for item in self._streams[stream] if item["kind"] == "event"]
        journaled = list(self._stage.order_events())
        assert got == journaled, f"missing {set(journaled) - set(got)}, not journaled {set(got) - set(journaled)}"


def compare(expected: Step, answer: dict[str, Any]) -> None:
    """Hold an answer against what a step expects.

    Raises:
        AssertionError: they differ.
    """
    if "error" in expected:
        assert "error" in answer, f"expected an error, got {brief(answer)}"
        assert not list(differences(expected["error"], answer["error"])), describe(expected["error"], answer["error"])
        return
    assert "ok" in answer, f"failed: {answer}"
    ok = answer["ok"]
    assert not ok.get("timed_out"), f"it never came: {brief(ok)}"
    assert matches(expected.get("expect", {}), ok), describe(expected["expect"], ok)
    items = ok.get("items", [])
    missing = missing_in_order(expected.get("in_order", []), items)
    assert missing is None, f"no {missing} in its place among {brief(items)}"
    unwanted = [item for item in items for never in expected.get("never", []) if matches(never, item)]
    assert not unwanted, f"never expected {brief(unwanted)}"


def describe(expected: Any, got: Any) -> str:
    """Say where two differ."""
    return "; ".join(differences(expected, got))


def brief(value: Any) -> str:
    """Show no more than a screenful."""
    items = value if isinstance(value, list) else value.get("items", [])
    counts = dict(Counter(item.get("kind") for item in items if isinstance(item, dict)))
    text = f"{counts or ''} {value}"
    return text if len(text) < 3000 else f"{text[:1500]} ... {text[-1500:]}"
