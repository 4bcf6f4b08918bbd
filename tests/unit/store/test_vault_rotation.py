"""Rotation of keys loses nothing, whatever interrupts it; and secrets by name."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.secrets import Secret
from brokerwire_server.store import sealed_rows
from brokerwire_server.store.base import VaultError
from brokerwire_server.store.key_command import CommandKeys
from brokerwire_server.store.keys import CredentialKeys, EnvironmentKeys, FileKeys, keys_of
from brokerwire_server.store.sealing import key_text, new_key
from brokerwire_server.store.vault import SqliteVault
from tests.unit.store.test_vault import connection, database, keys, vault  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brokerwire_server.store.vault import Keys

TOTP = "totp"


async def fill(sealed: SqliteVault) -> None:
    await sealed.put(connection())
    await sealed.put(connection("two", "other"))
    await sealed.put_secret(TOTP, "anna", "secret", Secret("base32-of-anna"))
    await sealed.put_secret(TOTP, "bert", "secret", Secret("base32-of-bert"))


async def contents(sealed: SqliteVault) -> object:
    return await sealed.open(), await sealed.secrets(TOTP)


def rows_of(path: Path) -> dict[tuple[str, ...], tuple[Any, ...]]:
    raw = sqlite3.connect(path)
    found = raw.execute("SELECT kind, connection_id, field, key_id, wrapped_key, sealed FROM secrets").fetchall()
    raw.close()
    return {row[:3]: row[3:] for row in found}


# --- secrets by name -------------------------------------------------------------------------------------------------


async def test_a_secret_is_kept_by_name_replaced_and_destroyed(vault: SqliteVault) -> None:  # noqa: F811
    assert await vault.get_secret(TOTP, "anna", "secret") is None
    await fill(vault)
    await vault.put_secret(TOTP, "anna", "secret", Secret("a new one"))
    assert await vault.get_secret(TOTP, "anna", "secret") == Secret("a new one")
    assert await vault.secrets(TOTP, "bert") == {("bert", "secret"): Secret("base32-of-bert")}
    await vault.delete_secret(TOTP, "anna", "secret")
    assert set(await vault.secrets(TOTP)) == {("bert", "secret")}


@pytest.mark.parametrize("kind", ["credential", "canary", ""])
async def test_a_secret_can_not_pass_for_what_the_vault_itself_keeps(vault: SqliteVault, kind: str) -> None:  # noqa: F811
    with pytest.raises(VaultError):
        await vault.put_secret(kind, "one", "api_key", Secret("x"))
    with pytest.raises(VaultError):
        await vault.secrets(kind)


async def test_no_two_rows_can_be_swapped(vault: SqliteVault, database: Path) -> None:  # noqa: F811
    await fill(vault)
    original = rows_of(database)
    assert len(original) == 7
    for first, second in itertools.combinations(original, 2):
        write_rows(database, {first: original[second], second: original[first]})
        with pytest.raises(VaultError, match=r"does not open|canary"):
            await contents(vault)
        write_rows(database, original)
    await contents(vault)


async def test_no_row_can_be_copied_over_another(vault: SqliteVault, database: Path) -> None:  # noqa: F811
    await fill(vault)
    original = rows_of(database)
    for source, target in itertools.permutations(original, 2):
        write_rows(database, {target: original[source]})
        with pytest.raises(VaultError, match=r"does not open|canary"):
            await contents(vault)
        write_rows(database, original)


def write_rows(path: Path, rows: dict[tuple[str, ...], tuple[Any, ...]]) -> None:
    raw = sqlite3.connect(path)
    statement = (
        "UPDATE secrets SET key_id = ?, wrapped_key = ?, sealed = ? WHERE kind = ? AND connection_id = ? AND field = ?"
    )
    raw.executemany(statement, [(*values, *place) for place, values in rows.items()])
    raw.commit()
    raw.close()


# --- rotation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data_keys", [False, True])
async def test_after_a_rotation_only_the_new_key_opens_anything(
    vault: SqliteVault,  # noqa: F811
    database: Path,  # noqa: F811
    keys: FileKeys,  # noqa: F811
    data_keys: bool,
) -> None:
    await fill(vault)
    before, old, rows = await contents(vault), keys.read(), rows_of(database)
    result = await vault.rotate(data_keys=data_keys)
    assert (result.count, await contents(vault)) == (6, before)
    after = rows_of(database)
    assert {row[0] for row in after.values()} == {result.key_id}
    assert all((after[place][2] != rows[place][2]) is data_keys for place in rows)
    assert len(keys.read()) == 1
    keys.write(old)
    with pytest.raises(VaultError, match="does not hold"):
        await vault.open()


class Killed(BaseException):
    """Stands for the end of the process."""


def interrupted(monkeypatch: pytest.MonkeyPatch, at: int) -> Callable[[], bool]:
    """End the process at the `at`th step from now on; return a function that says whether it got that far."""
    steps = itertools.count()
    reached: list[int] = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            _die()
            result = function(*args, **kwargs)
            _die()
            return result

        return step

    def _die() -> None:
        if next(steps) == at:
            reached.append(at)
            raise Killed

    monkeypatch.setattr(FileKeys, "write", watched(FileKeys.write))
    monkeypatch.setattr(os, "fsync", watched(os.fsync))
    monkeypatch.setattr(SqliteVault, "_call", watched(SqliteVault._call))
    monkeypatch.setattr(sealed_rows, "replace_row", watched(sealed_rows.replace_row))
    return lambda: bool(reached)


@pytest.mark.parametrize("data_keys", [False, True])
async def test_a_rotation_that_is_killed_at_any_step_loses_nothing_and_can_be_run_again(
    vault: SqliteVault,  # noqa: F811
    database: Path,  # noqa: F811
    keys: FileKeys,  # noqa: F811
    data_keys: bool,
) -> None:
    await fill(vault)
    expected = await contents(vault)
    for at in itertools.count():
        with pytest.MonkeyPatch.context() as patched:
            killed = interrupted(patched, at)
            with contextlib.suppress(Killed):
                vault.rotate_now(data_keys=data_keys)
        restarted = SqliteVault(database, keys)
        assert await contents(restarted) == expected, f"killed at step {at}"
        await restarted.rotate(data_keys=data_keys)
        assert await contents(restarted) == expected
        assert len(keys.read()) == 1
        if not killed():
            break
    assert at > 25


async def test_with_a_variable_the_new_key_stands_before_the_old_one(database: Path) -> None:  # noqa: F811
    old, new = key_text(new_key()), key_text(new_key())
    await fill(SqliteVault(database, EnvironmentKeys(old)))
    both = SqliteVault(database, EnvironmentKeys(f"{new},{old}"))
    assert (await both.rotate(data_keys=False)).count == 6
    assert len(await SqliteVault(database, EnvironmentKeys(new)).open()) == 2


async def test_nothing_sealed_is_nothing_to_rotate_and_makes_no_key(vault: SqliteVault, keys: FileKeys) -> None:  # noqa: F811
    assert (await vault.rotate(data_keys=True)).count == 0
    assert not keys.path.exists()


# --- providers -------------------------------------------------------------------------------------------------------


async def test_a_key_comes_from_a_systemd_credential(tmp_path: Path, database: Path) -> None:  # noqa: F811
    folder = tmp_path / "credentials"
    folder.mkdir()
    path = folder / "brokerwire-vault-key"
    path.write_text(key_text(new_key()))
    path.chmod(0o440)
    given = keys_of(tmp_path, {"CREDENTIALS_DIRECTORY": str(folder)})
    assert isinstance(given, CredentialKeys)
    await fill(SqliteVault(database, given))
    assert len(await SqliteVault(database, given).open()) == 2
    path.chmod(0o444)
    with pytest.raises(VaultError, match="read by others"):
        await SqliteVault(database, given).open()


def test_the_providers_go_by_name_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    assert isinstance(keys_of(tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path)}), FileKeys)
    named = keys_of(tmp_path, {}, f"file:{tmp_path}/elsewhere.key")
    assert isinstance(named, FileKeys)
    assert named.path.name == "elsewhere.key"
    for provider in ("environment", "credential", "command:", "vault"):
        with pytest.raises(VaultError, match=r"vault\.provider"):
            keys_of(tmp_path, {}, provider)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_a_key_file_of_somebody_else_is_refused(vault: SqliteVault, keys: FileKeys) -> None:  # noqa: F811
    await fill(vault)
    os.chown(keys.path, 12_345, -1)
    with pytest.raises(VaultError, match="belongs to user 12345"):
        await vault.open()


SERVICE = """
import base64, hashlib, json, os, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
folder, verb = sys.argv[1:]
keys = sorted(os.listdir(folder))
request = {name: base64.b64decode(value) if name != "key_id" else value for name, value in json.load(sys.stdin).items()}
def aead(key_id):
    return AESGCM(open(os.path.join(folder, key_id), "rb").read())
if verb == "wrap":
    nonce = os.urandom(12)
    wrapped = nonce + aead(keys[-1]).encrypt(nonce, request["data_key"], request["context"])
    print(json.dumps({"key_id": keys[-1], "wrapped_key": base64.b64encode(wrapped).decode()}))
else:
    w = request["wrapped_key"]
    try:
        data_key = aead(request["key_id"]).decrypt(w[:12], w[12:], request["context"])
    except Exception as error:
        sys.exit(f"no: {type(error).__name__}")
    print(json.dumps({"data_key": base64.b64encode(data_key).decode()}))
"""


@pytest.fixture
def service(tmp_path: Path) -> Keys:
    """A key service behind a program, with one key in it."""
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "key-1").write_bytes(new_key())
    return keys_of(tmp_path, {}, f"command:{sys.executable} {tmp_path}/service.py {tmp_path}/keys")


async def test_a_key_service_wraps_and_rotates(service: Keys, database: Path, tmp_path: Path) -> None:  # noqa: F811
    assert isinstance(service, CommandKeys)
    sealed = SqliteVault(database, service)
    await sealed.put(connection())
    assert {row[0] for row in rows_of(database).values()} == {"key-1"}
    (tmp_path / "keys" / "key-2").write_bytes(new_key())
    assert (await sealed.rotate(data_keys=False)).key_id == "key-2"
    (tmp_path / "keys" / "key-1").unlink()
    assert await sealed.open() == [connection()]


async def test_a_key_service_is_told_the_place_and_refuses_another(service: Keys, database: Path) -> None:  # noqa: F811
    sealed = SqliteVault(database, service)
    await sealed.put_secret(TOTP, "anna", "secret", Secret("a"))
    await sealed.put_secret(TOTP, "bert", "secret", Secret("b"))
    rows = rows_of(database)
    anna, bert = (place for place in rows if place[0] == TOTP)
    write_rows(database, {anna: rows[bert], bert: rows[anna]})
    with pytest.raises(VaultError, match="refused to unwrap"):
        await sealed.secrets(TOTP)


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("exit 3", r"refused to wrap \(exit code 3\)"),
        ("echo nonsense", "did not answer wrap as agreed"),
        ('echo \'{"key_id":"k","wrapped_key":""}\'', "did not wrap the key"),
    ],
)
async def test_a_key_service_that_fails_is_an_error_and_nothing_is_stored(
    database: Path,  # noqa: F811
    tmp_path: Path,
    program: str,
    what: str,
) -> None:
    script = tmp_path / "service"
    script.write_text(f"#!/bin/sh\ncat >/dev/null\n{program}\n")
    script.chmod(stat.S_IRWXU)
    sealed = SqliteVault(database, CommandKeys(str(script)))
    with pytest.raises(VaultError, match=what):
        await sealed.put(connection())
    assert rows_of(database) == {}
