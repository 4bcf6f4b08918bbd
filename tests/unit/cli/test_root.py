import os
import subprocess
import sys
from pathlib import Path

import pytest

from brokerwire_server.cli import main
from brokerwire_server.cli.root import cli


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("serve", "demo", "orders", "positions", "events", "journal", "sim", "health", "completion"):
        assert f"  {command} " in text
    assert "Exit codes" in text
    assert "brokerwire completion" in text


def test_every_command_and_subcommand_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    def walk(command: click.Command, path: list[str]) -> None:
        assert main([*path, "--help"]) == 0, path
        assert command.help, path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, [*path, name])

    walk(cli, [])
    assert "Usage: brokerwire serve" in capsys.readouterr().out


def test_an_unknown_command_is_a_usage_error_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["oders"]) == 2
    assert "Did you mean orders?" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_call_the_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_BROKERWIRE_COMPLETE" in script
    assert f"{shell}_complete" in script


def test_completion_completes() -> None:
    environment = os.environ | {
        "_BROKERWIRE_COMPLETE": "bash_complete",
        "COMP_WORDS": "brokerwire ord",
        "COMP_CWORD": "1",
    }
    result = subprocess.run(
        [sys.executable, "-m", "brokerwire_server"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.strip() == "plain,orders"


def test_without_the_server_s_packages_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError(\"No module named 'click'\", name='click')\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from brokerwire_server.__main__ import main; main()"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'brokerwire[server]'" in result.stderr
    assert "Traceback" not in result.stderr
