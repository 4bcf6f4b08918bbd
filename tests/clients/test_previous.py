"""Clients made from the contract of the last release, against the server of today.

The contract is checked in as a descriptor set, and the stubs are made from it by the generators that are pinned here,
so that a clone needs neither history nor network. At a release it is made anew: see tests/clients/README.md.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import descriptor_pb2

import brokerwire
from brokerwire.v1 import orders_pb2
from tests.clients.languages import LANGUAGES, ROOT
from tests.clients.stage import FLAGS
from tests.support.processes import GatewayProcess, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.clients.languages import Command, Language

PREVIOUS = Path(__file__).parent / "previous"
PACKAGE = "brokerwire/v1"
GO_TOOLS = ROOT / "build/go-tools"
GO_PLUGINS = ("google.golang.org/protobuf/cmd/protoc-gen-go", "google.golang.org/grpc/cmd/protoc-gen-go-grpc")


@pytest.fixture(scope="module")
def contract() -> descriptor_pb2.FileDescriptorSet:
    image = gzip.decompress((PREVIOUS / "contract.binpb.gz").read_bytes())
    return descriptor_pb2.FileDescriptorSet.FromString(image)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path / "data", *FLAGS) as running:
        yield running


def generate(contract: descriptor_pb2.FileDescriptorSet, folder: Path, *options: str) -> None:
    """Make stubs of the contract's own files."""
    image = folder / "contract.binpb"
    image.write_bytes(contract.SerializeToString())
    files = [file.name for file in contract.file if file.name.startswith(PACKAGE)]
    run(sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={image}", *options, *files)


def run(*command: str, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=environment() | variables, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_python(contract: descriptor_pb2.FileDescriptorSet, folder: Path) -> tuple[Command, dict[str, str]]:
    """Give what runs the Python client, and its environment."""
    generate(contract, folder, f"--python_out={folder}", f"--grpc_python_out={folder}")
    for package in (PACKAGE, "brokerwire"):  # or the client of today would be found in their place
        (folder / package / "__init__.py").touch()
    return (sys.executable, str(PREVIOUS / "strategy.py")), {"PYTHONPATH": str(folder)}


def in_go(contract: descriptor_pb2.FileDescriptorSet, folder: Path) -> tuple[Command, dict[str, str]]:
    """Give what runs the Go client. It is built in one place, so that Go need not compile it again."""
    run("go", "-C", "clients/go/tools", "build", "-o", f"{GO_TOOLS}/", *GO_PLUGINS)
    module = ROOT / "build/clients/previous-go"
    shutil.rmtree(module, ignore_errors=True)
    (module / "strategy").mkdir(parents=True)
    for file in ("go.mod", "go.sum"):
        shutil.copy(ROOT / "clients/go" / file, module)
    shutil.copy(PREVIOUS / "main.go", module / "strategy")
    made = [
        f"--{plugin}_{kind}" for plugin in ("go", "go-grpc") for kind in (f"out={module}", "opt=paths=source_relative")
    ]
    generate(contract, folder, *(f"--plugin={GO_TOOLS}/protoc-gen-{plugin}" for plugin in ("go", "go-grpc")), *made)
    run("go", "-C", str(module), "build", "-o", str(folder / "strategy"), "./strategy")
    return (str(folder / "strategy"),), {}


@pytest.mark.parametrize(("name", "made"), [("python", in_python), ("go", in_go)], ids=("python", "go"))
def test_the_previous_client_trades_at_the_present_server(
    name: str,
    made: Callable[[descriptor_pb2.FileDescriptorSet, Path], tuple[Command, dict[str, str]]],
    built: Callable[[Language], None],
    contract: descriptor_pb2.FileDescriptorSet,
    gateway: GatewayProcess,
    tmp_path: Path,
) -> None:
    built(LANGUAGES[name])
    command, variables = made(contract, tmp_path)
    with brokerwire.connect(gateway.grpc, account="previous") as now:
        now.simulator.open_account("previous", cash=1_000_000)
        now.simulator.set_price("AAPL", bid="187.40", ask="187.42", ask_size="1000")
        seen = json.loads(run(*command, "previous", BROKERWIRE_ADDRESS=gateway.grpc, **variables))
        assert seen == book(now)


def book(now: brokerwire.Client) -> dict[str, Any]:
    """What a client should have seen, by the client of today."""
    events = [event for event in now.events() if event.type in {"order", "fill"}]
    last = max(e.sequence for e in now.events(order=now.get_order(client_order_id="resting")))
    return {
        "events": [event.sequence for event in events if event.sequence <= last],
        "fills": [[fill.fill_id, str(fill.quantity)] for fill in now.fills(oldest_first=True)],
        "session": ["submit", "error"],
        "refusal": "InvalidArgument",
        "orders": {
            "filled": [orders_pb2.ORDER_STATE_FILLED, "10", "10"],
            "resting": [orders_pb2.ORDER_STATE_CANCELED, "7", "0"],
            "by-session": [orders_pb2.ORDER_STATE_WORKING, "2", "0"],
        },
        "positions": {position.instrument.symbol: str(position.quantity) for position in now.positions()},
    }


def test_every_method_of_the_previous_contract_is_still_there(
    contract: descriptor_pb2.FileDescriptorSet, gateway: GatewayProcess
) -> None:
    methods = [
        (f"/{file.package}.{service.name}/{method.name}", method)
        for file in contract.file
        if file.name.startswith(PACKAGE)
        for service in file.service
        for method in service.method
    ]
    assert len(methods) > 40
    with grpc.insecure_channel(gateway.grpc) as channel:
        gone = [path for path, method in methods if not answered(channel, path, method)]
    assert not gone


def answered(channel: Any, path: str, method: descriptor_pb2.MethodDescriptorProto) -> bool:
    """Call a method with nothing. Any answer will do, except that there is no such method."""
    try:
        if method.client_streaming:
            list(channel.stream_stream(path)(iter(()), timeout=10))
        elif method.server_streaming:
            stream = channel.unary_stream(path)(b"", timeout=10)
            next(stream)
            stream.cancel()
        else:
            channel.unary_unary(path)(b"", timeout=10)
    except grpc.RpcError as error:
        call: Any = error
        details = dict(call.trailing_metadata() or ()).get("grpc-status-details-bin", b"METHOD_NOT_FOUND")
        return call.code() is not grpc.StatusCode.UNIMPLEMENTED or b"METHOD_NOT_FOUND" not in details
    except StopIteration:
        pass
    return True
