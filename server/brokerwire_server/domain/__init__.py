"""The vocabulary of trading, pure: no I/O, no clock, no broker, no wire format.

Everything here is an immutable value or a pure function. Times are integer nanoseconds since the Unix epoch (UTC),
numbers are `decimal.Decimal`, quantities are in units (shares, contracts, coins).
"""
