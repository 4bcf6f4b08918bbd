import json
from pathlib import Path

import pytest

from brokerwire_server.cli import main


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_config_show_says_where_each_value_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "brokerwire.toml").write_text("[paper]\nseed = 7\n")
    monkeypatch.setenv("BROKERWIRE_LOG_LEVEL", "debug")
    assert main(["config", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["paper.seed"]["value"] == "7"
    assert shown["paper.seed"]["origin"] == str(tmp_path / "brokerwire.toml")
    assert shown["log.level"]["origin"] == "BROKERWIRE_LOG_LEVEL"
    assert shown["paper.speed"]["origin"] == "default"


def test_config_show_for_a_person_has_a_line_per_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["server.grpc", "127.0.0.1:50051", "default"] for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--grpc", "nonsense"], "server.grpc expects host:port"),
        (["serve", "--seed", "x"], "paper.seed expects a whole number"),
        (["serve", "--set", "paper.sed=1"], "did you mean paper.seed?"),
        (["serve", "--set", "paper.seed"], "--set takes KEY=VALUE"),
        (["serve", "--grpc", "off", "--http", "off"], "both off"),
        (["serve", "--config", "nowhere.toml"], "nowhere.toml: can't be read"),
        (["serve", "--prices", "replay"], "names no files"),
    ],
)
def test_a_wrong_setting_ends_serve_with_one_clear_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
