"""The rigs: one per broker. A new broker is one line here and one file beside it."""

from importlib import import_module
from importlib.util import find_spec

from tests.conformance.kit.rig import Rig
from tests.conformance.rigs.ibkr import IbkrRig
from tests.conformance.rigs.paper import PaperRig

DEFECTS: dict[tuple[str, str], str] = {
    ("SUB-21", "alpaca"): "an order from outside stays unseen while an order of ours that was refused has its id",
    ("SUB-21", "ibkr"): "an order from outside that bears the very reference that we derive counts as ours",
}
"""Cases that fail at a broker, and the defect that makes them. One that passes again fails the run: strike it out."""


def _alpaca() -> dict[str, type[Rig]]:
    """Return Alpaca's rig, unless its packages are not here: the environment with ib_insync has none but its own."""
    return {"alpaca": import_module("tests.conformance.rigs.alpaca").AlpacaRig} if find_spec("alpaca") else {}


RIGS: dict[str, type[Rig]] = {"paper": PaperRig, **_alpaca(), "ibkr": IbkrRig}
