"""Who is logged in to TWS: which accounts are served, and whether they are those of this connection."""

from collections.abc import Callable, Sequence

from brokerwire_server.brokers.ibkr.link import IdentityError
from brokerwire_server.brokers.ibkr.settings import Settings, is_paper
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.connections import Environment


class Logins:
    """The accounts of a connection, by the broker's number."""

    def __init__(self, settings: Settings, environment: Environment, account_id: Callable[[str], str]) -> None:
        """Serve what `settings` name, in one environment only."""
        self._settings = settings
        self._environment = environment
        self._account_id = account_id
        self._served: dict[str, str] = {}
        self.accounts: dict[str, Account] = {}

    def adopt(self, known: Sequence[Account]) -> None:
        """Know accounts from before a restart."""
        for account in known:
            self.accounts[account.account_id] = account
            self._served[account.broker_account_id] = account.account_id

    def account_of(self, number: str) -> str:
        """Return our id of an account, or nothing where it is not served."""
        return self._served.get(number, "")

    def number_of(self, account_id: str) -> str:
        """Return the broker's number of an account of ours, or nothing."""
        return next((number for number, known in self._served.items() if known == account_id), "")

    def check(self, managed: Sequence[str]) -> list[str]:
        """Return the numbers to serve of those that TWS is logged in to. Raises `IdentityError`."""
        wanted = self._settings.account
        numbers = [number for number in managed if not wanted or number == wanted]
        if not numbers:
            there = ", ".join(managed) or "none"
            raise IdentityError(f"TWS is not logged in to account {wanted} (it has {there}): log in with its user")
        for number in numbers:
            if is_paper(number) is not (self._environment is Environment.PAPER):
                there = "paper" if is_paper(number) else "live"
                here = self._environment.value.lower()
                raise IdentityError(
                    f"TWS is logged in to {there} account {number}, and this is a {here} connection: log in to a {here}"
                    " account there, or make a connection of the other kind. Nothing is sent"
                )
        known = [number for number in self._served if number in numbers]
        if self._served and not known:
            raise IdentityError(
                f"TWS is logged in to {', '.join(numbers)}, and this connection served {', '.join(self._served)}: "
                "log in with the former user, or make a connection of its own for the other one"
            )
        return numbers

    def serve(self, accounts: Sequence[Account]) -> bool:
        """Serve accounts from now on; true where that changes anything."""
        before = dict(self.accounts)
        for account in accounts:
            self._served[account.broker_account_id] = account.account_id
            self.accounts[account.account_id] = account
        return before != self.accounts
