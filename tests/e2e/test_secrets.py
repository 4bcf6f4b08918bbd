"""A credential goes in and never comes out: not in an answer, a log, the database, a metric or an error."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import brokerwire
from brokerwire_server.app import Exit
from tests.support.canaries import watch
from tests.support.processes import COMMAND, GatewayProcess, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "Qz81canaryVn37rotatedXk"
KEY = "PAPERcanaryJw55name"
OTHER = "Hb62canaryTm94secondPd"
WRONG = "Lr29canaryFs73wrongGy"
watch(SECRET, KEY, OTHER, WRONG)
SERVER = (sys.executable, str(Path(__file__).resolve().parents[1] / "support" / "faraway_server.py"))


@pytest.fixture
def world(tmp_path: Path) -> Path:
    path = tmp_path / "world.json"
    path.write_text(json.dumps([[KEY, SECRET, "N-1"], ["PAPER-2", OTHER, "N-1"]]))
    return path


def start(tmp_path: Path, world: Path, *flags: str, **environ: str) -> GatewayProcess:
    return GatewayProcess(
        tmp_path / "data",
        "--log-level",
        "debug",
        *flags,
        command=SERVER,
        environ={"FARAWAY_WORLD": str(world), **environ},
    )


@pytest.fixture
def gateway(tmp_path: Path, world: Path) -> Iterator[GatewayProcess]:
    with start(tmp_path, world) as running:
        yield running


def cli(gateway: GatewayProcess, *arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, without a terminal."""
    return subprocess.run(
        [*COMMAND, *arguments, "--address", gateway.grpc],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment() | environ,
    )


def add(gateway: GatewayProcess, secret: str = SECRET) -> subprocess.CompletedProcess[str]:
    parts = ("--credential", "api_key=env:KEY", "--credential", "secret_key=-")
    return cli(gateway, "connections", "add", "far", "--broker", "faraway", *parts, stdin=secret + "\n", KEY=KEY)


def test_a_secret_is_nowhere_after_a_life_of_a_connection(gateway: GatewayProcess, world: Path) -> None:
    outputs = [add(gateway, WRONG), add(gateway)]
    assert [result.returncode for result in outputs] == [1, 0], outputs
    assert "CREDENTIALS_REFUSED" in outputs[0].stderr
    assert "ok      credentials  account readable" in outputs[1].stdout
    for arguments in (
        ("connections", "test", "far"),
        ("connections", "list", "--json"),
        ("connections", "show", "far"),
        ("brokers", "--json"),
        ("events", "list", "--account", "far", "--json"),
        ("accounts", "--json"),
    ):
        outputs.append(cli(gateway, *arguments))
        assert outputs[-1].returncode == 0, outputs[-1]
    rotate = ("connections", "rotate", "far", "--credential", "api_key=env:K", "--credential", "secret_key=env:S")
    outputs.append(cli(gateway, *rotate, K="PAPER-2", S=WRONG))
    outputs.append(cli(gateway, *rotate, K="PAPER-2", S=OTHER))
    assert [result.returncode for result in outputs[-2:]] == [1, 0], outputs[-2:]
    texts = [result.stdout + result.stderr for result in outputs]
    texts += [*_broken_requests(gateway), _read(gateway, "/metrics")]
    outputs.append(cli(gateway, "connections", "remove", "far"))
    assert outputs[-1].returncode == 0
    assert outputs[-1].stdout == "far is gone; accounts closed: far\n"
    assert gateway.stop() == 0
    haystack = [text.encode() for text in texts] + [gateway.log.read_bytes()]
    haystack += [file.read_bytes() for file in gateway.data_dir.iterdir()]
    assert b"debug" in gateway.log.read_bytes()
    for secret in (SECRET, KEY, OTHER, WRONG):
        assert [text for text in haystack if secret.encode() in text] == []


def test_a_secret_is_not_in_the_files_of_a_running_gateway(gateway: GatewayProcess) -> None:
    assert add(gateway).returncode == 0
    found = {file.name: file.read_bytes() for file in gateway.data_dir.iterdir()}
    assert {"brokerwire.db", "vault.key"} <= found.keys()
    assert not [name for name, content in found.items() if SECRET.encode() in content or KEY.encode() in content]


def _broken_requests(gateway: GatewayProcess) -> Iterator[str]:
    """Send a credential in every wrong shape there is, and yield the answers."""
    good = {"connectionId": "far2", "broker": "faraway", "credentials": {"api_key": "PAPER-1", "secret_key": SECRET}}
    for body in (
        good | {"credentials": SECRET},
        good | {"credentials": [SECRET]},
        good | {"credentials": {SECRET: "api_key"}},
        good | {"credentials": {"api_key": {"value": SECRET}}},
        good | {"credentials": {"api_key": "PAPER-1", "secret_key": SECRET + "\x00"}},
        good | {SECRET: 1},
        good | {"environment": SECRET},
        good,
    ):
        yield _post(gateway, json.dumps(body).encode())
    yield _post(gateway, json.dumps(good).encode()[:-3])
    yield _post(gateway, SECRET.encode())


def _post(gateway: GatewayProcess, body: bytes) -> str:
    url = f"http://{gateway.http}/brokerwire.v1.BrokerService/CreateConnection"
    headers = {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            raise AssertionError(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read().decode())


def _read(gateway: GatewayProcess, path: str) -> str:
    with urllib.request.urlopen(f"http://{gateway.http}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_add_asks_a_person_and_shows_nothing_of_what_is_typed(gateway: GatewayProcess) -> None:
    dialogue = [
        ("Broker", "faraway"),
        ("Environment", "live"),
        ('Type "live"', "live"),
        ("Name of the connection", "far-live"),
        ("api_key:", "LIVE-" + KEY),
        ("secret_key:", SECRET),
    ]
    shown, code = _talk(gateway, ["connections", "add"], dialogue)
    assert code == 1
    assert "Settings, Keys" in shown
    assert "CREDENTIALS_REFUSED" in shown
    assert SECRET not in shown
    assert KEY not in shown


def test_live_is_refused_to_whoever_does_not_type_it(gateway: GatewayProcess) -> None:
    dialogue = [("Environment", "live"), ('Type "live"', "yes")]
    shown, code = _talk(gateway, ["connections", "add", "x", "--broker", "faraway"], dialogue)
    assert code == 130
    assert "api_key" not in shown


def test_without_a_terminal_live_must_be_said_and_parts_named(gateway: GatewayProcess) -> None:
    result = cli(gateway, "connections", "add", "x", "--broker", "faraway", "--environment", "live")
    assert (result.returncode, "say so with --live" in result.stderr) == (2, True)
    result = cli(gateway, "connections", "add", "x", "--broker", "faraway")
    assert result.returncode == 2
    assert "--credential api_key=env:NAME --credential secret_key=env:NAME" in result.stderr
    result = cli(gateway, "connections", "add", "x", "--broker", "faraway", "--credential", f"api_key={SECRET}")
    assert result.returncode == 2
    assert SECRET not in result.stdout + result.stderr


def _talk(gateway: GatewayProcess, arguments: list[str], dialogue: list[tuple[str, str]]) -> tuple[str, int]:
    """Run a command on a terminal, answer each prompt, and return what was on the screen and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--address", gateway.grpc],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment() | {"TERM": "dumb", "COLUMNS": "200"},
        start_new_session=True,
    )
    os.close(theirs)
    screen = ""
    for prompt, answer in dialogue:
        while prompt not in screen.rpartition("\n\n")[2]:
            more = _more(ours)
            assert more is not None, screen
            screen += more
        screen += "\n\n"
        os.write(ours, answer.encode() + b"\n")
    while (more := _more(ours)) is not None:
        screen += more
    os.close(ours)
    return screen, process.wait(30)


def _more(descriptor: int) -> str | None:
    if not select.select([descriptor], [], [], 30)[0]:
        return None
    try:
        return os.read(descriptor, 4096).decode() or None
    except OSError:
        return None


# --- the vault's key -------------------------------------------------------------------------------------------------


def test_without_its_key_the_gateway_does_not_start_and_makes_no_other(
    tmp_path: Path, world: Path, gateway: GatewayProcess
) -> None:
    assert add(gateway).returncode == 0
    assert gateway.stop() == 0
    key = gateway.data_dir / "vault.key"
    kept = key.read_text()
    key.unlink()
    ended = rf"(?s)serve ended with {Exit.VAULT.value}: .*bring it back from a backup"
    with pytest.raises(AssertionError, match=ended):
        start(tmp_path, world)
    assert not key.exists()
    key.write_text(kept)
    key.chmod(0o600)
    with start(tmp_path, world) as again:
        assert cli(again, "connections", "test", "far").returncode == 0


def test_the_key_is_rotated_offline(tmp_path: Path, world: Path, gateway: GatewayProcess) -> None:
    assert add(gateway).returncode == 0
    before = (gateway.data_dir / "vault.key").read_text()
    result = _offline("vault", "rotate", "--data-dir", str(gateway.data_dir))
    assert (result.returncode, "in use by process" in result.stderr) == (1, True)
    assert gateway.stop() == 0
    result = _offline("vault", "rotate", "--data-dir", str(gateway.data_dir))
    assert (result.returncode, result.stdout) == (0, "2 sealed values are under the new key\n")
    after = (gateway.data_dir / "vault.key").read_text()
    assert len(after.split()) == 1
    assert after != before
    with start(tmp_path, world) as again:
        assert cli(again, "connections", "test", "far").returncode == 0


def _offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment()
    )


# --- configured connections ------------------------------------------------------------------------------------------


def test_a_connection_of_the_file_is_served_and_changed_there(tmp_path: Path, world: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "desk.toml").write_text(
        '[connections.far]\nbroker = "faraway"\ncredentials = { api_key = "env:MY_KEY", secret_key = "file:secret" }\n'
    )
    with start(tmp_path, world, "--config", "desk.toml", MY_KEY=KEY) as gateway:
        assert cli(gateway, "connections", "test", "far").returncode == 0
        result = cli(gateway, "connections", "remove", "far", "--force")
        assert result.returncode == 1
        assert "desk.toml: connections.far" in result.stderr
        assert not (gateway.data_dir / "vault.key").exists()
        assert SECRET not in gateway.log.read_text()


def test_paper_keys_in_the_environment_are_enough_and_live_ones_are_not(tmp_path: Path, world: Path) -> None:
    keys = {"FARAWAY_PAPER_API_KEY": KEY, "FARAWAY_PAPER_SECRET_KEY": SECRET}
    keys |= {"FARAWAY_LIVE_API_KEY": "LIVE-1", "FARAWAY_LIVE_SECRET_KEY": OTHER}
    with start(tmp_path, world, **keys) as gateway, brokerwire.connect(gateway.grpc) as client:
        found: dict[str, Any] = {c.connection_id: c for c in client.connections()}
        assert found.keys() == {"paper", "faraway-paper"}
        assert found["faraway-paper"].origin == "configuration"
        assert found["faraway-paper"].link == "up"


def test_a_configured_connection_without_its_secret_stops_the_start_with_its_place(tmp_path: Path, world: Path) -> None:
    (tmp_path / "desk.toml").write_text('[connections.far]\nbroker = "faraway"\n')
    with pytest.raises(AssertionError, match=r"(?s)serve ended with 2: .*connections\.far: credentials\.api_key"):
        start(tmp_path, world, "--config", "desk.toml")
