"""The simulator: an exchange with its broker's rules, price sources, a clock, a fault plan. All synchronous."""

from brokerwire_server.domain.calendar import AlwaysOpen, ExchangeHours, MarketCalendar, trading_days
from brokerwire_server.simulator.checks import Refusal
from brokerwire_server.simulator.clock import SimulationClock
from brokerwire_server.simulator.costs import Commission, Rules, Slippage
from brokerwire_server.simulator.dice import FaultDice
from brokerwire_server.simulator.exchange import Exchange
from brokerwire_server.simulator.random_walk import RandomWalk
from brokerwire_server.simulator.replay import ReplayError, read_quotes, replay, symbols_in
from brokerwire_server.simulator.universe import UNIVERSE, Listing, details_of

__all__ = [
    "UNIVERSE",
    "AlwaysOpen",
    "Commission",
    "Exchange",
    "ExchangeHours",
    "FaultDice",
    "Listing",
    "MarketCalendar",
    "RandomWalk",
    "Refusal",
    "ReplayError",
    "Rules",
    "SimulationClock",
    "Slippage",
    "details_of",
    "read_quotes",
    "replay",
    "symbols_in",
    "trading_days",
]
