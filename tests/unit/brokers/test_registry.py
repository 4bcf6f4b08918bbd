"""Which brokers an installation knows, and what it says of those that it lacks packages for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.brokers.registry import BROKERS, Registry
from brokerwire_server.domain.errors import NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """An installation with a broker whose packages are missing, and one that is broken."""
    for name, line in {"distant": "import no_such_package", "faulty": "import brokerwire_server.no_such_room"}.items():
        folder = tmp_path / "brokers_of_a_test" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    return Registry({"distant": "far", "faulty": "faulty", "absent": "x"}, "brokers_of_a_test")


def test_every_known_broker_has_its_kind() -> None:
    registry = Registry()
    assert set(BROKERS) >= {"alpaca", "paper"}
    for kind in registry.kinds():
        assert registry.get(kind.broker) is kind
        assert kind.environments
        assert kind.display_name
        assert all(field.about for field in (*kind.credential, *kind.settings))


def test_the_paper_broker_is_built_in() -> None:
    kind = Registry().get("paper")
    assert kind.built_in
    assert kind.capabilities is not None
    assert kind.capabilities.assets


def test_a_broker_without_its_packages_says_what_to_install(installation: Registry) -> None:
    assert installation.find("distant") is None
    words = "distant needs a package that is not installed (no_such_package): pip install 'brokerwire[server,far]'"
    with pytest.raises(UnsupportedError) as caught:
        installation.get("distant")
    assert caught.value.message == f"{words}, then restart the gateway"


def test_a_fault_of_our_own_is_not_called_a_missing_package(installation: Registry) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_room"):
        installation.find("faulty")


def test_a_broker_that_nobody_knows_is_named_with_those_that_are_known(installation: Registry) -> None:
    with pytest.raises(NotFoundError, match="brokers: distant, faulty"):
        installation.get("absent")


def test_a_plain_server_install_starts_without_the_packages_of_any_broker() -> None:
    code = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "from brokerwire_server.brokers.registry import Registry\n"
        "print([kind.broker for kind in Registry().kinds() if kind.built_in])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['paper']"
