"""Storage: the journal, its projections and their interface."""
