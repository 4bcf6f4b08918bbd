"""Brokers: the adapter interface (`base`), the registry, and one folder per broker."""
