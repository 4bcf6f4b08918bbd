"""A local Alpaca: REST, trading stream and server-sent events on loopback, standing on the simulated exchange.

`AlpacaSandbox` is the whole of it; see the README beside this file for what it does and what it does not know.
"""

from brokerwire_sandbox.alpaca.edge import RequestRecord
from brokerwire_sandbox.alpaca.faults import FaultCount, FaultPlan, FaultRule, Kind, Target
from brokerwire_sandbox.alpaca.sandbox import AlpacaSandbox, StreamInfo
from brokerwire_sandbox.alpaca.settings import (
    EarlyListen,
    Environment,
    EventOrder,
    Hours,
    Prices,
    ReplaceFills,
    SandboxSettings,
    StreamPolicy,
    Unauthorized,
)

__all__ = [
    "AlpacaSandbox",
    "EarlyListen",
    "Environment",
    "EventOrder",
    "FaultCount",
    "FaultPlan",
    "FaultRule",
    "Hours",
    "Kind",
    "Prices",
    "ReplaceFills",
    "RequestRecord",
    "SandboxSettings",
    "StreamInfo",
    "StreamPolicy",
    "Target",
    "Unauthorized",
]
