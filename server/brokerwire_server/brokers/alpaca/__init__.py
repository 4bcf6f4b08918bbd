"""Alpaca."""
