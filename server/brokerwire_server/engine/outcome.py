"""What became of a command: one table from the facts that an adapter supplies to the outcome that the engine acts on.

| fact | outcome |
|---|---|
| the broker said yes | ACCEPTED |
| the broker said no, provably | REFUSED |
| the broker has this id already | LOOK_UP: it may be ours from an earlier attempt, so ask before believing either |
| no byte was written | NOT_SENT: the only outcome after which the command may be sent again |
| anything else: timeout, reset after a write, 5xx, an answer that can't be read, a bug in the adapter | UNKNOWN |
"""

from enum import StrEnum

from brokerwire_server.brokers.base import CommandError, Reply, Verdict


class Outcome(StrEnum):
    """What is proven about a command."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    LOOK_UP = "LOOK_UP"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"


_BY_VERDICT = {
    Verdict.ACCEPTED: Outcome.ACCEPTED,
    Verdict.REFUSED: Outcome.REFUSED,
    Verdict.DUPLICATE_ID: Outcome.LOOK_UP,
}


def classify(result: Reply | BaseException) -> Outcome:
    """Return what a reply or an exception proves. Doubt is UNKNOWN, never a failure."""
    if isinstance(result, Reply):
        return _BY_VERDICT[result.verdict]
    if isinstance(result, CommandError) and not result.written:
        return Outcome.NOT_SENT
    return Outcome.UNKNOWN
