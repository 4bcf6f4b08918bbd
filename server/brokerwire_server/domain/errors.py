"""Every error the gateway can answer with, as a tree.

    BrokerwireError
    +-- InvalidRequestError            the request is wrong; nothing was sent
    |   +-- InvalidDecimalError
    +-- NotFoundError
    +-- ConflictError                  already exists, with other content
    +-- PreconditionError              right request, wrong moment
    +-- UnsupportedError               the broker or account can't do this
    +-- VersionMismatchError
    +-- OutOfRangeError                a token or sequence that can't be honoured
    +-- UnavailableError               try again later; nothing was sent
    +-- UnauthenticatedError           nobody that the gateway knows
    +-- DeniedError                    somebody who may not do this
    +-- OverloadedError

A raised error always means that nothing was sent to a broker, unless its metadata say `sent=UNKNOWN`: an unproven
outcome is a state of the order, not an error.
"""

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """The canonical gRPC status of an error."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    INTERNAL = "INTERNAL"


class Violation:
    """One wrong field: its path, what is wrong, and what would be right."""

    __slots__ = ("field", "message", "reason", "supported")

    def __init__(self, field: str, reason: str, message: str, supported: tuple[str, ...] = ()) -> None:
        """Name the `field` by its path in the request and the `reason` by its `ErrorReason` stem."""
        self.field = field
        self.reason = reason
        self.message = message
        self.supported = supported

    def __repr__(self) -> str:
        """Show the violation as in an error text."""
        return f"{self.field}: {self.message}"


class BrokerwireError(Exception):
    """Base of all errors. `reason` is an `ErrorReason` stem, `metadata` its documented keys."""

    code: Code = Code.INTERNAL

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        violations: tuple[Violation, ...] = (),
        retry_after: float | None = None,
        verdict: object = None,
    ) -> None:
        """Describe the error for a person in `message`; `retry_after` is in seconds.

        `verdict` is the typed answer of whoever refused, for the API to pass on.
        """
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata or {})
        self.violations = violations
        self.retry_after = retry_after
        self.verdict = verdict


class InvalidRequestError(BrokerwireError):
    """The request is wrong, whenever it is sent."""

    code = Code.INVALID_ARGUMENT

    @classmethod
    def of(cls, *violations: Violation) -> "InvalidRequestError":
        """Make one error of one or more field violations; the first one names the reason."""
        first = violations[0]
        metadata = {"field": first.field}
        if first.supported:
            metadata["supported"] = ",".join(first.supported)
        message = "; ".join(f"{v.field}: {v.message}" for v in violations)
        return cls(first.reason, message, metadata=metadata, violations=violations)


class InvalidDecimalError(InvalidRequestError):
    """A number outside the grammar or the range of the contract."""

    def __init__(self, field: str, text: str, *, out_of_range: bool) -> None:
        """Name the `field` and quote at most a short piece of `text`."""
        if out_of_range:
            reason, message = "DECIMAL_OUT_OF_RANGE", "at most 38 digits of which at most 18 are decimals"
        else:
            reason = "DECIMAL_INVALID"
            message = (
                f"{text[:24]!r} is not a plain decimal such as 12.5 (no exponent, sign '+', spaces, NaN or infinity)"
            )
        violation = Violation(field, reason, message)
        super().__init__(reason, f"{field}: {message}", metadata={"field": field}, violations=(violation,))


class NotFoundError(BrokerwireError):
    """The named thing does not exist."""

    code = Code.NOT_FOUND


class ConflictError(BrokerwireError):
    """The id is taken by something with other content; nothing was changed."""

    code = Code.ALREADY_EXISTS


class PreconditionError(BrokerwireError):
    """The request is well formed, but the state of the order, account or market refuses it."""

    code = Code.FAILED_PRECONDITION


class UnsupportedError(BrokerwireError):
    """This broker or account can't do what is asked; `supported` in the metadata says what it can."""

    code = Code.UNIMPLEMENTED


class VersionMismatchError(BrokerwireError):
    """The order has changed since the caller read it."""

    code = Code.ABORTED


class OutOfRangeError(BrokerwireError):
    """A resume token or sequence that can't be honoured."""

    code = Code.OUT_OF_RANGE


class UnavailableError(BrokerwireError):
    """The gateway or the broker can't do this now; nothing was sent."""

    code = Code.UNAVAILABLE


class UnauthenticatedError(BrokerwireError):
    """No credential, or none that is valid."""

    code = Code.UNAUTHENTICATED


class DeniedError(BrokerwireError):
    """The caller is known and may not do this; nothing was sent."""

    code = Code.PERMISSION_DENIED


class OverloadedError(BrokerwireError):
    """A limit of the gateway is reached."""

    code = Code.RESOURCE_EXHAUSTED
