"""Pre-trade risk: declared rules over one immutable snapshot, and who may trade at all."""
