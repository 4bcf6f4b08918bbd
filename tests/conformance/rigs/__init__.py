"""The rigs: one per broker. A new broker is one line here and one file beside it."""

from tests.conformance.kit.rig import Rig
from tests.conformance.rigs.alpaca import AlpacaRig
from tests.conformance.rigs.paper import PaperRig

RIGS: dict[str, type[Rig]] = {"paper": PaperRig, "alpaca": AlpacaRig}
