"""Brokers: the adapter interface (`base`), and one folder per broker."""
