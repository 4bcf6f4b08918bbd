from pathlib import Path

import pytest

from brokerwire_server.app import Application, Exit, StartError
from brokerwire_server.config import load


def _application(tmp_path: Path, **flags: object) -> Application:
    dotted = {"server.grpc": "127.0.0.1:0", "server.http": "127.0.0.1:0", "data_dir": tmp_path / "data"}
    dotted |= {name.replace("__", "."): value for name, value in flags.items()}
    return Application(load(dotted, environ={}, directory=tmp_path).config)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"server__grpc": "0.0.0.0:0"}, "without TLS"),
        ({"server__http": "192.0.2.1:80"}, "without TLS"),
        ({"paper__replay": ("nowhere.csv",)}, "nowhere.csv: can't be read"),
        ({"tracing__endpoint": "localhost"}, "is not an address"),
    ],
)
def test_what_can_t_be_served_is_refused_before_anything_is_opened(
    tmp_path: Path, flags: dict[str, object], message: str
) -> None:
    with pytest.raises(StartError, match=message) as raised:
        _application(tmp_path, **flags)
    assert raised.value.code is Exit.USAGE
    assert list(tmp_path.iterdir()) == []


async def test_it_starts_serves_and_stops_leaving_the_database_free(tmp_path: Path) -> None:
    for _ in range(2):
        application = _application(tmp_path, paper__source="manual", server__grace="1")
        await application.start()
        assert application.grpc_address.startswith("127.0.0.1:")
        assert application.http_address.startswith("127.0.0.1:")
        assert [account.environment for account in application.accounts] == ["PAPER"]
        await application.stop()


async def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    first = _application(tmp_path, paper__source="manual", server__grace="1")
    await first.start()
    with pytest.raises(StartError, match="in use by process") as raised:
        await _application(tmp_path, paper__source="manual").start()
    assert raised.value.code is Exit.DATABASE_IN_USE
    assert b"brokerwire_healthy 1.0" in first.metrics.render()
    await first.stop()
