"""The rigs: one per broker. A new broker is one line here and one file beside it."""

from tests.conformance.kit.rig import Rig
from tests.conformance.rigs.alpaca import AlpacaRig
from tests.conformance.rigs.ibkr import IbkrRig
from tests.conformance.rigs.paper import PaperRig

DEFECTS: dict[tuple[str, str], str] = {
    ("SUB-21", "alpaca"): "an order from outside stays unseen while an order of ours that was refused has its id",
    ("SUB-21", "ibkr"): "an order from outside that bears the very reference that we derive counts as ours",
}
"""Cases that fail at a broker, and the defect that makes them. One that passes again fails the run: strike it out."""

RIGS: dict[str, type[Rig]] = {"paper": PaperRig, "alpaca": AlpacaRig, "ibkr": IbkrRig}
