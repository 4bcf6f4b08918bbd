"""The brokers of this installation. Each is imported when it is first asked for, for not all have their packages."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec

from brokerwire_server.brokers.base import BrokerKind
from brokerwire_server.domain.errors import NotFoundError, UnsupportedError

PACKAGE = "brokerwire_server.brokers"

BROKERS: Mapping[str, str] = {"alpaca": "alpaca", "ibkr": "ibkr", "paper": ""}
"""By broker id, which is the name of its folder: the extra that brings its packages, empty where none is needed."""


class Registry:
    """Finds the kinds in the broker folders, each of which exports `KIND`."""

    def __init__(self, brokers: Mapping[str, str] = BROKERS, package: str = PACKAGE) -> None:
        """Know these brokers, in the folders of `package`."""
        self._package = package
        self._extras = {name: extra for name, extra in sorted(brokers.items()) if find_spec(f"{package}.{name}")}
        self._loaded: dict[str, BrokerKind] = {}
        self._missing: dict[str, str] = {}

    def kinds(self) -> Sequence[BrokerKind]:
        """Return those that can be used, by id."""
        found = map(self.find, self._extras)
        return [kind for kind in found if kind is not None]

    def unavailable(self) -> Mapping[str, str]:
        """Return, by id, those whose packages are not installed, with what to do about it."""
        self.kinds()
        return dict(self._missing)

    def find(self, broker: str) -> BrokerKind | None:
        """Return a kind that can be used, or `None`."""
        if broker not in self._extras:
            return None
        if broker not in self._loaded and broker not in self._missing:
            self._load(broker)
        return self._loaded.get(broker)

    def get(self, broker: str) -> BrokerKind:
        """Return a kind. Raises `NotFoundError`, or `UnsupportedError` where its packages are not installed."""
        if (kind := self.find(broker)) is not None:
            return kind
        if broker in self._missing:
            metadata = {"broker": broker, "field": "broker"}
            raise UnsupportedError("UNSUPPORTED_BY_BROKER", self._missing[broker], metadata=metadata)
        text = f"no broker {broker[:64]!r} here; brokers: {', '.join(self._extras)}"
        raise NotFoundError("BROKER_NOT_FOUND", text, metadata={"broker": broker[:64]})

    def _load(self, broker: str) -> None:
        try:
            self._loaded[broker] = import_module(f"{self._package}.{broker}").KIND
        except ModuleNotFoundError as error:
            # A module of our own that is missing is a fault, and no question of what is installed.
            if not self._extras[broker] or (error.name or "").startswith("brokerwire"):
                raise
            self._missing[broker] = (
                f"{broker} needs a package that is not installed ({error.name}): "
                f"pip install 'brokerwire[server,{self._extras[broker]}]', then restart the gateway"
            )
