"""The one import seam: the client layer that ib_async and ib_insync share. Nothing else of them is used.

ib_async is the maintained continuation of ib_insync; where it is not installed, the other one serves. Never install
both: they bring a package of the same name.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

name = "ib_async" if find_spec("ib_async") or not find_spec("ib_insync") else "ib_insync"
"""The library in use."""

_client: Any = import_module(f"{name}.client")
_contract: Any = import_module(f"{name}.contract")
_objects: Any = import_module(f"{name}.objects")
_order: Any = import_module(f"{name}.order")

Client: Any = _client.Client
Contract: Any = _contract.Contract
ComboLeg: Any = _contract.ComboLeg
TagValue: Any = _contract.TagValue
ExecutionFilter: Any = _objects.ExecutionFilter
Order: Any = _order.Order
