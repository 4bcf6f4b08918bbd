"""What the engine tells about itself; the default says nothing, `observability` turns it into metrics."""


class Telemetry:
    """Callbacks with facts. They must be quick and never raise. Durations are in seconds."""

    def order_submitted(self, broker: str, state: str, seconds: float) -> None:
        """A submission was answered."""

    def order_changed(self, broker: str, state: str) -> None:
        """An order came into a state."""

    def report_ignored(self, broker: str, reason: str) -> None:
        """A broker's report changed nothing."""

    def stream_opened(self, kind: str) -> None:
        """A stream began."""

    def stream_closed(self, kind: str) -> None:
        """A stream ended."""

    def stream_lag(self, kind: str, events: int) -> None:
        """A stream was found this many events behind."""

    def link_changed(self, connection_id: str, state: str) -> None:
        """The link of a connection changed."""

    def break_changed(self, account_id: str, kind: str, state: str) -> None:
        """A break was opened, healed or resolved."""

    def trading_state(self, scope: str, state: str) -> None:
        """A scope came into a trading state."""

    def breaker_tripped(self, breaker: str) -> None:
        """A breaker found its threshold passed, and engaged a trading state."""
