"""The command line as its users meet it: real processes, real ports, real files."""

import contextlib
import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brokerwire_server.app import DATABASE
from tests.support.processes import COMMAND, GatewayProcess, environment, run

PRICES = ("sim", "price", "AAPL", "--bid", "99.98", "--ask", "100.00", "--bid-size", "500", "--ask-size", "500")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway for the tests that only use it; AAPL stands at 99.98 to 100.00."""
    with GatewayProcess(tmp_path_factory.mktemp("cli") / "data") as running:
        assert running.cli(*PRICES).returncode == 0
        yield running


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a gateway that has traded and was stopped."""
    data = tmp_path_factory.mktemp("used") / "data"
    with GatewayProcess(data) as running:
        running.cli(*PRICES)
        assert running.cli("orders", "submit", "AAPL", "buy", "10").returncode == 0
        assert running.stop() == 0
    return data


def _json(result: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    assert result.returncode == code, result.stderr + result.stdout
    return json.loads(result.stdout)


# --- serve -----------------------------------------------------------------------------------------------------------


def test_serve_says_paper_and_where_it_listens(gateway: GatewayProcess) -> None:
    text = "\n".join(gateway.banner)
    assert "*** PAPER ***" in text
    assert str(gateway.data_dir) in text
    assert "manual" in text
    assert re.fullmatch(r"brokerwire ready grpc=127\.0\.0\.1:\d+ http=127\.0\.0\.1:\d+ pid=\d+", gateway.banner[-1])
    assert f"pid={gateway.process.pid}" in gateway.banner[-1]


def test_sigterm_stops_it_in_good_order_and_the_log_is_json(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "data") as running:
        watcher = subprocess.Popen(
            [*COMMAND, "orders", "watch", "--json", "--address", running.grpc],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert watcher.stdout is not None
        first = json.loads(watcher.stdout.readline())
        assert running.stop(signal.SIGTERM) == 0
        kinds = [first["kind"]]
        while "goodbye" not in kinds:
            kinds.append(json.loads(watcher.stdout.readline())["kind"])
        watcher.kill()
        watcher.communicate()
        lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert lines[-1]["message"] == "stopped in good order"


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "data", "--set", "server.grace=60") as running:
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(5) in {0, 128 + signal.SIGTERM, 128 + signal.SIGINT}


def test_a_second_gateway_on_the_same_data_is_refused(gateway: GatewayProcess) -> None:
    result = run("serve", "--grpc", "127.0.0.1:0", "--http", "off", "--data-dir", str(gateway.data_dir))
    assert result.returncode == 10
    assert f"in use by process {gateway.process.pid}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("door", ["grpc", "http"])
def test_a_port_in_use_is_named(door: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        flags = {"grpc": "127.0.0.1:0", "http": "127.0.0.1:0"} | {door: address}
        result = run(
            "serve", "--grpc", flags["grpc"], "--http", flags["http"], "--data-dir", str(tmp_path / "data"), timeout=20
        )
    assert result.returncode == 13
    assert address in result.stderr
    assert "takes a free port" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [(("--grpc", "0.0.0.0:0"), "without TLS"), (("--replay", "bad.csv"), "bad.csv:1: the header lacks column")],
)
def test_what_can_t_be_served_is_refused_with_a_message(flags: tuple[str, ...], message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    result = run("serve", "--data-dir", str(tmp_path / "data"), *flags, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_of_a_newer_version_is_refused(used: Path, tmp_path: Path) -> None:
    data = _with_change(used, tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    result = run("serve", "--grpc", "127.0.0.1:0", "--http", "off", "--data-dir", str(data))
    assert result.returncode == 11
    assert "newer" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_ready_file_has_the_ready_line(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "data", "--ready-file", str(tmp_path / "ready")) as running:
        assert (tmp_path / "ready").read_text().strip() == running.banner[-1]


def test_it_listens_on_unix_sockets_and_with_one_door(tmp_path: Path) -> None:
    path = tmp_path / "grpc.sock"
    with GatewayProcess(tmp_path / "data", "--grpc", f"unix:{path}", "--http", "off") as running:
        assert running.http == "off"
        assert running.cli("health").returncode == 0
        assert path.stat().st_mode & 0o077 == 0


# --- durability ------------------------------------------------------------------------------------------------------


def test_kill_and_restart_show_the_same_orders_and_the_journal_verifies(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with GatewayProcess(data) as running:
        running.cli(*PRICES)
        assert running.cli("orders", "submit", "AAPL", "buy", "10", "--id", "filled").returncode == 0
        assert running.cli("orders", "submit", "AAPL", "buy", "1", "--limit", "90", "--id", "open").returncode == 0
        before = _json(running.cli("orders", "list", "--json"))
        positions = _json(running.cli("positions", "--json"))
        running.stop(signal.SIGKILL)
    offline = _json(run("journal", "verify", "--json", "--data-dir", str(data)))
    assert [result["ok"] for result in offline["results"]] == [True]
    with GatewayProcess(data) as running:
        after = _json(running.cli("orders", "list", "--json"))
        assert _facts(after["orders"]) == _facts(before["orders"])
        held = _json(running.cli("positions", "--json"))["positions"]
        assert [(p["instrument"]["symbol"], p["quantity"]) for p in held] == [
            (p["instrument"]["symbol"], p["quantity"]) for p in positions["positions"]
        ]
        assert running.cli("orders", "cancel", "open").returncode == 0


def _facts(orders: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("order_id", "client_order_id", "state", "filled_quantity", "average_fill_price", "quantity")
    return [tuple(order[name] for name in names) for order in orders]


def test_a_damaged_journal_is_found_offline(used: Path, tmp_path: Path) -> None:
    data = _with_change(used, tmp_path, "UPDATE journal SET causation = 'somebody else' WHERE sequence = 2")
    result = run("journal", "verify", "--data-dir", str(data))
    assert result.returncode == 1
    assert "DAMAGED" in result.stdout
    assert "event 2" in result.stdout
    assert "restore a backup" in result.stderr


def test_a_gateway_does_not_start_on_a_damaged_journal(used: Path, tmp_path: Path) -> None:
    data = _with_change(
        used, tmp_path, "UPDATE journal SET causation = 'x' WHERE sequence = (SELECT max(sequence) FROM journal)"
    )
    result = run("serve", "--grpc", "127.0.0.1:0", "--http", "off", "--data-dir", str(data))
    assert result.returncode == 12
    assert "journal verify" in result.stderr
    assert "Traceback" not in result.stderr


def _with_change(used: Path, folder: Path, statement: str) -> Path:
    data = folder / "data"
    shutil.copytree(used, data)
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as database, database:
        assert database.execute(statement).rowcount == 1
    return data


def test_verify_of_a_directory_without_a_journal_says_so(tmp_path: Path) -> None:
    result = run("journal", "verify", "--data-dir", str(tmp_path))
    assert result.returncode == 1
    assert "no such file" in result.stderr
    assert list(tmp_path.iterdir()) == []


# --- demo ------------------------------------------------------------------------------------------------------------


def test_the_demo_ends_well_and_is_the_same_every_time() -> None:
    first, second = run("demo"), run("demo")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "PAPER" in first.stdout
    assert re.search(r"^demo: 6 orders, 5 fills, all streamed exactly once: OK$", first.stdout, re.MULTILINE)
    assert "PARTIALLY_FILLED" in first.stdout
    assert re.sub(r":\d+", "", first.stdout) == re.sub(r":\d+", "", second.stdout)


# --- orders ----------------------------------------------------------------------------------------------------------


def test_submit_fills_and_get_shows_it(gateway: GatewayProcess) -> None:
    order = _json(gateway.cli("orders", "submit", "AAPL", "buy", "3", "--id", "one", "--tag", "a=b", "--json"))
    assert order["state"] == "filled"
    assert order["filled_quantity"] == "3"
    assert order["average_fill_price"] == "100"
    assert order["tags"] == {"a": "b"}
    assert _json(gateway.cli("orders", "get", "one", "--json"))["order_id"] == order["order_id"]
    assert _json(gateway.cli("orders", "get", order["order_id"], "--json"))["client_order_id"] == "one"


def test_the_same_id_sends_nothing_and_other_content_is_a_conflict(gateway: GatewayProcess) -> None:
    first = _json(gateway.cli("orders", "submit", "AAPL", "buy", "1", "--id", "twice", "--json"))
    again = _json(gateway.cli("orders", "submit", "AAPL", "buy", "1", "--id", "twice", "--json"))
    assert (again["order_id"], again["deduplicated"]) == (first["order_id"], True)
    conflict = gateway.cli("orders", "submit", "AAPL", "buy", "2", "--id", "twice")
    assert conflict.returncode == 1
    assert "CLIENT_ORDER_ID_CONFLICT" in conflict.stderr
    assert "brokerwire orders get twice" in conflict.stderr


def test_a_resting_order_is_replaced_and_canceled(gateway: GatewayProcess) -> None:
    assert gateway.cli("orders", "submit", "AAPL", "buy", "5", "--limit", "90", "--id", "rest").returncode == 0
    replaced = _json(gateway.cli("orders", "replace", "rest", "--limit", "91.5", "--quantity", "6", "--json"))
    assert (replaced["outcome"], replaced["order"]["limit_price"], replaced["order"]["quantity"]) == (
        "done",
        "91.5",
        "6",
    )
    listed = _json(gateway.cli("orders", "list", "--open", "--symbol", "AAPL", "--json"))["orders"]
    assert [order["limit_price"] for order in listed] == ["91.5"]
    canceled = _json(gateway.cli("orders", "cancel", listed[0]["order_id"], "--json"))
    assert canceled["order"]["state"] == "canceled"
    assert _json(gateway.cli("orders", "list", "--open", "--json"))["orders"] == []


def test_cancel_all_and_a_bracket(gateway: GatewayProcess) -> None:
    bracket = ("--limit", "90", "--take-profit", "120", "--stop-loss", "80", "--id", "group")
    order = _json(gateway.cli("orders", "submit", "AAPL", "buy", "5", *bracket, "--json"))
    assert order["order_class"] == "bracket"
    assert len(order["children"]) == 2
    assert gateway.cli("orders", "cancel-all").returncode == 0
    assert _json(gateway.cli("orders", "list", "--open", "--json"))["orders"] == []


def test_preview_says_what_it_would_cost_and_what_is_wrong(gateway: GatewayProcess) -> None:
    good = _json(gateway.cli("orders", "preview", "AAPL", "buy", "10", "--limit", "100", "--json"))
    assert good["valid"] is True
    assert good["estimated_cost"]["amount"].startswith("1000")
    bad = gateway.cli("orders", "preview", "AAPL", "buy", "100000", "--limit", "100")
    assert bad.returncode == 1
    assert "INSUFFICIENT_BUYING_POWER" in bad.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("AAPL", "buy", "1e3"), 2, "is not a plain decimal"),
        (("AAPL", "buy", "NaN"), 2, "is not a plain decimal"),
        (("AAPL", "hold", "1"), 2, "is not one of buy, sell"),
        (("AAPL", "buy"), 2, "either QUANTITY or --notional"),
        (("NOSUCH", "buy", "1"), 1, "INSTRUMENT_NOT_FOUND"),
        (("AAPL", "buy", "1", "--account", "nobody"), 1, "the accounts there are: brokerwire accounts"),
        (("AAPL", "sell", "100000"), 1, "INSUFFICIENT_POSITION"),
    ],
)
def test_a_bad_order_says_what_is_wrong(
    gateway: GatewayProcess, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = gateway.cli("orders", "submit", *arguments)
    assert result.returncode == code, result.stdout + result.stderr
    assert message in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


def test_an_unproven_outcome_is_shown_as_such_and_exits_4(tmp_path: Path) -> None:
    plan = {"rules": [{"target": "submit", "kind": "lose_answer", "count": 1}, {"target": "events", "kind": "drop"}]}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    with GatewayProcess(tmp_path / "data") as running:
        running.cli(*PRICES)
        assert running.cli("sim", "faults", "set", str(tmp_path / "plan.json")).returncode == 0
        result = running.cli("orders", "submit", "AAPL", "buy", "1")
        assert result.returncode == 4, result.stdout + result.stderr
        assert "INDETERMINATE" in result.stdout
        assert "lose_answer" in running.cli("sim", "faults").stdout
        assert running.cli("sim", "faults", "clear").returncode == 0


# --- the other commands ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("orders", "list"),
        ("positions",),
        ("positions", "list"),
        ("account",),
        ("accounts",),
        ("portfolio",),
        ("history",),
        ("brokers",),
        ("capabilities",),
        ("capabilities", "--broker", "paper"),
        ("connections",),
        ("quotes", "AAPL"),
        ("search", "AA"),
        ("clock",),
        ("market", "calendar"),
        ("market", "calendar", "--start", "2026-11-27", "--end", "2026-11-27"),
        ("events", "list"),
        ("journal", "verify"),
        ("sim", "clock"),
        ("sim", "faults"),
        ("version",),
        ("health",),
        ("orders", "watch", "--once"),
        ("positions", "watch", "--once"),
        ("quotes", "watch", "AAPL", "--once"),
        ("connections", "watch", "--once"),
    ],
    ids=" ".join,
)
def test_every_command_speaks_json_and_plain_text(gateway: GatewayProcess, arguments: tuple[str, ...]) -> None:
    scripted = gateway.cli(*arguments, "--json")
    assert scripted.returncode == 0, scripted.stderr
    documents = [json.loads(line) for line in scripted.stdout.splitlines()]
    assert documents or "watch" in arguments
    plain = gateway.cli(*arguments)
    assert plain.returncode == 0, plain.stderr
    assert "\x1b" not in plain.stdout


@pytest.mark.parametrize(
    "arguments",
    [("bars", "AAPL", "--timeframe", "5minute"), ("chain", "AAPL"), ("actions", "AAPL", "--type", "cash-dividend")],
    ids=" ".join,
)
def test_market_commands_say_what_the_broker_lacks(gateway: GatewayProcess, arguments: tuple[str, ...]) -> None:
    result = gateway.cli("market", *arguments)
    assert result.returncode == 1, result.stdout
    assert "keeps no history" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("bars", "AAPL", "--timeframe", "5parsecs"),
        ("bars", "AAPL", "--start", "yesterday"),
        ("chain", "AAPL", "--to", "soon"),
        ("actions", "--type", "gift"),
    ],
    ids=" ".join,
)
def test_market_commands_refuse_what_can_t_be_meant(gateway: GatewayProcess, arguments: tuple[str, ...]) -> None:
    assert gateway.cli("market", *arguments).returncode == 2


def test_paper_accounts_are_opened_funded_used_and_reset(tmp_path: Path) -> None:
    mine = ("--account", "second")
    with GatewayProcess(tmp_path / "data") as running:
        running.cli(*PRICES)
        opened = _json(running.cli("sim", "open", "second", "--cash", "5000", "--json"))
        assert (opened["account_id"], opened["environment"]) == ("second", "paper")
        funded = _json(running.cli("sim", "fund", "250.50", *mine, "--json"))
        assert funded["account"]["balances"]["cash"] == "5250.5"
        taken = _json(running.cli("sim", "fund", "-50.50", *mine, "--json"))
        assert taken["account"]["balances"]["cash"] == "5200"
        assert running.cli("orders", "submit", "AAPL", "buy", "10", *mine).returncode == 0
        held = _json(running.cli("positions", "--json", *mine))["positions"]
        assert [(p["account_id"], p["quantity"]) for p in held] == [("second", "10")]
        closed = _json(running.cli("positions", "close", "AAPL", *mine, "--json"))
        assert closed["state"] == "filled"
        assert _json(running.cli("sim", "reset", *mine, "--json"))["balances"]["cash"] == "5000"
        unclear = running.cli("orders", "submit", "AAPL", "buy", "1")
        assert unclear.returncode == 1
        assert "--account ID" in unclear.stderr


def test_watch_shows_events_as_they_happen(gateway: GatewayProcess) -> None:
    watcher = subprocess.Popen(
        [*COMMAND, "events", "tail", "--json", "--type", "fill", "--account", "paper", "--address", gateway.grpc],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert watcher.stdout is not None
    try:
        assert json.loads(watcher.stdout.readline())["kind"] == "caught_up"
        assert gateway.cli("orders", "submit", "AAPL", "buy", "2", "--id", "watched").returncode == 0
        line = json.loads(watcher.stdout.readline())
        assert line["kind"] == "event"
        assert line["value"]["order"]["order"]["client_order_id"] == "watched"
        assert line["value"]["order"]["fill"]["quantity"] == "2"
    finally:
        watcher.terminate()
        watcher.communicate()


def test_a_tail_with_a_token_file_sees_every_event_once(gateway: GatewayProcess, tmp_path: Path) -> None:
    token = tmp_path / "token"

    def tail(until: int) -> list[int]:
        command = ("events", "tail", "--json", "--from-start", "--account", "paper", "--token-file", str(token))
        with subprocess.Popen(
            [*COMMAND, *command, "--address", gateway.grpc], stdout=subprocess.PIPE, text=True, env=environment()
        ) as process:
            assert process.stdout is not None
            seen: list[int] = []
            for line in process.stdout:
                item = json.loads(line)
                if item["kind"] == "event":
                    seen.append(item["value"]["sequence"])
                if item["kind"] == "caught_up" and seen and seen[-1] >= until:
                    break
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
        return seen

    head = _json(gateway.cli("journal", "verify", "--account", "paper", "--json"))["results"][0]["head_sequence"]
    first = tail(head)
    assert gateway.cli("orders", "submit", "AAPL", "buy", "1").returncode == 0
    second = tail(head + 1)
    assert first == list(range(1, first[-1] + 1))
    assert second
    assert second[0] == first[-1] + 1


def test_without_a_gateway_it_says_how_to_start_one() -> None:
    for command in (("orders", "list"), ("health",), ("accounts",)):
        result = run(*command, "--address", "127.0.0.1:1")
        assert result.returncode == 3, result.stderr
        assert "brokerwire serve" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 2


def test_an_address_on_another_machine_is_refused() -> None:
    result = run("orders", "list", "--address", "192.0.2.1:50051")
    assert result.returncode == 2
    assert "plaintext" in result.stderr


def test_metrics_are_served_and_count_orders(gateway: GatewayProcess) -> None:
    gateway.cli("orders", "submit", "AAPL", "buy", "1")
    with urllib.request.urlopen(f"http://{gateway.http}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    assert 'brokerwire_orders_total{broker="paper",state="FILLED"}' in text
    assert "brokerwire_journal_commit_seconds_count" in text
    assert 'brokerwire_link{connection="paper",state="UP"} 1.0' in text
    assert 'brokerwire_rpc_seconds_count{code="OK",door="grpc",method="OrderService/SubmitOrder"}' in text
    assert "brokerwire_healthy 1.0" in text


def test_config_show_is_for_scripts_too() -> None:
    shown = _json(run("config", "show", "--json"))
    assert shown["server.grpc"]["value"] == "127.0.0.1:50051"


def test_a_closed_pipe_makes_no_noise(gateway: GatewayProcess) -> None:
    command = " ".join([*COMMAND, "search", "--address", gateway.grpc]) + " | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=environment())
    assert result.stdout.startswith("SYMBOL")
    assert result.stderr == ""


# --- stopping --------------------------------------------------------------------------------------------------------


def test_halt_stops_at_once_and_resume_takes_a_second_factor(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "data") as server:
        assert server.cli("trading-state").returncode == 0
        assert server.cli("orders", "submit", "AAPL", "buy", "1", "--limit", "1").returncode == 0
        halted = server.cli("halt", "--account", "paper", "--cancel", "--reason", "a drill")
        assert halted.returncode == 0, halted.stderr
        assert "account:paper" in halted.stdout
        assert "1 cancels asked for, 0 failed" in halted.stdout
        refused = server.cli("orders", "submit", "AAPL", "buy", "1", "--limit", "1")
        assert refused.returncode == 1
        assert "TRADING_HALTED" in refused.stderr
        assert "brokerwire trading-state" in refused.stderr
        (record,) = _json(server.cli("trading-state", "--json"), 1)["records"]
        assert (record["state"], record["principal"], record["reason"]) == ("halted", "local", "a drill")
        resumed = server.cli("resume", "--account", "paper", "--reason", "over", "--otp", "123456")
        assert resumed.returncode == 1
        assert "SECOND_FACTOR_REQUIRED" in resumed.stderr
        assert "halted" in server.cli("account", "--json").stdout


def test_halt_names_one_scope_and_arm_an_account(tmp_path: Path) -> None:
    assert run("halt", "--broker", "paper", "--symbol", "AAPL").returncode == 2
    assert run("arm", "--otp", "1").returncode == 2
    assert run("arm", "--account", "x", "--for", "forever", "--otp", "1").returncode == 2


def test_a_halt_that_can_not_reach_its_gateway_names_the_other_ways(tmp_path: Path) -> None:
    away = run("halt", "--address", "127.0.0.1:1")
    assert away.returncode != 0
    assert "kill -USR1" in away.stderr
    assert "HALT" in away.stderr
