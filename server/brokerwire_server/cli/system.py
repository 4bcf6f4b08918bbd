"""`brokerwire health` and `brokerwire version`."""

import sys

import click
import grpc

import brokerwire
from brokerwire.errors import BrokerwireError
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.remote import Remote, remote


@click.command
@click.option("--timeout", default=3.0, show_default=True, help="Seconds to wait.")
@click.option("--quiet", is_flag=True, help="Say nothing; the exit code tells.")
@remote(account=False)
def health(to: Remote, timeout: float, *, quiet: bool) -> int:
    """Ask the standard gRPC health service. Exit code 0: orders are accepted; 1: they are not; 3: nobody answers."""
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped] # noqa: PLC0415

    with to.channel() as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=timeout)
        except grpc.RpcError as error:
            what = f"no gateway answers at {to.address} [{error.code().name}]"
            raise CommandFailure(what, "start one with: brokerwire serve", Exit.UNREACHABLE) from None
    status = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    if to.out.json:
        to.out.document({"status": status})
    elif not quiet:
        to.out.say(status)
    return Exit.OK if status == "SERVING" else Exit.FAILED


@click.command
@remote(account=False)
def version(to: Remote) -> None:
    """Print this program's version, and the gateway's where one answers."""
    mine = brokerwire.__version__
    try:
        with to.connect() as client:
            info = client.server_info()
    except BrokerwireError:
        info = None
    if to.out.json:
        to.out.document({"version": mine, "python": sys.version.split()[0], "server": info})
        return
    to.out.say(f"brokerwire {mine}")
    if info is not None:
        to.out.say(f"gateway at {to.address}: {info.version}, {info.banner}")
