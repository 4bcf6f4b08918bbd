"""Conversion between the wire's messages and the domain, in both directions and split as the contract's files are."""
