from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from brokerwire_server.config import ConfigError, Effective, MarketHours, PriceSource, load
from brokerwire_server.config.settings import SETTINGS

Load = Callable[..., Effective]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def _load(toml: str = "", *, environ: dict[str, str] | None = None, **flags: object) -> Effective:
        if toml:
            (tmp_path / "brokerwire.toml").write_text(toml)
        dotted = {name.replace("__", "."): value for name, value in flags.items()}
        return load(dotted, environ=environ or {}, directory=tmp_path)

    return _load


def test_without_anything_the_defaults_are_a_paper_gateway_on_loopback(loaded: Load) -> None:
    config = loaded().config
    assert config.server.grpc == "127.0.0.1:50051"
    assert config.server.http == "127.0.0.1:8080"
    assert config.paper.source is PriceSource.RANDOM_WALK
    assert config.paper.market_hours is MarketHours.ALWAYS
    assert config.data_dir == Path("~/.local/state/brokerwire").expanduser()


def test_each_source_wins_over_the_one_before(loaded: Load) -> None:
    toml = "[paper]\nseed = 1\ncash = 10\nspeed = 2\n"
    found = loaded(toml, environ={"BROKERWIRE_PAPER_CASH": "20", "BROKERWIRE_PAPER_SPEED": "3"}, paper__speed="max")
    assert (found.config.paper.seed, found.config.paper.cash, found.config.paper.speed) == (1, Decimal(20), 0.0)
    assert found.origins["paper.seed"].endswith("brokerwire.toml")
    assert found.origins["paper.cash"] == "BROKERWIRE_PAPER_CASH"
    assert found.origins["paper.speed"] == "flag"
    assert found.origins["log.level"] == "default"


def test_the_state_directory_of_the_user_is_respected(loaded: Load) -> None:
    assert loaded(environ={"XDG_STATE_HOME": "/state"}).config.data_dir == Path("/state/brokerwire")


def test_a_named_file_must_exist(loaded: Load, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: can't be read"):
        load(file=Path("nowhere.toml"), environ={}, directory=tmp_path)


def test_the_file_can_be_named_by_the_environment(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[paper]\nseed = 9\n")
    assert loaded(environ={"BROKERWIRE_CONFIG": "other.toml"}).config.paper.seed == 9


def test_paths_in_the_file_start_at_the_file(loaded: Load, tmp_path: Path) -> None:
    assert loaded('data_dir = "here"').config.data_dir == tmp_path / "here"


def test_decimals_in_the_file_never_become_floats(loaded: Load) -> None:
    assert loaded("[paper]\ncommission_per_share = 0.1\n").config.paper.commission_per_share == Decimal("0.1")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[paper]\nseeed = 1", r"brokerwire\.toml: unknown key paper\.seeed \(did you mean paper\.seed\?\)"),
        ("[papr]\nseed = 1", r"unknown key papr"),
        ("paper = 1", r"paper is a section"),
        ("[paper]\nseed = 'x'", r"brokerwire\.toml: paper\.seed expects a whole number, not 'x'"),
        ("[paper]\nseed = true", r"paper\.seed expects a whole number"),
        ("[paper]\nseed = -1", r"paper\.seed expects a whole number from 0"),
        ("[paper]\npaused = 1", r"paper\.paused expects true or false"),
        ("[paper]\nspeed = 0", r"paper\.speed expects a number above 0 \(1 is real time\) or max"),
        ("[paper]\ncash = inf", r"paper\.cash expects a number"),
        ("[paper]\nsource = 'walk'", r"paper\.source expects one of random-walk, manual, replay, not 'walk'"),
        ("[server]\ngrpc = '50051'", r"server\.grpc expects host:port, unix:/path or off"),
        ("[server]\ngrpc = '127.0.0.1:70000'", r"server\.grpc expects host:port"),
        ("[server]\ngrpc = 'off'\nhttp = 'off'", r"both off"),
        ("[server]\nallowed_origins = 3", r"server\.allowed_origins expects a list"),
        ("data_dir = ", r"is not TOML"),
        ("[paper]\nsource = 'replay'", r"names no files"),
        ("[paper]\nsource = 'manual'\nreplay = ['a.csv']", r"paper\.source is manual"),
    ],
)
def test_a_mistake_in_the_file_is_named(loaded: Load, toml: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        loaded(toml)


def test_a_mistake_in_the_environment_names_the_variable(loaded: Load) -> None:
    with pytest.raises(ConfigError, match=r"BROKERWIRE_PAPER_SEED expects a whole number"):
        loaded(environ={"BROKERWIRE_PAPER_SEED": "many"})
    with pytest.raises(ConfigError, match=r"BROKERWIRE_PAPER_SEEDS \(did you mean BROKERWIRE_PAPER_SEED\?\)"):
        loaded(environ={"BROKERWIRE_PAPER_SEEDS": "1"})


def test_variables_that_kubernetes_or_the_client_set_are_no_mistake(loaded: Load) -> None:
    strange = {
        "BROKERWIRE_SERVICE_HOST": "10.0.0.1",
        "BROKERWIRE_SERVER_SERVICE_PORT_GRPC": "50051",
        "BROKERWIRE_SERVER_PORT_50051_TCP_ADDR": "10.0.0.1",
        "BROKERWIRE_ADDRESS": "127.0.0.1:1",
        "BROKERWIRE_ACCOUNT": "paper",
    }
    assert loaded(environ=strange).config.paper.seed == 1


def test_an_unknown_flag_key_is_a_mistake(loaded: Load) -> None:
    with pytest.raises(ConfigError, match=r"unknown key log\.levle \(did you mean log\.level\?\)"):
        loaded(log__levle="debug")


def test_replay_files_imply_the_replay_and_the_exchange_s_hours(loaded: Load) -> None:
    paper = loaded("[paper]\nsource = 'manual'", paper__replay=("a.csv",)).config.paper
    assert paper.source is PriceSource.REPLAY
    assert paper.market_hours is MarketHours.XNYS


def test_market_hours_that_were_asked_for_stay(loaded: Load) -> None:
    paper = loaded(paper__replay=("a.csv",), paper__market_hours="always").config.paper
    assert paper.market_hours is MarketHours.ALWAYS


def test_every_setting_says_what_it_is() -> None:
    assert all(setting.about for setting in SETTINGS.values())


@pytest.mark.parametrize(
    ("toml", "word"),
    [
        ('[tls]\ncertificate = "a.pem"\n', "go together"),
        ('[tls]\nkey = "a.key"\n', "go together"),
        ('[tls]\nclient_ca = "ca.pem"\nclient_certificates = "required"\n', "need TLS"),
        ('[tls]\ncertificate = "a.pem"\nkey = "a.key"\nclient_certificates = "required"\n', "tls.client_ca"),
        ('[tls]\ncertificate = "a.pem"\nkey = "a.key"\nclient_ca = "ca.pem"\n', "tls.client_ca"),
        ('[tls]\ncertificate = "a.pem"\nkey = "a.key"\nminimum = "1.1"\n', "1.2, 1.3"),
    ],
)
def test_half_a_tls_section_is_refused(loaded: Load, toml: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        loaded(toml)


def test_certificates_are_found_beside_the_file_that_names_them(loaded: Load, tmp_path: Path) -> None:
    found = loaded('[tls]\ncertificate = "a.pem"\nkey = "a.key"\n')
    assert found.config.tls.certificate == tmp_path / "a.pem"
    assert loaded(tls__certificate="", tls__key="").config.tls.certificate is None


@pytest.mark.parametrize("name", ["TOKEN", "OTP", "ROOT_CERTIFICATES", "CERTIFICATE", "KEY"])
def test_what_clients_read_from_the_environment_is_no_setting(loaded: Load, name: str) -> None:
    assert loaded(environ={f"BROKERWIRE_{name}": "x"}).config.access.local
