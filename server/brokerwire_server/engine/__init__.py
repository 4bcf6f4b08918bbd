"""The engine: carries orders out, keeps the books, and publishes what happens."""
