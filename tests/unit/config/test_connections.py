"""Connections in the file: by reference, paper unless said otherwise, and never a secret itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brokerwire_server.config import Config, ConfigError, implied, load, variable
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "s3cr3t-canary-Qz81"
FIELDS = ("api_key", "secret_key")
PAPER = {"FAR_PAPER_API_KEY": "PAPER-1", "FAR_PAPER_SECRET_KEY": SECRET}


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Config]:
    def _load(toml: str) -> Config:
        (tmp_path / "brokerwire.toml").write_text(toml)
        return load(environ={}, directory=tmp_path).config

    return _load


def test_a_connection_is_paper_unless_it_says_live(loaded: Callable[[str], Config]) -> None:
    config = loaded('[connections.a]\nbroker = "far"\n[connections.b]\nbroker = "far"\nenvironment = "live"\n')
    assert [each.spec.environment for each in config.connections] == [Environment.PAPER, Environment.LIVE]


def test_everything_of_a_connection_is_read(loaded: Callable[[str], Config]) -> None:
    (found,) = loaded(
        '[connections.far-1]\nbroker = "far"\ndisplay_name = "Far"\n'
        'settings = { url = "https://far.example", depth = 3, fast = true, share = 0.5 }\n'
    ).connections
    settings = {"url": "https://far.example", "depth": "3", "fast": "true", "share": "0.5"}
    assert found.spec == ConnectionSpec(
        connection_id="far-1", broker="far", environment=Environment.PAPER, display_name="Far", settings=settings
    )
    assert found.place.endswith("brokerwire.toml: connections.far-1")


def test_a_credential_is_fetched_by_reference(loaded: Callable[[str], Config], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (found,) = loaded(
        '[connections.x]\nbroker = "far"\ncredentials = { api_key = "env:MINE", secret_key = "file:secret" }\n'
    ).connections
    assert found.credential(FIELDS, {"MINE": "PAPER-1"}) == {
        "api_key": Secret("PAPER-1"),
        "secret_key": Secret(SECRET),
    }
    with pytest.raises(ConfigError, match=r"connections\.x: credentials\.api_key: the variable MINE is not set"):
        found.credential(FIELDS, {})
    (tmp_path / "secret").unlink()
    with pytest.raises(ConfigError, match=r"secret_key: .*secret can't be read"):
        found.credential(FIELDS, {"MINE": "x"})


def test_without_references_the_default_variables_apply(loaded: Callable[[str], Config]) -> None:
    (found,) = loaded('[connections.x]\nbroker = "far"\n').connections
    assert found.credential(FIELDS, PAPER) == {"api_key": Secret("PAPER-1"), "secret_key": Secret(SECRET)}
    assert found.credential(FIELDS, {"FAR_LIVE_API_KEY": "x"}) == {}


@pytest.mark.parametrize(
    "line",
    [
        f'credentials = {{ api_key = "{SECRET}" }}',
        f'credentials = {{ api_key = "vault:{SECRET}" }}',
        f'credentials = "{SECRET}"',
        f'credentials = {{ api_key = ["{SECRET}"] }}',
    ],
)
def test_a_secret_itself_is_refused_and_not_quoted(loaded: Callable[[str], Config], line: str) -> None:
    with pytest.raises(ConfigError, match=r"connections\.x\.credentials") as caught:
        loaded(f'[connections.x]\nbroker = "far"\n{line}\n')
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("connections = 1", "connections is a section"),
        ("[connections]\nx = 1", r"write \[connections\.x\]"),
        ("[connections.x]\nbrokr = 'far'", r"unknown key brokr \(did you mean broker\?\)"),
        ("[connections.x]\nenvironment = 'paper'", r"connections\.x\.broker expects text"),
        ("[connections.x]\nbroker = 'far'\nenvironment = 'real'", "expects paper or live"),
        ("[connections.x]\nbroker = 'far'\nsettings = { a = [1] }", r"settings\.a expects text"),
        ("[conections.x]\nbroker = 'far'", r"did you mean connections\?"),
    ],
)
def test_mistakes_are_named_with_their_place(loaded: Callable[[str], Config], toml: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        loaded(toml)


def test_paper_keys_in_the_environment_imply_a_connection(loaded: Callable[[str], Config]) -> None:
    found = implied("far", FIELDS, PAPER, ())
    assert found is not None
    assert (found.spec.connection_id, found.spec.environment) == ("far-paper", Environment.PAPER)
    assert found.credential(FIELDS, PAPER)["secret_key"] == Secret(SECRET)
    assert SECRET not in repr(found)


def test_half_a_pair_or_a_live_pair_implies_nothing() -> None:
    assert implied("far", FIELDS, {"FAR_PAPER_API_KEY": "x"}, ()) is None
    assert implied("far", FIELDS, {"FAR_LIVE_API_KEY": "x", "FAR_LIVE_SECRET_KEY": "y"}, ()) is None
    assert implied("paper", (), {}, ()) is None


@pytest.mark.parametrize(
    "toml",
    [
        '[connections.mine]\nbroker = "far"\n',
        '[connections.mine]\nbroker = "far"\ncredentials = { api_key = "env:FAR_PAPER_API_KEY" }\n',
        '[connections.far-paper]\nbroker = "far"\ncredentials = { api_key = "env:OTHER" }\n',
    ],
)
def test_keys_that_a_connection_uses_imply_no_other(loaded: Callable[[str], Config], toml: str) -> None:
    assert implied("far", FIELDS, PAPER, loaded(toml).connections) is None


def test_a_live_connection_does_not_use_the_paper_keys(loaded: Callable[[str], Config]) -> None:
    live = loaded('[connections.mine]\nbroker = "far"\nenvironment = "live"\n').connections
    assert implied("far", FIELDS, PAPER, live) is not None


def test_what_is_shown_are_references(loaded: Callable[[str], Config]) -> None:
    (found,) = loaded('[connections.x]\nbroker = "far"\ncredentials = { api_key = "env:MINE" }\n').connections
    assert dict(found.rows()) == {
        "connections.x.broker": "far",
        "connections.x.environment": "paper",
        "connections.x.credentials.api_key": "env:MINE",
    }


def test_a_variable_is_named_after_broker_environment_and_part() -> None:
    assert variable("alpaca", Environment.PAPER, "api_key") == "ALPACA_PAPER_API_KEY"
