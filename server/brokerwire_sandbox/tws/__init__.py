"""A local TWS or IB Gateway: the TWS API's text protocol, versions 157 to 178, on the simulated exchange.

Nothing real is behind it. It listens on loopback only; README.md beside this file says what it does like the service.
"""

from brokerwire_sandbox.tws.faults import FaultCount, FaultPlan, FaultRule, Kind, Target
from brokerwire_sandbox.tws.records import Execution, Status, TwsOrder
from brokerwire_sandbox.tws.sandbox import TwsSandbox
from brokerwire_sandbox.tws.settings import FillOrder, Hours, Prices, TimeForm, TwsSettings
from brokerwire_sandbox.tws.state import Refused

__all__ = [
    "Execution",
    "FaultCount",
    "FaultPlan",
    "FaultRule",
    "FillOrder",
    "Hours",
    "Kind",
    "Prices",
    "Refused",
    "Status",
    "Target",
    "TimeForm",
    "TwsOrder",
    "TwsSandbox",
    "TwsSettings",
]
