"""The cases of the benchmark: each runs its samples and returns a table."""
