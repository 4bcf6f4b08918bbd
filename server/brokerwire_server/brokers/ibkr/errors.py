"""What can go wrong on the socket."""


class TwsError(Exception):
    """The broker answered a request with an error. `code` is one of its documented message codes."""

    def __init__(self, code: int, message: str) -> None:
        """State code and text."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class LinkDownError(Exception):
    """There is no session, or it ended before the answer was complete."""


class RefusedError(Exception):
    """The session was refused; the text says what a person has to do."""
