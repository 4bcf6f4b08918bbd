"""Exit codes, and the error that carries one."""

from enum import IntEnum


class Exit(IntEnum):
    """What a script can tell from the exit code."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    INDETERMINATE = 4


HELP = """\
Exit codes: 0 done; 1 refused or failed (also an order that ended REJECTED); 2 wrong usage or configuration;
3 no server can be reached; 4 the outcome of an order is INDETERMINATE. `serve` also: 10 database in use,
11 database too new, 12 journal damaged, 13 address in use, 14 disk or file trouble,
15 credentials that can't be opened: the vault's key is missing or another one.
"""


class CommandFailure(Exception):  # noqa: N818 - it is what a command ends with, not a fault of the program
    """A command can't do what was asked: one line what happened, one line what to do next."""

    def __init__(self, what: str, hint: str = "", code: int = Exit.FAILED) -> None:
        """Say both; `hint` may be empty where nothing can be advised."""
        super().__init__(what)
        self.hint = hint
        self.code = code
